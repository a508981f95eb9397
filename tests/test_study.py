"""The study folder: what loads, what is refused, and that everything wrong is said at once with its place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import small_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmstudy as rm
from rmstudy.errors import DataError, DesignError, PlanError, Problem, masked
from rmstudy.study.lock import fingerprint
from rmstudy.study.planfile import parse_plan
from rmstudy.study.tables import TABLES


def problems_of(folder) -> tuple[Problem, ...]:
    """What load_study refuses a folder with."""
    with pytest.raises(DataError) as caught:
        rm.load_study(folder)
    return caught.value.problems


def test_a_valid_folder_loads_and_is_framed_by_key(tmp_path):
    study = rm.load_study(small_study.write(tmp_path))
    frame = study.frame("confidence", role="mentee")
    assert frame.index.name == "person_id"
    assert frame.columns.tolist() == ["pre", "post", "arm", "pair_id", "cluster", "unit", "dose"]
    assert frame.loc["s1", ["pre", "post", "pair_id", "unit"]].tolist() == [3.0, 4.0, "p1", "north"]
    assert (frame["arm"] == "programme").all()


def test_four_planted_mistakes_give_four_located_sentences(tmp_path):
    rows = small_study.tables()
    rows["participants"].append(["s3", "mentee", "55-64", "north"])
    rows["pairs"][2][1:3] = ["s1", "j1"]
    rows["responses"][8][4] = "9"
    rows["responses"] = [line for line in rows["responses"] if line[1] != "post"]
    found = problems_of(small_study.write(tmp_path, rows=rows))
    refused = [problem for problem in found if problem.severity == "refused"]
    duplicate = next(p for p in refused if p.file == "participants.csv")
    assert (duplicate.row, duplicate.column, duplicate.value) == (18, "person_id", "s3")
    swapped = [p for p in refused if p.file == "pairs.csv"]
    assert {(p.row, p.column) for p in swapped} == {(3, "mentor_id"), (3, "mentee_id")}
    assert "swap the two" in swapped[0].next_step
    outside = next(p for p in refused if "outside the range 1 to 5" in p.what)
    assert (outside.file, outside.column, outside.value) == ("responses.csv", "value", "9")
    missing = next(p for p in refused if "although the wave closed" in p.what)
    assert (missing.file, missing.value) == ("responses.csv", "post")
    assert all(problem.next_step for problem in refused)


def test_an_open_wave_is_to_know_and_not_an_error(tmp_path):
    content = small_study.plan(waves={"pre": {"closed": "2024-01-10"}, "post": {}})
    rows = small_study.tables()
    rows["responses"] = [line for line in rows["responses"] if line[1] != "post"]
    study = rm.load_study(small_study.write(tmp_path, content, rows))
    assert [finding.severity for finding in study.findings] == ["to know"]
    verdict = rm.evaluate(study)["confidence"]
    assert verdict.verdict == "not_enough_data"
    assert verdict.gate.text() == "The wave post is still open."


def test_pairing_is_by_key_whatever_the_order_of_rows(tmp_path):
    plain = rm.load_study(small_study.write(tmp_path / "plain"))
    rows = small_study.tables()
    rng = np.random.default_rng(1)
    for lines in rows.values():
        lines[1:] = [lines[1:][i] for i in rng.permutation(len(lines) - 1)]
    mixed = rm.load_study(small_study.write(tmp_path / "mixed", rows=rows))
    pd.testing.assert_frame_equal(
        plain.frame("confidence", role="mentee").sort_index(),
        mixed.frame("confidence", role="mentee").sort_index(),
    )
    assert fingerprint(plain) == fingerprint(mixed)


def test_wide_and_long_responses_are_the_same_study(tmp_path):
    long = rm.load_study(small_study.write(tmp_path / "long"))
    rows = small_study.tables()
    answers = pd.DataFrame(rows["responses"][1:], columns=rows["responses"][0])
    wide = answers.pivot_table(
        index=["person_id", "wave_id"], columns="item_id", values="value", aggfunc="first"
    )
    flat = wide.reset_index()
    rows["responses"] = [flat.columns.tolist(), *flat.to_numpy().tolist()]
    other = rm.load_study(small_study.write(tmp_path / "wide", rows=rows))
    pd.testing.assert_frame_equal(long.frame("confidence"), other.frame("confidence"))


def test_wide_answers_are_located_by_their_own_column(tmp_path):
    rows = small_study.tables()
    rows["responses"] = [["person_id", "wave_id", "c1", "c2", "c3", "c9"], ["s0", "pre", "1", "2", "7", "1"]]
    found = problems_of(small_study.write(tmp_path, rows=rows))
    assert [(p.row, p.column) for p in found if "outside" in p.what] == [(2, "c3")]
    assert [(p.row, p.column) for p in found if "no instrument" in p.what] == [(1, "c9")]


@pytest.mark.parametrize("label", ["Sempre, è così", "SEMPRE, E COSI", "sempre,  è  così", "Always", "5"])
def test_answers_may_be_labels_in_either_language(tmp_path, label):
    rows = small_study.tables()
    rows["responses"][1][4] = label
    frame = rm.load_study(small_study.write(tmp_path, rows=rows)).frame("confidence")
    assert frame.loc["s0", "pre"] == pytest.approx((5 + 2 + 2) / 3)


def test_an_unknown_label_is_refused_with_the_nearest(tmp_path):
    rows = small_study.tables()
    rows["responses"][1][4] = "Sempe, è così"
    (problem,) = problems_of(small_study.write(tmp_path, rows=rows))
    assert (problem.row, problem.column) == (2, "value")
    assert problem.next_step == "Did you mean 'Sempre, è così'?"


def test_reversed_items_are_reversed_once(tmp_path):
    frame = rm.load_study(small_study.write(tmp_path)).frame("confidence")
    assert frame.loc["s0", ["pre", "post"]].tolist() == [2.0, 3.0]


def test_a_scale_needs_its_least_answers(tmp_path):
    rows = small_study.tables()
    rows["responses"][1][4] = ""
    strict = rm.load_study(small_study.write(tmp_path / "strict", rows=rows))
    assert np.isnan(strict.frame("confidence").loc["s0", "pre"])
    content = small_study.plan()
    content["instruments"]["confidence"]["minimum_answered"] = 2
    lenient = rm.load_study(small_study.write(tmp_path / "lenient", content, rows))
    assert lenient.frame("confidence").loc["s0", "pre"] == 2.0


@pytest.mark.parametrize(("scoring", "expected"), [("mean", 2.0), ("sum", 6.0), ("percent", 25.0)])
def test_scoring(tmp_path, scoring, expected):
    content = small_study.plan()
    content["instruments"]["confidence"]["scoring"] = scoring
    frame = rm.load_study(small_study.write(tmp_path, content)).frame("confidence")
    assert frame.loc["s0", "pre"] == expected


def test_a_test_is_scored_by_its_key_and_the_form_answered(tmp_path):
    content = small_study.plan()
    content["instruments"]["confidence"] = {
        "name": "Test",
        "role": "mentee",
        "items": ["a1", "a2", "b1", "b2"],
        "forms": {"A": ["a1", "a2"], "B": ["b1", "b2"]},
        "key": {"a1": "b", "a2": "c", "b1": "a", "b2": "d"},
        "scoring": "percent",
    }
    rows = small_study.tables()
    head = rows["responses"][0]
    answers = {"pre": {"a1": "B", "a2": "a"}, "post": {"b1": "a", "b2": ""}}
    rows["responses"] = [head] + [
        ["s0", wave, "confidence", item, value]
        for wave, given in answers.items()
        for item, value in given.items()
    ]
    frame = rm.load_study(small_study.write(tmp_path, content, rows)).frame("confidence")
    assert frame.loc["s0", ["pre", "post"]].tolist() == [50.0, 50.0]


def test_observers_are_averaged_and_the_gap_to_the_self_rating_is_scored(tmp_path):
    content = small_study.plan()
    for name, extra in (("me", {}), ("others", {"rater": "observer"})):
        content["instruments"][name] = {"name": name, "role": "mentee", "range": [0, 10], **extra}
    content["instruments"]["gap"] = {
        "name": "gap",
        "role": "mentee",
        "gap_between": ["me", "others"],
        "higher_is": "worse",
    }
    rows = small_study.tables()
    for line in rows["responses"]:
        line.append("rater_id" if line[0] == "person_id" else "")
    rows["responses"] += [
        ["s0", "pre", "me", "", "9", ""],
        ["s0", "pre", "others", "", "4", "r1"],
        ["s0", "pre", "others", "others", "6", "r2"],
    ]
    study = rm.load_study(small_study.write(tmp_path, content, rows))
    assert study.frame("others").loc["s0", "pre"] == 5.0
    assert study.frame("gap").loc["s0", "pre"] == 4.0


def test_predictions_are_scored_against_reference_values(tmp_path):
    content = small_study.plan()
    content["instruments"]["awareness"] = {
        "name": "awareness",
        "role": "mentee",
        "items": ["q1", "q2"],
        "range": [0, 100],
        "scored_against": "reference_values",
        "higher_is": "worse",
    }
    rows = small_study.tables()
    rows["responses"] += [["s0", "pre", "awareness", "q1", "60"], ["s0", "pre", "awareness", "q2", "20"]]
    rows["reference_values"] = [
        ["instrument_id", "item_id", "value"],
        ["awareness", "q1", "50"],
        ["awareness", "q2", "50"],
    ]
    study = rm.load_study(small_study.write(tmp_path, content, rows))
    assert study.frame("awareness").loc["s0", "pre"] == 20.0


def test_people_joined_by_pairs_form_one_cluster_over_all_spells(tmp_path):
    rows = small_study.tables()
    rows["pairs"][1][4] = "2024-03-01"
    rows["pairs"].append(["p0b", "j1", "s0", "2024-03-02", "2024-07-01"])
    study = rm.load_study(small_study.write(tmp_path, rows=rows))
    frame = study.frame("confidence")
    assert frame.loc["s0", "pair_id"] == "p0+p0b"
    assert frame.loc["s0", "cluster"] == frame.loc["s1", "cluster"]
    assert frame["cluster"].nunique() == small_study.PEOPLE - 1


def test_dose_counts_meetings_over_all_spells(tmp_path):
    rows = small_study.tables()
    assert rm.load_study(small_study.write(tmp_path / "none")).frame("confidence")["dose"].isna().all()
    rows["meetings"] = [
        ["meeting_id", "pair_id", "date"],
        ["m1", "p0", "2024-02-01"],
        ["m2", "p0", "2024-03-01"],
    ]
    frame = rm.load_study(small_study.write(tmp_path / "some", rows=rows)).frame("confidence")
    assert frame["dose"].to_dict() == {f"s{i}": 2 if i == 0 else 0 for i in range(small_study.PEOPLE)}


def test_labels_none_and_na_stay_labels(tmp_path):
    rows = small_study.tables()
    rows["participants"][1][3], rows["participants"][2][3] = "None", "NA"
    study = rm.load_study(small_study.write(tmp_path, rows=rows))
    assert study.frame("confidence")["unit"].tolist()[:2] == ["None", "NA"]


@pytest.mark.parametrize(
    ("spoil", "what", "place"),
    [
        (
            lambda rows: rows["responses"][5].__setitem__(0, "s99"),
            "nobody in participants",
            ("responses.csv", 6),
        ),
        (lambda rows: rows["responses"][5].__setitem__(1, "pst"), "not in the plan", ("responses.csv", 6)),
        (lambda rows: rows["responses"][5].__setitem__(2, "trust"), "not in the plan", ("responses.csv", 6)),
        (lambda rows: rows["responses"][5].__setitem__(3, "c7"), "no such item", ("responses.csv", 6)),
        (lambda rows: rows["responses"][5].__setitem__(4, "2,5"), "a decimal comma", ("responses.csv", 6)),
        (
            lambda rows: rows["responses"].append(rows["responses"][5]),
            "a second answer of the same wave",
            ("responses.csv", 50),
        ),
        (lambda rows: rows["responses"][5].__setitem__(0, "j1"), "which is for mentee", ("responses.csv", 6)),
        (
            lambda rows: rows["participants"][3].__setitem__(1, "mentoor"),
            "no such role",
            ("participants.csv", 4),
        ),
        (
            lambda rows: rows["participants"][3].__setitem__(0, ""),
            "the cell is empty",
            ("participants.csv", 4),
        ),
        (
            lambda rows: rows["participants"][0].__setitem__(3, "email"),
            "looks personal",
            ("participants.csv", 1),
        ),
        (
            lambda rows: rows["participants"][3].__setitem__(3, "a.b@c.org"),
            "an e-mail",
            ("participants.csv", 4),
        ),
        (lambda rows: rows["pairs"][3].__setitem__(3, "15/01/2024"), "it is 2024-01-15", ("pairs.csv", 4)),
        (
            lambda rows: rows["pairs"][3].__setitem__(3, "2024-12-31"),
            "ends before it starts",
            ("pairs.csv", 4),
        ),
        (lambda rows: rows["pairs"][3].__setitem__(2, "s0"), "earlier one ended", ("pairs.csv", 4)),
        (
            lambda rows: rows["pairs"][0].__setitem__(1, "mentorid"),
            "a required column is missing",
            ("pairs.csv", 1),
        ),
        (
            lambda rows: rows["participants"][0].__setitem__(2, "unit"),
            "more than once",
            ("participants.csv", 1),
        ),
        (lambda rows: rows.__setitem__("pair", [["a"], ["1"]]), "not a table of a study", ("pair.csv", None)),
        (
            lambda rows: rows["participants"][1].append("x"),
            "more cells than the header",
            ("participants.csv", 1),
        ),
    ],
)
def test_what_is_refused_says_what_and_where(tmp_path, spoil, what, place):
    rows = small_study.tables()
    spoil(rows)
    found = [p for p in problems_of(small_study.write(tmp_path, rows=rows)) if what in p.what]
    assert found, f"nothing said {what!r}"
    assert (found[0].file, found[0].row) == place
    assert "a.b@c.org" not in str(found[0])


def test_a_senior_recorded_as_mentor_is_put_to_the_person(tmp_path):
    rows = small_study.tables()
    rows["participants"][1][2] = "18-24"
    study = rm.load_study(small_study.write(tmp_path, rows=rows))
    (finding,) = study.findings
    assert (finding.severity, finding.file, finding.row) == ("to decide", "pairs.csv", 2)
    assert "were the roles swapped" in finding.what


def test_ids_that_differ_only_in_zeros_get_one_sentence(tmp_path):
    rows = small_study.tables()
    for line in rows["responses"][1:]:
        line[0] = line[0].replace("s", "s00")
    found = [p for p in problems_of(small_study.write(tmp_path, rows=rows)) if "zeros" in p.what]
    assert len(found) == 1
    assert "'s0'" in found[0].next_step


def test_missing_tables_and_folders_are_named(tmp_path):
    with pytest.raises(PlanError, match=r"study\.yml: the plan is missing"):
        rm.load_study(tmp_path)
    small_study.write(tmp_path, rows={"pairs": small_study.tables()["pairs"]})
    assert {p.file for p in problems_of(tmp_path)} == {"participants.csv", "responses.csv"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the plan is empty"),
        ("- 1", "the plan is empty"),
        ("version: 1\nversion: 1", "the key 'version' stands twice"),
        ("a: [", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']", "not valid YAML"),
        ("\x00", "not valid YAML"),
    ],
)
def test_a_plan_that_is_no_plan_is_refused(tmp_path, text, what):
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        rm.load_study(tmp_path)
    assert what in caught.value.problems[0].what


def plan_problems(content) -> dict[str, Problem]:
    """Problems of a plan by key."""
    with pytest.raises(PlanError) as caught:
        parse_plan(content)
    return {problem.column: problem for problem in caught.value.problems}


def test_everything_wrong_with_the_plan_is_listed_at_once():
    content = small_study.plan(waves={"pre": {"closd": "2024-01-01"}})
    content["goals"][0]["criteria"][0]["treshold"] = 1
    content["programme"]["seats"] = "many"
    found = plan_problems(content)
    assert found["waves.pre.closd"].next_step == "Did you mean 'closed'?"
    assert found["goals.0.criteria.0.treshold"].next_step == "Did you mean 'threshold'?"
    assert found["programme.seats"].value == "many"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("key", "value", "place", "what"),
    [
        ("instrument", "trust", "instrument", "no such instrument"),
        ("contrast", "comparison", "contrast", "needs a comparison arm"),
        ("contrast", "share", "cutoff", "a share needs"),
        ("unit", "sd", "unit", "reference_sd"),
        ("after", "later", "after", "no such wave"),
        ("priority", "secondary", None, "no primary criterion"),
    ],
)
def test_contradictions_in_the_plan_are_refused(key, value, place, what):
    content = small_study.plan()
    content["goals"][0]["criteria"][0][key] = value
    found = plan_problems(content)
    where = f"goals.0.criteria.0.{place}" if place else "goals.0.criteria"
    assert what in found[where].what


def test_frames_refuse_what_is_not_there(tmp_path):
    study = rm.load_study(small_study.write(tmp_path))
    with pytest.raises(DesignError, match=r"No instrument 'confidense'\. Did you mean 'confidence'\?"):
        study.frame("confidense")
    with pytest.raises(DesignError, match="not for 'mentor'"):
        study.frame("confidence", role="mentor")
    with pytest.raises(DesignError, match="no column 'gendr'"):
        study.frame("confidence", covariates=["gendr"])


def test_reprs_are_deterministic_and_protect_small_numbers(tmp_path):
    rows = small_study.tables()
    rows["responses"] = [
        line for line in rows["responses"] if line[0] not in {"s1", "s2"} or line[1] == "pre"
    ]
    study, again = (rm.load_study(small_study.write(tmp_path, rows=rows)) for _ in range(2))
    assert repr(study) == repr(again)
    assert study._repr_html_() == again._repr_html_()
    assert "mentee, programme: 8 assigned" in repr(study)
    assert "6 answered before and after" not in repr(study)
    assert "<script" not in study._repr_html_()


def test_the_fingerprint_moves_with_any_answer_and_with_the_plan(tmp_path):
    plain = fingerprint(rm.load_study(small_study.write(tmp_path)))
    rows = small_study.tables()
    rows["responses"][1][4] = "1"
    assert fingerprint(rm.load_study(small_study.write(tmp_path, rows=rows))) != plain
    content = small_study.plan()
    content["goals"][0]["criteria"][0]["threshold"] = 0.4
    assert fingerprint(rm.load_study(small_study.write(tmp_path, content))) != plain


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("anna.bianchi@example.org", True),
        ("Anna Bianchi", True),
        ("+39 333 1234567", True),
        ("mentee", False),
        ("s01", False),
    ],
)
def test_values_that_could_name_a_person_are_masked(value, hidden):
    assert masked(value).startswith("(hidden") == hidden


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["study.yml", "participants.csv", "responses.csv", "pairs.parquet"]),
)
def test_any_bytes_give_a_clear_error_or_a_study(tmp_path, content, name):
    folder = small_study.write(tmp_path)
    (folder / name).write_bytes(content)
    try:
        rm.load_study(folder)
    except (PlanError, DataError) as error:
        assert error.problems
    (folder / "pairs.parquet").unlink(missing_ok=True)


def test_the_plan_names_only_what_exists():
    content = small_study.plan(
        design={
            "assignment": {"mentee": {"mechanism": "lottery", "comparison": "waiting"}},
            "selection": {"mentee": {"rule": "lowest third", "instrument": "confidense"}},
        }
    )
    found = plan_problems(content)
    assert "waitlist" in found["design.assignment.mentee.comparison"].what
    content["design"]["assignment"]["mentee"]["comparison"] = "waitlist"
    assert (
        plan_problems(content)["design.selection.mentee.instrument"].next_step == "Did you mean 'confidence'?"
    )


def test_columns_that_the_analysis_needs_are_asked_for_at_once(tmp_path):
    analysis = {"covariates": ["tenure_band"], "cluster": "unit", "gates": {"least_people": 5}}
    rows = small_study.tables()
    for line in rows["participants"]:
        line.pop()
    found = problems_of(small_study.write(tmp_path, small_study.plan(analysis=analysis), rows))
    assert {(p.file, p.row, p.column) for p in found} == {
        ("participants.csv", 1, "tenure_band"),
        ("participants.csv", 1, "unit"),
    }


def test_waves_under_other_names_are_followed_from_first_to_last(tmp_path):
    content = small_study.plan(waves={"t0": {"closed": "2024-01-10"}, "t6": {"closed": "2024-07-10"}})
    content["goals"][0]["criteria"][0] |= {"before": "t0", "after": "t6"}
    rows = small_study.tables()
    for line in rows["responses"]:
        line[1] = {"pre": "t0", "post": "t6"}.get(line[1], line[1])
    study = rm.load_study(small_study.write(tmp_path, content, rows))
    assert study.participation("mentee")["n"].tolist() == [8, 8, 8, 8]
    # everybody changed by one point: there is a change, but no interval to judge it by
    assert rm.evaluate(study)["confidence"].gate.code == "gate_no_interval"


def test_a_covariate_that_resembles_a_known_column_is_put_to_the_person(tmp_path):
    rows = small_study.tables()
    rows["participants"][0][3] = "uint"
    study = rm.load_study(small_study.write(tmp_path, rows=rows))
    assert [(f.severity, f.column, f.next_step) for f in study.findings] == [
        ("to decide", "uint", "Did you mean 'unit'?")
    ]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("assignments", "arm", "control"),
        ("assignments", "mechanism", "random"),
        ("pairs", "end_reason", "finished"),
        ("meetings", "source", "teams"),
        ("meeting_log", "advice_direction", "up"),
        ("applications", "eligible", "maybe"),
        ("hr_outcomes", "censored", "true"),
    ],
)
def test_every_column_of_choices_names_what_is_allowed(tmp_path, table, column, value):
    rows = small_study.tables()
    spec = TABLES[table]
    fill = {"date": "2024-02-01", "number": "1", "count": "1", "id": "s0", "text": "x"}
    names = [name for name, one in spec.columns.items() if one.required or name == column]
    cells = [value if name == column else fill[spec.columns[name].kind] for name in names]
    if table == "pairs":
        for line, cell in zip(rows["pairs"], ["end_reason", *[value] * small_study.PEOPLE], strict=True):
            line.append(cell)
    else:
        rows[table] = [names, cells]
    found = [p for p in problems_of(small_study.write(tmp_path, rows=rows)) if p.column == column]
    assert (found[0].file, found[0].row, found[0].value) == (f"{table}.csv", 2, value)
    assert found[0].next_step == f"Allowed: {', '.join(spec.columns[column].choices)}."


def test_a_misspelt_key_column_does_not_make_rows_look_alike(tmp_path):
    rows = small_study.tables()
    rows["responses"][0][1] = "wave"
    found = problems_of(small_study.write(tmp_path, rows=rows))
    assert [(p.row, p.column, p.next_step) for p in found if p.severity == "refused"] == [
        (1, "wave_id", "Rename 'wave' to 'wave_id'.")
    ]


@pytest.mark.parametrize(
    ("values", "rows_found"),
    [
        (["2,5"] * 16, 16),
        (["3"] * 15 + ["n.d."], 1),
        (["1.5"] * 15 + ["1,5"], 1),
        ([f"w{i}" for i in range(16)], 1),
    ],
)
def test_a_covariate_is_numbers_or_a_few_words(tmp_path, values, rows_found):
    rows = small_study.tables()
    for line, value in zip(rows["participants"], ["hardship", *values], strict=True):
        line.append(value)
    rows["participants"] = [
        [f'"{cell}"' if "," in cell else cell for cell in line] for line in rows["participants"]
    ]
    content = small_study.plan(analysis={"covariates": ["hardship"], "gates": {"least_people": 5}})
    folder = small_study.write(tmp_path, content, small_study.tables())
    text = "".join(",".join(line) + "\n" for line in rows["participants"])
    (folder / "participants.csv").write_text(text, encoding="utf-8")
    found = [p for p in problems_of(folder) if p.column == "hardship"]
    assert len(found) == rows_found


def assigned(mechanism: str, arms: tuple[str, str]) -> dict[str, list[list[str]]]:
    """The small study's tables with assignments."""
    rows = small_study.tables()
    rows["assignments"] = [["person_id", "arm", "mechanism"]]
    rows["assignments"] += [[f"s{i}", arms[i % 2], mechanism] for i in range(small_study.PEOPLE)]
    rows["assignments"] += [[f"j{i}", "programme", ""] for i in range(small_study.PEOPLE)]
    return rows


def test_the_assignments_must_be_those_of_the_plan(tmp_path):
    design = {"assignment": {"mentee": {"mechanism": "lottery", "comparison": "waitlist"}}}
    content = small_study.plan(design=design)
    content["goals"][0]["criteria"][0]["contrast"] = "comparison"
    found = problems_of(
        small_study.write(tmp_path / "a", content, assigned("self", ("programme", "waitlist")))
    )
    assert {(p.column, p.what) for p in found if p.severity == "refused"} == {
        ("mechanism", "the plan says lottery")
    }
    found = problems_of(
        small_study.write(tmp_path / "b", content, assigned("lottery", ("programme", "comparison")))
    )
    (problem,) = [p for p in found if p.severity == "refused"]
    assert problem.next_step == "The arms found are: comparison, programme."
    found = problems_of(small_study.write(tmp_path / "c", content))
    assert [p.file for p in found if p.severity == "refused"] == ["assignments.csv"]


def test_an_item_that_nobody_answered_is_put_to_the_person(tmp_path):
    rows = small_study.tables()
    rows["responses"] = [line for line in rows["responses"] if line[3] != "c3"]
    (finding,) = rm.load_study(small_study.write(tmp_path, rows=rows)).findings
    assert (finding.severity, finding.value) == ("to decide", "c3")


def test_many_alike_problems_do_not_hide_the_others(tmp_path):
    rows = small_study.tables()
    for line in rows["participants"][1:]:
        line[3] = "a@b.org"
    rows["responses"][1][4] = "9"
    with pytest.raises(DataError) as caught:
        rm.load_study(small_study.write(tmp_path, rows=rows))
    text = str(caught.value)
    assert "outside the range 1 to 5" in text
    assert "the same 12 times more in rows 6, 7, 8" in text


def test_a_wrong_plan_does_not_hide_what_is_wrong_with_the_tables(tmp_path):
    rows = small_study.tables()
    rows["participants"].append(rows["participants"][1])
    content = small_study.plan()
    content["goals"][0]["criteria"][0]["treshold"] = 1
    with pytest.raises(PlanError) as caught:
        rm.load_study(small_study.write(tmp_path, content, rows))
    assert {problem.file for problem in caught.value.problems} == {"study.yml", "participants.csv"}


@pytest.mark.parametrize(
    ("name", "text", "what", "next_step"),
    [
        ("responses.csv", "sep=,\na,b\n1,2\n", "a line for Excel", "Remove the first line"),
        (
            "participants.csv",
            "person_id,role,age_band\ns1,mentee,x\ns2,mentee\n",
            "fewer cells",
            "Complete the row",
        ),
        ("participants.xlsx", "", "the table is missing", "Save 'participants.xlsx' as CSV."),
    ],
)
def test_files_that_are_nearly_right(tmp_path, name, text, what, next_step):
    folder = small_study.write(tmp_path)
    if name.endswith(".xlsx"):
        (folder / "participants.csv").unlink()
    (folder / name).write_text(text, encoding="utf-8")
    found = [p for p in problems_of(folder) if what in p.what]
    assert found[0].next_step.startswith(next_step)


def test_a_threshold_that_is_a_score_and_a_date_that_is_none_are_refused():
    content = small_study.plan(waves={"pre": {"closed": "15/04/2024"}, "post": {}})
    assert plan_problems(content)["waves.pre.closed"].next_step == "Write it as 2024-03-31."
    content = small_study.plan()
    content["goals"][0]["criteria"][0]["threshold"] = 15
    assert (
        "larger than the whole scale (4.00 points)"
        in plan_problems(content)["goals.0.criteria.0.threshold"].what
    )


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    folder = small_study.write(tmp_path)
    path = folder / "responses.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[6:6] = ["", ",,,,"]
    lines[10] = lines[10].rsplit(",", 1)[0] + ",9"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (problem,) = [p for p in problems_of(folder) if "outside" in p.what]
    assert problem.row == 11


def test_folders_and_closed_doors_in_place_of_files_are_said(tmp_path):
    folder = small_study.write(tmp_path)
    (folder / "responses.csv").unlink()
    (folder / "responses.csv").mkdir()
    assert any("cannot be read" in problem.what for problem in problems_of(folder))
    (folder / "study.yml").unlink()
    (folder / "study.yml").mkdir()
    with pytest.raises(PlanError, match="cannot be read"):
        rm.load_study(folder)


@pytest.mark.parametrize("name", ["ROSSI MARIA", "maria rossi", "De Luca, Anna", "Anna Maria Bianchi"])
def test_names_are_masked_however_they_are_written(name):
    assert masked(name) == "(hidden: looks like a name)"


def test_a_closed_wave_is_missed_once_however_many_criteria_wait_for_it(tmp_path):
    content = small_study.plan()
    content["goals"][0]["criteria"].append(content["goals"][0]["criteria"][0] | {"id": "again"})
    rows = small_study.tables()
    rows["responses"] = [line for line in rows["responses"] if line[1] != "post"]
    (problem,) = problems_of(small_study.write(tmp_path, content, rows))
    assert problem.next_step.startswith("Needed by confidence, again")


def spoiled(**changes):
    """The small plan with its instrument changed."""
    content = small_study.plan()
    content["instruments"]["confidence"] |= changes
    return content


@pytest.mark.parametrize(
    ("content", "key", "what"),
    [
        (spoiled(key={"c1": True, "c2": "b", "c3": "c"}), "key", "put it in quotes"),
        (spoiled(forms={"A": ["c1", "c2"], "B": ["c2", "c3"]}), "forms", "each item once"),
        (spoiled(forms={"A": ["c1", "c2"]}), "forms", "each item once"),
        (
            spoiled(forms={"A": ["c1", "c2"], "B": ["c3"]}, scoring="sum"),
            "forms",
            "different numbers of items",
        ),
        (
            spoiled(range=[1, 3], labels={"en": ["Low", "Mid", "High"], "it": ["High", "Mid", "Low"]}),
            "labels",
            "two answers",
        ),
        (spoiled(range=[1, 3], labels={"en": ["0", "1", "2"]}), "labels", "two answers"),
        (spoiled(stability=0.9, stability_interval=[0.4, 0.8]), "stability_interval", "outside its interval"),
    ],
)
def test_instruments_that_contradict_themselves_are_refused(content, key, what):
    found = plan_problems(content)
    assert what in found[f"instruments.confidence.{key}"].what


def test_waves_must_be_in_order_and_percent_needs_a_maximum_above_zero():
    content = small_study.plan()
    content["goals"][0]["criteria"][0] |= {"before": "post", "after": "pre"}
    assert "does not come before" in plan_problems(content)["goals.0.criteria.0.before"].what
    content = small_study.plan(
        instruments={"confidence": {"name": "c", "role": "mentee", "range": [-100, 0]}}
    )
    content["goals"][0]["criteria"][0]["unit"] = "percent"
    assert "above zero" in plan_problems(content)["goals.0.criteria.0.unit"].what


@pytest.mark.parametrize(("key", "answer"), [(4, "4.0"), (0.5, ".5"), (10, "010"), ("B", " b")])
def test_a_right_answer_is_right_however_it_is_written(tmp_path, key, answer):
    content = small_study.plan()
    content["instruments"]["confidence"] = {
        "name": "Test",
        "role": "mentee",
        "items": ["c1"],
        "key": {"c1": key},
        "scoring": "sum",
    }
    content["goals"][0]["criteria"][0]["threshold"] = 0.5
    rows = small_study.tables()
    rows["responses"] = [line for line in rows["responses"] if line[3] in ("item_id", "c1")]
    rows["responses"][1][4] = answer
    assert (
        rm.load_study(small_study.write(tmp_path, content, rows)).frame("confidence").loc["s0", "pre"] == 1.0
    )


@pytest.mark.parametrize("name", ["post", "cluster", "dose"])
def test_a_covariate_cannot_take_the_name_of_a_column_of_the_frame(tmp_path, name):
    rows = small_study.tables()
    rows["participants"][0][2] = name
    for i, line in enumerate(rows["participants"][1:]):
        line[2] = str(i % 3)
    study = rm.load_study(small_study.write(tmp_path / "free", rows=rows))
    with pytest.raises(DesignError, match="cannot be called"):
        study.frame("confidence", covariates=[name])
    content = small_study.plan(analysis={"covariates": [name], "gates": {"least_people": 5}})
    found = problems_of(small_study.write(tmp_path / "plan", content, rows))
    assert any("cannot be called" in problem.what for problem in found)


def test_predictions_need_the_truth_and_observers_are_somebody_else(tmp_path):
    content = small_study.plan()
    content["instruments"] |= {
        "awareness": {
            "name": "a",
            "role": "mentee",
            "items": ["q1", "q2"],
            "range": [0, 100],
            "scored_against": "reference_values",
        },
        "seen": {"name": "s", "role": "mentee", "rater": "observer", "range": [0, 10]},
    }
    rows = small_study.tables()
    for line in rows["responses"]:
        line.append("rater_id" if line[0] == "person_id" else "")
    rows["responses"] += [["s0", "pre", "awareness", "q1", "60", ""], ["s0", "pre", "seen", "", "4", "s0"]]
    rows["reference_values"] = [["instrument_id", "item_id", "value"], ["awareness", "q1", "50"]]
    found = [problem.what for problem in problems_of(small_study.write(tmp_path, content, rows))]
    assert "no true value for q2 of awareness" in found
    assert "the rater is the person" in found


def test_instruments_about_units_need_units(tmp_path):
    content = small_study.plan()
    content["instruments"]["culture"] = {"name": "c", "role": "unit", "range": [1, 5]}
    rows = small_study.tables()
    for line in rows["participants"]:
        line.pop()
    found = problems_of(small_study.write(tmp_path, content, rows))
    assert [(p.column, p.what) for p in found] == [
        ("unit", "an instrument about units names a column that is missing")
    ]


CELLS = [
    "",
    "NaN",
    "None",
    "-1",
    "1e400",
    "2,5",
    "s1",
    "j1",
    "ü",
    "2024-13-45",
    "=1+1",
    "9" * 20,
    "post",
    "mentor",
]


def test_long_responses_without_values_are_refused(tmp_path):
    rows = small_study.tables()
    rows["responses"] = [line[:4] for line in rows["responses"]]
    (problem,) = problems_of(small_study.write(tmp_path, rows=rows))
    assert (problem.file, problem.row, problem.column) == ("responses.csv", 1, "value")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_spoiled_cell_column_or_line_gives_problems_or_a_study(tmp_path, data):
    rows = assigned("lottery", ("programme", "waitlist"))
    for _ in range(data.draw(st.integers(1, 3))):
        lines = rows[data.draw(st.sampled_from(sorted(rows)))]
        line = data.draw(st.integers(0, len(lines) - 1))
        column = data.draw(st.integers(0, len(lines[line]) - 1)) if lines[line] else 0
        kind = data.draw(st.sampled_from(["cell", "line", "column", "end"]))
        if kind == "cell" and lines[line]:
            lines[line][column] = data.draw(st.sampled_from(CELLS))
        elif kind == "line" and len(lines) > 1:
            lines.pop(line)
        elif kind == "column":
            lines[:] = [[cell for i, cell in enumerate(one) if i != column] for one in lines]
        elif kind == "end":
            del lines[line + 1 :]
    try:
        study = rm.load_study(small_study.write(tmp_path, rows=rows))
    except DataError as error:
        assert error.problems
    else:
        assert repr(study)
        assert rm.evaluate(study).to_json()


# mentor and mentee side by side


def both_generations(tmp_path, pairs):
    content = small_study.plan()
    content["instruments"]["confidence"]["role"] = ["mentor", "mentee"]
    rows = small_study.tables()
    rows["pairs"][1:] = pairs
    rows["responses"] += [[f"j{i}", *line[1:]] for i in range(3) for line in rows["responses"][1:7]]
    return rm.load_study(small_study.write(tmp_path, content, rows))


def test_a_mentor_of_two_stands_beside_each_and_a_mentee_beside_the_last_mentor(tmp_path):
    study = both_generations(
        tmp_path,
        [
            ["p0", "j0", "s0", "2024-01-15", "2024-03-01"],
            ["p1", "j1", "s0", "2024-03-02", "2024-07-01"],
            ["p2", "j1", "s1", "2024-01-15", "2024-07-01"],
            ["p3", "j5", "s2", "2024-01-15", "2024-07-01"],
        ],
    )
    frame = study.dyads("confidence")
    beside = {pair: set(rows.index) for pair, rows in frame.groupby("pair_id")}
    assert beside == {"p1": {"j1", "s0"}, "p2": {"j1", "s1"}, "p3": {"j5", "s2"}}
    assert frame.groupby("pair_id")["role"].nunique().eq(2).all()
    assert frame["cluster"].nunique() == 2, "the earlier spell still joins people"
    assert frame.loc["j5", "pre"] != frame.loc["j5", "pre"], "who did not answer has a row without a score"
    assert frame.loc["s1", "pre"] == study.frame("confidence", role="mentee").loc["s1", "pre"]


def test_only_an_instrument_of_both_roles_has_two_sides(tmp_path):
    study = rm.load_study(small_study.write(tmp_path))
    with pytest.raises(DesignError, match=r"'confidence' is not an instrument of both roles\. .* none"):
        study.dyads("confidence")
    del study.tables["pairs"]
    with pytest.raises(DesignError, match="no table of pairs"):
        study.dyads("confidence")
