"""What tables went wrong with in trials by hand: each once let something through, or said something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_study

from rmstudy.errors import DataError, Problem
from rmstudy.evaluation.quality import findings
from rmstudy.study.load import load_study

MEETINGS = [
    ["meeting_id", "pair_id", "date", "minutes", "source", "reported_by"],
    *([f"m{i}", f"p{i}", f"2024-02-{10 + i}", str(40 + 5 * i), "self", "mentor"] for i in range(8)),
]


def refused(folder: Path) -> list[Problem]:
    """What the study is refused for."""
    with pytest.raises(DataError) as error:
        load_study(folder)
    return list(error.value.problems)


def test_a_name_among_the_roles_of_reporters_is_refused_and_not_shown(tmp_path):
    rows = small_study.tables() | {"meetings": [list(row) for row in MEETINGS]}
    assert not [
        one
        for one in findings(load_study(small_study.write(tmp_path / "clean", rows=rows)))
        if one.rule == "names_in_text"
    ]
    rows["meetings"][4][5] = "Marta Bianchi"
    problems = refused(small_study.write(tmp_path / "named", rows=rows))
    assert [(one.file, one.row, one.column, one.rule) for one in problems] == [
        ("meetings.csv", 5, "reported_by", "names_in_text")
    ]
    assert "Bianchi" not in str(problems[0])


def test_merged_cells_of_persons_are_not_two_answers_of_nobody(tmp_path):
    rows = small_study.tables()
    before = ""
    for row in rows["responses"][1:]:
        before, row[0] = row[0], "" if row[0] == before else row[0]
    problems = refused(small_study.write(tmp_path / "merged", rows=rows))
    assert {one.rule for one in problems if one.column == "person_id"} == {"sheet_layout"}
    assert "nan" not in " ".join(str(one) for one in problems)


def test_a_second_header_in_another_language_is_one_finding(tmp_path):
    rows = small_study.tables() | {"meetings": [list(row) for row in MEETINGS]}
    rows["meetings"].insert(1, ["codice", "coppia", "giorno", "durata", "fonte", "chi"])
    problems = refused(small_study.write(tmp_path / "twice", rows=rows))
    assert [(one.file, one.row, one.rule) for one in problems] == [("meetings.csv", 2, "sheet_layout")]


def test_a_day_as_a_spreadsheet_counts_it_is_not_also_a_spell_that_runs_backwards(tmp_path):
    rows = small_study.tables()
    rows["pairs"][3][3] = "45306"
    problems = refused(small_study.write(tmp_path / "counted", rows=rows))
    assert [(one.file, one.row, one.column, one.rule) for one in problems] == [
        ("pairs.csv", 4, "start", "ambiguous_dates")
    ]


def test_a_spell_that_runs_backwards_is_found_and_empty_days_are_none(tmp_path):
    rows = small_study.tables()
    for row in rows["pairs"][2:]:
        row[3] = ""
    rows["pairs"][1][3] = "2024-08-01"
    problems = refused(small_study.write(tmp_path / "backwards", rows=rows))
    assert [(one.file, one.row, one.column) for one in problems] == [("pairs.csv", 2, "end")]
    rows["pairs"][1][3] = ""
    load_study(small_study.write(tmp_path / "empty", rows=rows))
