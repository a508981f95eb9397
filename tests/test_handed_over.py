"""What a director, a data protection officer and an intruder would find in a report."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
import small_study
from test_report import Reader, judged, shown

import rmstudy as rm
from rmstudy.cli.output import inert
from rmstudy.errors import PlanError, RmstudyError
from rmstudy.plots import Lane, Moment, close, design, forest, keep_inside
from rmstudy.report import commentary
from rmstudy.report.exhibit import printable
from rmstudy.report.planned import how_we_evaluated
from rmstudy.report.running import execute
from rmstudy.report.word import _footer
from rmstudy.report.words import note_words, tone
from rmstudy.results import Estimate, Note, Result


def words(sample: str, part: str, lang: str = "en") -> str:
    return Reader(shown(sample, lang, part).html).text


# --- the director -------------------------------------------------------------------------------------


def test_days_of_waves_that_stand_close_together_do_not_overlap():
    years = [
        Moment(str(year), dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in (1974, 1975, 1976, 1978)
    ]
    drawn = design(
        [Lane("Trainees", True, (True,) * 4)], years, period=(dt.date(1976, 1, 1), dt.date(1977, 12, 31))
    )
    figure = drawn.figure
    figure.set_size_inches(6.8, 2.4)
    figure.draw_without_rendering()
    boxes = []
    for label in drawn.get_xticklabels():
        box, lines = label.get_window_extent(), label.get_text().split("\n")
        empty = sum(not line for line in lines) / len(lines)
        boxes.append((box.x0, box.x1, box.y0, box.y1 - empty * box.height))
    close(drawn)
    for one, other in combinations(boxes, 2):
        beside = one[1] <= other[0] or other[1] <= one[0]
        assert beside or one[3] <= other[2] + 1 or other[3] <= one[2] + 1


def test_values_in_a_picture_do_not_run_over_the_names_at_its_left():
    estimate = Estimate("difference", -0.01, conf_low=-0.21, conf_high=0.19)
    low = Result(
        "adjusted_difference", "Confidence", "difference", "points", (estimate,), 0.95, {"all": 40}, {}
    )
    high = replace(low, estimates=(Estimate("difference", 0.9, conf_low=0.7, conf_high=1.1),))
    drawn = forest([low, high], thresholds=[0.22, 0.22])
    drawn.figure.set_size_inches(3.0, 2.0)
    keep_inside(drawn)
    drawn.figure.draw_without_rendering()
    edges = [
        label.get_window_extent().x0 for label in drawn.texts if str(label.get_gid()).startswith("words")
    ]
    left = drawn.bbox.x0
    plt.close(drawn.figure)
    assert len(edges) == 2
    assert min(edges) >= left - 3  # the layout settles by a hair once the words have moved


def test_what_selection_alone_explains_wears_no_mark_of_success():
    evaluation = judged("picked-the-weakest")
    assert {tone(one) for one in (*evaluation.goals, *evaluation.criteria)} == {"open"}


def test_a_study_without_meetings_has_no_column_on_meetings_and_no_word_on_pairs():
    assert "meeting" not in words("national-supported-work", "who_benefited")
    assert "department" not in words("national-supported-work", "who_benefited")
    assert "Single pairs" not in words("national-supported-work", "monitoring")
    assert "For each meeting more" in words("digital-skills", "who_benefited")


def test_the_way_into_the_programme_is_said_once():
    said = Reader(how_we_evaluated(judged("eight-pairs"), lang="en").html).text.lower()
    assert said.count("first come, first served") == 1


# --- the data protection officer ----------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_difference_in_losses_does_not_tell_a_share_that_is_hidden(lang):
    told = note_words(Note.of("merit_attrition", points=31.0), 5, lang)
    assert not any(character.isdigit() for character in told)


# --- the intruder -------------------------------------------------------------------------------------


def test_no_text_of_a_table_is_a_formula_and_numbers_stay_numbers():
    given = pd.DataFrame(
        {
            "why": ["=1+1", "@SUM(A1)", " +cmd|' /C calc'!A0", "-2+3", "\t=1", "-", "plain", None],
            "n": ["-3", "+0.5", "-12%", "<5", "≈48", "-1,5", "7", "8"],
            "x": [-1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        }
    )
    safe = inert(given)
    dangerous = ["'=1+1", "'@SUM(A1)", "' +cmd|' /C calc'!A0", "'-2+3", "'\t=1", "'-", "plain"]
    assert safe["why"].tolist()[:-1] == dangerous
    assert pd.isna(safe["why"].iloc[-1])
    assert safe["n"].tolist() == given["n"].tolist()
    assert safe["x"].tolist() == given["x"].tolist()


def test_nothing_unseen_reaches_a_document():
    assert printable("a\x1b[31m\x00\ufffe\u202eb\u2066c\n\té 𝛼") == "a[31mbc\n\té 𝛼"


def test_a_name_with_control_characters_leaves_the_footer_of_word_readable():
    ElementTree.fromstring(_footer({"client": "Example\x1b Company <&>", "title": "2024\x00"}))


def study_with(folder: Path, name: str, text: str) -> rm.study.study.Study:
    small_study.write(folder, small_study.plan(), small_study.tables())
    (folder / commentary.FOLDER).mkdir()
    (folder / commentary.FOLDER / name).write_text(text, encoding="utf-8")
    return rm.load_study(folder)


def test_a_commentary_too_long_for_a_report_is_refused(tmp_path):
    study = study_with(tmp_path, "summary.md", "**a " * commentary.LONGEST)
    with pytest.raises(PlanError, match=r"too long.*summary\.md|summary\.md.*too long"):
        commentary.said(study, "summary", "en")


def test_a_commentary_folder_that_leads_out_of_the_study_is_not_read(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "summary.md").write_text("not the study's", encoding="utf-8")
    study = study_with(tmp_path / "study", "limits.md", "its own")
    folder = study.path / commentary.FOLDER
    (folder / "limits.md").unlink()
    folder.rmdir()
    folder.symlink_to(outside, target_is_directory=True)
    assert commentary.said(study, "summary", "en").html == ""


@pytest.mark.parametrize(
    ("tags", "source", "says"),
    [
        ([], "study = ''", "no cell with the tag"),
        (["parameters"], "study = (", "not Python"),
        (["parameters"], "other = 1", "no parameter"),
    ],
)
def test_a_template_without_fit_parameters_is_refused_with_a_sentence(tmp_path, tags, source, says):
    path = tmp_path / "own.ipynb"
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": tags})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(RmstudyError, match=says):
        execute(path, {"study": "x", "lang": "en"})


def test_a_template_that_is_no_text_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "own.ipynb"
    path.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(RmstudyError, match="not a notebook"):
        execute(path, {"study": "x"})
