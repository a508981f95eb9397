"""The exports of four survey tools, in other languages, orders and encodings than ours."""

from __future__ import annotations

import datetime as dt

import export_tools as tools
import pytest

from rmstudy.errors import DataError
from rmstudy.readers import google, limesurvey, microsoft, qualtrics
from rmstudy.readers.cells.moments import moment
from rmstudy.readers.files.sheets import from_lines, numbered
from rmstudy.readers.mapping import Form

GIVEN = tools.answers()


def steps(sheets, columns, labels) -> list[list[int]]:
    """Answers of a file by person, as steps."""
    return [[labels.index(cells[column]) + 1 for column in columns] for _, cells in sheets.rows]


def whole() -> list[list[int]]:
    return [list(one.values()) for one in GIVEN.values()]


# --- Qualtrics -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ui", ["en", "it", "de"])
@pytest.mark.parametrize(
    ("suffix", "separator", "encoding"), [("csv", ",", "utf-8-sig"), ("tsv", "\t", "utf-16")]
)
def test_qualtrics_in_any_language_and_encoding(tmp_path, ui, suffix, separator, encoding):
    rows = tools.qualtrics(GIVEN, "it", ui=ui, previews=2)
    path = tools.text_file(tmp_path / f"pre.{suffix}", rows, separator=separator, encoding=encoding)
    sheets, found = qualtrics.read(path, Form())
    assert steps(sheets, ["Q7_1", "Q7_2", "Q7_3"], tools.LABELS["it"]) == whole()
    assert sheets.rows[0][0] == 6  # three headers and two previews above it, whatever breaks the question has
    assert [(one.what, one.severity, one.rule) for one in found] == [
        ("rows of previews and tests, left out: 2", "to know", "test_rows")
    ]
    assert sheets.words["Q7_1"] == "Quanto spesso è così? - Mi fido di me con le nuove app"


def test_qualtrics_knows_its_own_columns_by_their_import_ids(tmp_path):
    tags = {
        "RecordedDate": "Aufgezeichnetes Datum",
        "Status": "Antworttyp",
        "RecipientEmail": "Empfänger-E-Mail",
    }
    path = tools.text_file(tmp_path / "pre.csv", tools.qualtrics(GIVEN, ui="de", tags=tags))
    sheets, found = qualtrics.read(path, Form())
    assert {"RecordedDate", "Status", "RecipientEmail"} <= set(sheets.columns)
    assert len(sheets.rows) == len(GIVEN)
    assert "left out: 1" in found[0].what


def test_an_embedded_field_called_like_one_of_qualtrics_own_stays_itself(tmp_path):
    rows = tools.qualtrics(GIVEN, previews=0)
    for row, text in zip(
        rows, ["role", "role", '{"ImportId":"status"}', *["junior"] * len(GIVEN)], strict=True
    ):
        row.append(text)
    sheets, _ = qualtrics.read(tools.text_file(tmp_path / "pre.csv", rows), Form())
    assert sheets.rows[0][1]["role"] == "junior"
    assert sheets.rows[0][1]["Status"] == "IP Address"


def test_previews_are_known_by_their_channel_where_the_word_is_not_known(tmp_path):
    rows = tools.qualtrics(GIVEN, previews=1)
    status, channel = rows[0].index("Status"), rows[0].index("DistributionChannel")
    for row in rows[3:]:
        row[status] = "Bekijken" if row[channel] == "preview" else "IP-cím"
    sheets, found = qualtrics.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    assert len(sheets.rows) == len(GIVEN)
    assert len(found) == 1
    # without the channel nothing tells it: a person must look
    without = [[cell for place, cell in enumerate(row) if place != channel] for row in rows]
    sheets, found = qualtrics.read(tools.text_file(tmp_path / "b.csv", without), Form())
    assert len(sheets.rows) == len(GIVEN) + 1
    assert [(one.severity, one.column, one.rule) for one in found] == [("to decide", "Status", "test_rows")]
    assert "leave_out" in found[0].next_step


@pytest.mark.parametrize("ui", ["en", "it", "de"])
def test_unfinished_and_spam_are_listed_and_kept(tmp_path, ui):
    rows = tools.qualtrics(GIVEN, ui=ui, previews=0)
    rows[4][rows[0].index("Finished")] = tools.OWN["qualtrics"][ui][3]
    rows[5][rows[0].index("Finished")] = "Hamis"  # a word that is not known, but the progress tells it
    rows[5][rows[0].index("Progress")] = 40
    rows[6][rows[0].index("Status")] = "Spam"
    sheets, found = qualtrics.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    assert len(sheets.rows) == len(GIVEN)
    assert [(one.row, one.severity) for one in found] == [(7, "to decide"), (None, "to know")]
    assert found[1].what.endswith("2")


def test_qualtrics_with_other_header_rows(tmp_path):
    rows = tools.qualtrics(GIVEN, previews=0)
    cases = {
        "no question": [rows[0], *rows[2:]],
        "two": [rows[0], rows[1], *rows[3:]],
        "one": [rows[0], *rows[3:]],
    }
    for name, some in cases.items():
        sheets, found = qualtrics.read(tools.text_file(tmp_path / f"{name}.csv", some), Form())
        assert steps(sheets, ["Q7_1", "Q7_2", "Q7_3"], tools.LABELS["en"]) == whole(), name
        assert [one.severity for one in found] == ["to know"], name
    # without the ids of the answers nothing tells where they begin
    place = rows[0].index("ResponseId")
    bare = [[cell for number, cell in enumerate(row) if number != place] for row in cases["two"]]
    with pytest.raises(DataError, match="three header rows of Qualtrics are not there"):
        qualtrics.read(tools.text_file(tmp_path / "bare.csv", bare), Form())


def test_the_older_format_names_its_columns_in_the_second_row(tmp_path):
    own = [
        "ResponseID",
        "ResponseSet",
        "Name",
        "ExternalDataReference",
        "EmailAddress",
        "IPAddress",
        "Status",
    ]
    rows = [[*(f"V{n}" for n in range(1, 8)), "Q1"], [*own, "I trust myself"]]
    rows += [[f"R_{n:015d}", "Default Response Set", "", "", "", "", "0", "4"] for n in range(2)]
    sheets, found = qualtrics.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    assert sheets.columns[:2] == ("ResponseId", "ResponseSet")
    assert [cells["Q1"] for _, cells in sheets.rows] == ["4", "4"]
    assert "answers begin in row 3" in found[0].what


# --- LimeSurvey ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ["code", "codetext", "full"])
@pytest.mark.parametrize(("ui", "lang"), [("en", "en"), ("it", "it"), ("fr", "it")])
def test_limesurvey_with_any_heading(tmp_path, heading, ui, lang):
    rows = tools.limesurvey(GIVEN, lang, ui=ui, heading=heading, full=True)
    path = tools.text_file(tmp_path / "pre.csv", rows, separator=";", encoding="utf-8-sig")
    sheets, found = limesurvey.read(path, Form())
    assert sheets.columns[:6] == ("id", "submitdate", "lastpage", "startlanguage", "seed", "token")
    assert steps(sheets, sheets.columns[6:], tools.LABELS[lang]) == whole()
    assert not found
    wanted = "conf_c1" if heading != "full" else f"{tools.STEM[lang]} [{tools.ITEMS['c1'][lang]}]"
    assert limesurvey.same_name(sheets.columns[6]) == limesurvey.same_name(wanted)


def test_limesurvey_partials_days_that_are_none_and_what_was_not_shown(tmp_path):
    rows = tools.limesurvey(GIVEN)
    rows[1][1] = ""
    rows[2][1] = "1980-01-01 00:00:00"
    rows[3][6] = "N/A"
    sheets, found = limesurvey.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    assert len(sheets.rows) == len(GIVEN)
    assert "submitdate" not in sheets.rows[1][1]
    assert "conf[c1]" not in sheets.rows[2][1]
    assert ["not finished" in one.what for one in found] == [True, False]
    assert all(one.what.endswith(": 1") and one.severity == "to know" for one in found)


def test_limesurvey_workbook_is_its_csv(tmp_path):
    rows = tools.limesurvey(GIVEN, brackets=False)
    one, _ = limesurvey.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    two, _ = limesurvey.read(tools.workbook(tmp_path / "a.xlsx", rows), Form())
    assert one.rows == two.rows


# --- Google Forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ui", "stamp", "read"),
    [
        ("en", "2024/01/09 2:05:06 PM CET", "2024-01-09 14:05:06"),
        ("en", "1/9/2024 14:05:06", "1/9/2024 14:05:06"),
        ("it", "09/01/2024 14.05.06", "09/01/2024 14:05:06"),
        ("de", "09.01.2024 14:05:06", "09.01.2024 14:05:06"),
        ("fr", "09/01/2024 14:05:06", "09/01/2024 14:05:06"),
    ],
)
def test_google_in_the_spelling_of_its_country(tmp_path, ui, stamp, read):
    path = tools.text_file(tmp_path / "pre.csv", tools.google(GIVEN, "it", ui=ui, stamp=stamp))
    sheets, found = google.read(path, Form())
    assert not found
    assert set(sheets.meta) == set(tools.OWN["google"][ui])
    assert {cells[sheets.columns[0]] for _, cells in sheets.rows} == {read}
    assert steps(sheets, sheets.columns[2:], tools.LABELS["it"]) == whole()
    assert sheets.words[sheets.columns[2]] == tools.ITEMS["c1"]["it"]


def test_a_question_that_was_changed_stays_two_columns(tmp_path):
    rows = tools.google(GIVEN)
    for number, row in enumerate(rows):
        row.append(row[2] if number == 0 else (row[2] if number > 4 else ""))
        if number > 4:
            row[2] = ""
    sheets, found = google.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    first = sheets.columns[2]
    assert sheets.columns[-1] == f"{first} (2)"
    assert all((first in cells) != (f"{first} (2)" in cells) for _, cells in sheets.rows)
    assert [one.severity for one in found] == ["to know"]


def test_the_marks_of_a_quiz_are_the_forms_own_and_a_row_of_a_grid_called_score_is_not(tmp_path):
    rows = [
        ["Timestamp", "Score", "Capital of Italy?", "Capital of Italy? [Score]", "Rate [Score]"],
        ["2024/01/09 2:05:06 PM GMT+1", "1.00 / 2", "Rome", "1.00 / 1", "Often"],
    ]
    sheets, _ = google.read(tools.text_file(tmp_path / "a.csv", rows), Form())
    assert sheets.meta == ("Timestamp", "Score", "Capital of Italy? [Score]")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2024/03/05 12:00:00 AM CET", "2024-03-05 00:00:00"),
        ("2024/03/05 12:00:00 PM EET", "2024-03-05 12:00:00"),
        ("2024/3/5 9:12:33\u202fp.m. GMT+2", "2024-03-05 21:12:33"),
        ("5/3/2024 9.12", "5/3/2024 09:12:00"),
        ("2024-03-05T09:12:33.120+01:00", "2024-03-05 09:12:33"),
        ("05/03/2024", "05/03/2024"),
        ("at 9:12", "at 9:12"),
        ("", ""),
    ],
)
def test_moments_keep_their_day_as_it_was_written_unless_the_year_stands_first(given, read):
    assert moment(given) == read


# --- Microsoft Forms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ui", ["en", "it", "de"])
def test_microsoft_in_any_language_with_spaces_that_do_not_break(tmp_path, ui):
    sheets, found = microsoft.read(
        tools.workbook(tmp_path / "a.xlsx", tools.microsoft(GIVEN, "it", ui=ui)), Form()
    )
    assert not [one for one in found if one.severity == "refused"]
    assert sheets.meta == tools.OWN["microsoft"][ui]
    assert sheets.columns[6:] == tuple(text["it"] for text in tools.ITEMS.values())
    assert steps(sheets, sheets.columns[6:], tools.LABELS["it"]) == whole()
    assert {cells[sheets.columns[2]] for _, cells in sheets.rows} == {"2024-01-09 14:05:06"}


def test_anonymous_is_nobody_and_a_quiz_adds_columns_of_its_own(tmp_path):
    rows = tools.microsoft(GIVEN)
    asked = rows[0][6]
    rows[0] += [f"Points - {asked}", f"Feedback - {asked}", "Points - of view", "Email2"]
    for row in rows[1:]:
        row[3] = "anonymous"
        row += [1, "", "wide", "none"]
    sheets, found = microsoft.read(tools.workbook(tmp_path / "a.xlsx", rows), Form())
    assert all("Email" not in cells for _, cells in sheets.rows)
    assert [one.what.rpartition(" ")[2] for one in found if one.column == "Email"] == [str(len(GIVEN))]
    quiz = [name for name in sheets.meta if name.startswith(("Points", "Feedback"))]
    assert len(quiz) == 2
    assert not {"Points - of view", "Email2"} & set(sheets.meta)


def test_a_question_called_name_is_no_column_of_the_form(tmp_path):
    rows = [
        ["ID", "Start time", "Completion time", "How sure?", "Name"],
        [1, dt.datetime(2024, 1, 9), None, 3, "x"],
    ]
    sheets, _ = microsoft.read(tools.workbook(tmp_path / "a.xlsx", rows), Form())
    assert sheets.meta == ("ID", "Start time", "Completion time")
    assert sheets.rows[0][1]["How sure?"] == "3"


# --- any source ------------------------------------------------------------------------------------------


def test_a_column_without_a_name_is_refused_only_with_content():
    assert from_lines([(1, ["a", ""]), (2, ["1", " "])], "x.csv").columns == ("a",)
    with pytest.raises(DataError, match="row 1: column number 2 has no name"):
        from_lines([(1, ["a", ""]), (2, ["1", "2"])], "x.csv")
    with pytest.raises(DataError, match="column a: the header has a column more than once"):
        from_lines([(1, ["a", "a\u00a0"]), (2, ["1", "2"])], "x.csv")


def test_numbers_behind_names_never_meet_a_name_that_is_there():
    assert numbered(["A", "A (2)", "A", "A"]) == ("A", "A (2)", "A (3)", "A (4)")
    assert len(set(numbered(["A", "A", "A (2)", "A (2)"]))) == 4
