"""A proposed mapping: read by a person and confirmed, it gives the answers that went in; otherwise it says why not."""

from __future__ import annotations

import re
from pathlib import Path

import export_tools as tools
import pandas as pd
import pytest
import small_study
import yaml
from openpyxl import Workbook
from typer.testing import CliRunner

from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers.answers import SOURCES
from rmstudy.readers.guessing.evidence import order_of, personal
from rmstudy.readers.guessing.likeness import Questions, phrases
from rmstudy.readers.guessing.propose import guess
from rmstudy.readers.mapping import read_mapping
from rmstudy.study.plan import Plan
from rmstudy.study.planfile import read_plan
from rmstudy.study.sample import REPOSITORY_FOLDER

GIVEN = tools.answers()
RAW = REPOSITORY_FOLDER / "raw"


@pytest.fixture
def study(tmp_path) -> Path:
    """The small study before anybody answered."""
    rows = small_study.tables()
    del rows["responses"]
    return small_study.write(tmp_path / "study", tools.plan(), rows)


@pytest.fixture
def codes(tmp_path) -> Path:
    path = tmp_path / "codes.csv"
    path.write_text("code,person_id\n" + "".join(f"{tools.mail(who)},{who}\n" for who in GIVEN))
    return path


def guessed(study: Path, source: str, *files: Path) -> tuple[str, str]:
    """What the command says, and the mapping that it writes."""
    mapping = study.parent / "mapping.yml"
    given = [source, *map(str, files), "--study", str(study), "--map", str(mapping), "--guess"]
    done = CliRunner().invoke(app, ["import", *given, "--lang", "en"])
    if done.exception is not None:
        raise done.exception
    return done.output, mapping.read_text(encoding="utf-8")


def confirmed(study: Path, text: str, *changes: tuple[str, str]) -> None:
    """What a person writes after reading."""
    for before, after in (("confirmed: no", "confirmed: yes"), *changes):
        assert before in text
        text = text.replace(before, after)
    (study.parent / "mapping.yml").write_text(text, encoding="utf-8")


def imported(study: Path, output: str, codes: Path) -> pd.DataFrame:
    """Import with the command that was printed."""
    for command in re.findall(r"^  rmstudy import (.+)$", output, re.MULTILINE):
        done = CliRunner().invoke(app, ["import", *command.split(), "--codes", str(codes)])
        if done.exception is not None:
            raise done.exception
    return pd.read_csv(study / "responses.csv", dtype=str)


def same(table: pd.DataFrame, wave: str = "pre", given=None) -> None:
    """The table holds the answers that went in, and nothing else."""
    given = GIVEN if given is None else given
    rows = table[table["wave_id"] == wave]
    found = {
        (one.person_id, one.instrument_id, one.item_id): one.value for one in rows.itertuples() if one.value
    }
    wanted = {
        (person, "confidence", item): str(step)
        for person, steps in given.items()
        for item, step in steps.items()
    }
    assert found == wanted


@pytest.mark.parametrize("ui", ["en", "it", "de"])
@pytest.mark.parametrize(
    ("suffix", "separator", "encoding"), [("csv", ",", "utf-8-sig"), ("tsv", "\t", "utf-16")]
)
def test_qualtrics_goes_through(study, codes, tmp_path, ui, suffix, separator, encoding):
    path = tmp_path / f"pre_mentee.{suffix}"
    tools.text_file(path, tools.qualtrics(GIVEN, "it", ui=ui), separator=separator, encoding=encoding)
    output, text = guessed(study, "qualtrics", path)
    assert "columns that fit surely: 5, perhaps: 1" in output
    assert "Bianchi" not in text and "@" not in text
    confirmed(study, text)
    table = imported(study, output, codes)
    same(table)
    assert set(table["answered_at"]) == {"2024-01-09"}
    assert table["seconds"].astype(int).between(300, 330).all()


@pytest.mark.parametrize(("heading", "full", "brackets"), [("code", False, True), ("code", True, False)])
@pytest.mark.parametrize("separator", [";", ","])
def test_limesurvey_goes_through(study, codes, tmp_path, heading, full, brackets, separator):
    rows = tools.limesurvey(GIVEN, "it", heading=heading, full=full, brackets=brackets)
    path = tools.text_file(
        tmp_path / "results-survey-pre.csv", rows, separator=separator, encoding="utf-8-sig"
    )
    output, text = guessed(study, "limesurvey", path)
    if not full:
        assert '"A1": "1"  # perhaps' in text
    confirmed(study, text)
    same(imported(study, output, codes))


@pytest.mark.parametrize("ui", ["en", "it", "fr"])
def test_limesurvey_with_questions_as_headings_goes_through(study, codes, tmp_path, ui):
    rows = tools.limesurvey(GIVEN, "it", ui=ui, heading="full", full=True)
    output, text = guessed(study, "limesurvey", tools.text_file(tmp_path / "pre.csv", rows))
    confirmed(study, text)
    table = imported(study, output, codes)
    same(table)
    assert set(table["answered_at"]) == {"2024-01-09"}


@pytest.mark.parametrize(
    ("ui", "lang", "stamp", "encoding"),
    [
        ("en", "en", "2024/01/09 2:05:06 PM CET", "utf-8"),
        ("it", "it", "09/01/2024 14.05.06", "utf-8"),
        ("it", "it", "09/01/2024 14.05.06", "cp1252"),
        ("de", "it", "09.01.2024 14:05:06", "mac-roman"),
        ("fr", "en", "09/01/2024 14:05:06", "utf-16"),
    ],
)
def test_google_goes_through(study, codes, tmp_path, ui, lang, stamp, encoding):
    path = tools.text_file(
        tmp_path / "pre.csv", tools.google(GIVEN, lang, ui=ui, stamp=stamp), encoding=encoding
    )
    output, text = guessed(study, "google", path)
    changes = []
    if not stamp.startswith("2024"):
        # 9 January or 1 September: nothing proves it, so a person has to say it
        assert "2024-01-09 with the day first, 2024-09-01 with the month first" in text
        confirmed(study, text)
        with pytest.raises(DataError, match=r"with the day first.*Say `dates"):
            imported(study, output, codes)
        changes = [("      # dates:", "      dates: dmy")]
    confirmed(study, text, *changes)
    table = imported(study, output, codes)
    same(table)
    assert set(table["answered_at"]) == {"2024-01-09"}


@pytest.mark.parametrize("ui", ["en", "it", "de"])
def test_microsoft_goes_through(study, codes, tmp_path, ui):
    path = tools.workbook(tmp_path / "Prima.xlsx", tools.microsoft(GIVEN, "it", ui=ui))
    output, text = guessed(study, "microsoft", path)
    assert "wave: pre  # perhaps: a word in the name of the file" in text
    assert "Bianchi" not in text
    confirmed(study, text)
    table = imported(study, output, codes)
    same(table)
    assert set(table["answered_at"]) == {"2024-01-09"}


def test_two_waves_become_two_questionnaires_and_two_files_of_one_wave_one(study, codes, tmp_path):
    half = [dict(list(GIVEN.items())[:4]), dict(list(GIVEN.items())[4:])]
    paths = [
        tools.text_file(tmp_path / "a-pre.csv", tools.qualtrics(half[0])),
        tools.text_file(tmp_path / "b-pre.csv", tools.qualtrics(half[1])),
        tools.text_file(tmp_path / "post.csv", tools.qualtrics(tools.answers("post"))),
    ]
    output, text = guessed(study, "qualtrics", *paths)
    assert list(yaml.safe_load(text)["questionnaires"]) == ["pre-mentee", "post-mentee"]
    confirmed(study, text)
    table = imported(study, output, codes)
    same(table)
    same(table, "post", tools.answers("post"))


def test_a_proposal_is_refused_until_a_person_confirms_it(study, codes, tmp_path):
    output, text = guessed(study, "google", tools.text_file(tmp_path / "pre.csv", tools.google(GIVEN)))
    with pytest.raises(DataError, match="confirmed"):
        imported(study, output, codes)
    assert not (study / "responses.csv").exists()
    # and never written over anything
    with pytest.raises(DataError, match="is there already"):
        guessed(study, "google", tmp_path / "pre.csv")
    assert (study.parent / "mapping.yml").read_text(encoding="utf-8") == text


def test_what_is_not_sure_is_said_and_what_fits_nothing_is_left_out(study, tmp_path):
    rows = tools.google(GIVEN, "it", ui="it")
    rows[0][3] = f"{tools.STEM['it']} [Con gli strumenti nuovi mi sento persa]"  # a letter changed
    rows[0][4] = "Altra cosa"
    for number, extra in enumerate(rows):
        texts = ["Che cosa è cambiato?", "Nome e cognome", "Colore"]
        given = [
            f"In questi mesi ho imparato molte cose, la numero {number}",
            f"Carla B{'c' * number}",
            "blu",
        ]
        extra += given if number else texts
    output, text = guessed(study, "google", tools.text_file(tmp_path / "wave.csv", rows))
    lines = {line.partition(": ")[0].strip().strip('"'): line for line in text.splitlines() if "  # " in line}
    assert "responses.confidence.c2  # perhaps: its words are like the item's" in text
    assert "ignore  # not placed: its answers are labels of confidence" in lines["Altra cosa"]
    assert "ignore  # personal: free text" in lines["Che cosa è cambiato?"]
    assert "ignore  # personal: its name" in lines["Nome e cognome"]
    assert "ignore  # not placed: nothing in the plan" in lines["Colore"]
    assert 'wave: "?"  # nothing tells it; write one of: pre, post' in text
    assert "fit surely: 2, perhaps: 2, not placed: 4" in output
    assert not re.search(r"imparato|Carla|blu\b|bianchi", text)
    mapping = read_mapping(study.parent / "mapping.yml")
    assert mapping.confirmed == "no"
    assert next(iter(mapping.sources["google"].values())).identify == "email"


def test_labels_that_nobody_knows_stand_as_questions_only_when_they_are_frequent(study, tmp_path):
    rows = tools.google(GIVEN, "it")
    for row in rows[1:5]:
        row[2] = "Abbastanza"
    rows[6][2], rows[7][2], rows[8][2] = "Dipende da Carla", "n.d.", "99"
    _, text = guessed(study, "google", tools.text_file(tmp_path / "pre.csv", rows))
    assert '# "Abbastanza": ?  # seen 4 times' in text
    assert "Carla" not in text
    assert 'missing: ["n.d.", "99"]' in text
    answers = next(iter(read_mapping(study.parent / "mapping.yml").sources["google"].values())).answers
    assert "Abbastanza" not in answers["responses.confidence"]
    assert answers["responses.confidence"]["Sempre, è così"] == "5"


def test_other_ranges_and_recodes_are_asked_about_and_never_decided(study, tmp_path):
    rows = tools.qualtrics(GIVEN, numeric=True, recodes=(11, 12, 13, 14, 15))
    _, text = guessed(study, "qualtrics", tools.text_file(tmp_path / "pre.csv", rows))
    assert "# answers from 11 to 15 lie outside the plan's range 1 to 5" in text
    export = next(iter(read_mapping(study.parent / "mapping.yml").sources["qualtrics"].values()))
    assert not export.answers and not export.rescale


def test_a_question_that_stands_twice_is_placed_twice_and_both_are_to_be_looked_at(study, tmp_path):
    rows = tools.google(GIVEN, "it")
    for number, row in enumerate(rows):
        row.append(row[2] if number == 0 or number > 4 else "")
        row[2] = row[2] if number <= 4 else ""
    _, text = guessed(study, "google", tools.text_file(tmp_path / "pre.csv", rows))
    assert text.count("responses.confidence.c1  # perhaps: ") == 2
    assert text.count("2 columns fit this item") == 2


def test_staff_numbers_with_zeros_ask_for_their_digits(study, tmp_path):
    rows = tools.google(GIVEN, "it")
    for number, row in enumerate(rows):
        row[1] = f"{number:04d}" if number else "Matricola"
    _, text = guessed(study, "google", tools.text_file(tmp_path / "pre.csv", rows))
    assert "identify: number" in text
    assert "digits: 4  # perhaps" in text
    assert "0003" not in text


def test_headings_of_any_kind_become_yaml_that_reads_back(study, tmp_path):
    odd = ['# "x": {y}', "yes", "3", "a: b, [c]", "Größe 😀 & *x", "o" * 2000, "tab\there", "null"]
    rows = [[*odd], *([str(n)] * len(odd) for n in range(3))]
    guessed(study, "google", tools.text_file(tmp_path / "pre.csv", rows))
    columns = next(iter(read_mapping(study.parent / "mapping.yml").sources["google"].values())).columns
    assert list(columns) == [" ".join(name.split()) for name in odd]
    assert set(columns.values()) == {"ignore"}


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["31/01/2024", "02/01/2024"], "dmy"),
        (["01/31/2024 9:00", "01/02/2024"], "mdy"),
        (["2024/01/31"], "ymd"),
        (["2024-01-31 09:00:00"], None),
        (["05/01/2024"], None),
        (["31/01/2024", "01/31/2024"], None),
    ],
)
def test_an_order_of_days_is_proposed_only_when_a_cell_proves_it(cells, order):
    found, why = order_of(cells)
    assert found == order
    assert bool(why) == (cells != ["2024-01-31 09:00:00"])


@pytest.mark.parametrize(
    ("name", "cells", "is_personal"),
    [
        ("Cognome", [], True),
        ("RecipientFirstName", ["x"], True),
        ("IPAddress", ["192.0.2.1"], True),
        ("Q9", ["192.0.2.1", "2001:db8::1"], True),
        ("Q9", [f"Anna Rossi{'i' * n}" for n in range(8)], True),
        ("Q9", ["Very often", "Never"] * 10, False),
        ("Nome del reparto", ["HR"], False),
    ],
)
def test_columns_that_look_personal(name, cells, is_personal):
    assert (personal(name, cells) is not None) == is_personal


def test_questions_that_are_too_alike_are_not_told_apart():
    content = tools.plan()
    content["instruments"]["confidence"]["items"] = {
        "c1": "I like new apps a lot",
        "c2": "I like new maps a lot",
    }
    content["instruments"]["confidence"]["reverse"] = []
    known = Questions(Plan.model_validate(content))
    assert known.by_words(["I like new apps a lot"]).place == "responses.confidence.c1"
    assert known.by_words(["I like new aps a lot"]) is None
    assert known.by_words(phrases("12. I LIKE new maps\u00a0a lot")).sure


# --- files that say more of themselves, or less ------------------------------------------------------------


def export(study: Path, source: str):
    """The one export of a mapping."""
    return next(iter(read_mapping(study.parent / "mapping.yml").sources[source].values()))


def test_rows_that_name_their_questionnaire_are_divided_by_it(study, tmp_path):
    rows = [["questionnaire", "lang", "c1", "c2", "person_id"]]
    rows += [["pre-mentee", "it", "1", "2", "s1"], ["post-mentee", "it", "3", "", "s1"]]
    output, text = guessed(study, "html", tools.text_file(tmp_path / "page.csv", rows))
    assert output.count("rmstudy import html") == 1
    assert "--questionnaire" not in output
    waves = yaml.safe_load(text)["questionnaires"]
    assert {name: one["wave"] for name, one in waves.items()} == {"pre-mentee": "pre", "post-mentee": "post"}


def test_a_workbook_with_a_title_and_a_second_sheet_has_both_proposed(study, codes, tmp_path):
    book = Workbook()
    book.active.title = "Dati"
    for row in [
        ["Fiducia 2024"],
        [],
        ["person_id", *tools.ITEMS],
        *([p, *a.values()] for p, a in GIVEN.items()),
    ]:
        book.active.append(row)
    book.create_sheet("Note").append(["a", "b"])
    book.save(tmp_path / "pre.xlsx")
    output, text = guessed(study, "excel", tmp_path / "pre.xlsx")
    assert 'file: {sheet: "Dati", header: 3}  # the largest of 2 sheets' in text
    confirmed(study, text)
    same(imported(study, output, codes))


def test_reports_of_attendance_propose_whose_rows_they_are(study):
    path = RAW / "meetings" / "presenze-1.csv"
    guessed(study, "teams", path)
    assert export(study, "teams").columns == {"person": "person"}
    mapping = read_mapping(study.parent / "mapping.yml")
    assert [one.table for one in mapping.questionnaires.values()] == ["meetings"]


def test_columns_called_like_those_of_a_table_go_there(study, tmp_path):
    rows = [["pair_id", "mentor_id", "mentee_id", "start", "remarks"], ["p9", "j1", "s1", "31/01/2024", "x"]]
    guessed(study, "csv", tools.text_file(tmp_path / "coppie.csv", rows))
    assert export(study, "csv").columns == {
        "pair_id": "pairs.pair_id",
        "mentor_id": "pairs.mentor_id",
        "mentee_id": "pairs.mentee_id",
        "start": "pairs.start",
        "remarks": "ignore",
    }
    assert export(study, "csv").dates == "dmy"


def test_a_long_table_of_answers_says_everything_itself(study, codes, tmp_path):
    rows = [["person_id", "wave_id", "instrument_id", "item_id", "value"]]
    rows += [[p, "pre", "confidence", item, n] for p, some in GIVEN.items() for item, n in some.items()]
    output, text = guessed(study, "csv", tools.text_file(tmp_path / "long.csv", rows))
    confirmed(study, text)
    same(imported(study, output, codes))


def test_a_file_with_both_waves_is_told_apart_and_not_placed(study, tmp_path):
    rows = [["person_id", "c1_pre", "c1_post"], ["s1", "1", "2"]]
    _, text = guessed(study, "csv", tools.text_file(tmp_path / "all.csv", rows))
    assert "not placed: it is responses.confidence.c1 of the wave pre" in text
    assert set(export(study, "csv").columns.values()) == {"person", "ignore"}


FOLDERS = {
    "google-forms": "google",
    "microsoft-forms": "microsoft",
    "limesurvey": "limesurvey",
    "qualtrics": "qualtrics",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_raw_samples_are_proposed_as_they_were_mapped_by_hand(folder):
    plan, source = read_plan(REPOSITORY_FOLDER / "digital-skills" / "study.yml"), FOLDERS[folder]
    by_hand = read_mapping(RAW / folder / "mapping.yml").sources[source]
    same_name = SOURCES[source].same_name if source != "qualtrics" else str
    for role, wave in (("mentee", "pre"), ("mentor", "post"), ("observer", "pre")):
        path = next((RAW / folder).glob(f"{role}-{wave}.*"))
        name = max((one for one in by_hand if one.startswith(role)), key=lambda one: wave in one)
        hand = {same_name(column): place for column, place in by_hand[name].columns.items()}
        guesses, _ = guess([path], plan, source=source)
        found = {same_name(one.name): one.place for one in guesses[0].columns}
        placed = {column: place for column, place in found.items() if place != "ignore"}
        # when a sheet was sent may be taken over although nobody did so by hand; nothing else is placed wrongly
        wrong = {c: p for c, p in placed.items() if hand.get(c) != p and p not in ("answered_at", "seconds")}
        assert not wrong, path.name
        wanted = {column for column, place in hand.items() if place != "ignore"} & set(found)
        assert len(wanted & set(placed)) >= 0.9 * len(wanted) - 1, path.name
