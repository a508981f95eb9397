"""The exports in data/sample/raw: written again alike, and worth the flagship's verdicts once they are imported."""

from __future__ import annotations

import codecs
import io
import re
import shutil
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError, Problem
from rmstudy.evaluation.quality import findings
from rmstudy.readers.mapping import parse_mapping
from rmstudy.readers.people.identity import identity
from rmstudy.study.messes import MESSES
from rmstudy.study.sample import REPOSITORY_FOLDER, raw
from rmstudy.study.sample.raw.filled import filled
from rmstudy.study.sample.raw.invented import invented
from rmstudy.study.sample.raw.workbook import unpacked

RAW = REPOSITORY_FOLDER / "raw"
FLAGSHIP = REPOSITORY_FOLDER / "digital-skills"
SURVEYS = ("qualtrics", "limesurvey", "google-forms", "microsoft-forms", "spss")
PEOPLE_TABLES = ("participants", "assignments", "pairs", "hr_outcomes", "costs")
KEY = ["person_id", "wave_id", "instrument_id", "item_id", "rater_id"]


TEXTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays the text that it is


@cache
def codebook(folder: str) -> dict[str, Any]:
    return yaml.safe_load((RAW / folder / "codebook.yml").read_text(encoding="utf-8"))


def planted() -> list[tuple[str, dict[str, Any]]]:
    return [(folder, one) for folder in raw.FOLDERS for one in codebook(folder)["planted"]]


@cache
def original_study() -> Any:
    return rm.load_sample("digital-skills")


@pytest.fixture(scope="session")
def flagship():
    return rm.evaluate(original_study()).table


def copied(folder: str, to: Path, without: tuple[str, ...] = ()) -> tuple[Path, Path]:
    """A copy of the flagship without some tables, and of a folder of exports."""
    study, exports = to / "study", to / folder
    shutil.copytree(FLAGSHIP, study)
    shutil.copytree(RAW / folder, exports)
    for table in without:
        (study / f"{table}.csv").unlink()
    return study, exports


def run_imports(study: Path, exports: Path, only: tuple[str, ...] = ()) -> None:
    """Import the files of a folder on the shell, one after the other."""
    book = codebook(exports.name)
    options = ["--study", str(study), "--map", str(exports / "mapping.yml"), "--by", "test"]
    options += ["--codes", str(exports / raw.PEOPLE)]
    if (exports / raw.LINKS).exists():
        options += ["--links", str(exports / raw.LINKS)]
    for one in book["imports"]:
        if not only or set(one["files"]) & set(only):
            which = ["--questionnaire", one["questionnaire"]]
            run = [
                "import",
                one.get("source", book["source"]),
                *(str(exports / file) for file in one["files"]),
                *options,
                *which,
            ]
            result = CliRunner().invoke(app, run)
            assert result.exit_code == 0, (result.output, result.exception)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The flagship filled again from a folder; made once."""

    @cache
    def made(folder: str) -> Path:
        without = {"hr-excel": PEOPLE_TABLES, "meetings": ("meetings", "meeting_log")}.get(
            folder, ("responses",)
        )
        study, exports = copied(folder, tmp_path_factory.mktemp(folder), without)
        run_imports(study, exports)
        return study

    return made


@cache
def original() -> pd.DataFrame:
    """The flagship's answers, a row each, labels as the numbers they stand for."""
    data = filled()
    rows = [
        (
            *who,
            sheet.questionnaire.rpartition("-")[2],
            data.instrument(item),
            "" if item == data.instrument(item) else item,
            answer,
        )
        for sheets in data.sheets.values()
        for sheet in sheets
        for who in [(sheet.about, sheet.person) if sheet.about else (sheet.person, "")]
        for item, answer in sheet.answers.items()
    ]
    columns = ["person_id", "rater_id", "wave_id", "instrument_id", "item_id", "value"]
    return comparable(pd.DataFrame(rows, columns=columns))


def comparable(answers: pd.DataFrame) -> pd.DataFrame:
    """Rows in one order; 3.50 and 3.5 are one number."""
    rows = answers[[*KEY, "value"]].fillna("").astype(str).sort_values(KEY, ignore_index=True)
    number = pd.to_numeric(rows["value"], errors="coerce")
    return rows.assign(value=number.astype(object).where(number.notna(), rows["value"]))


# -- what is tracked ------------------------------------------------------------------------------------


def as_content(name: str, written: bytes) -> Any:
    """A file as it is compared: workbooks without their compression, files of SPSS by what is in them."""
    if name.endswith(".xlsx"):
        return unpacked(written)
    return written


@pytest.mark.parametrize("folder", raw.FOLDERS)
def test_the_tracked_files_are_what_the_generator_makes(folder):
    made = raw.contents(folder)
    assert sorted(file.name for file in (RAW / folder).iterdir()) == sorted(made)
    for name, written in made.items():
        tracked = (RAW / folder / name).read_bytes()
        if name.endswith("sav") and tracked != written:  # another version of the package that writes them
            assert saved(tracked) == saved(written)
        else:
            assert as_content(name, tracked) == as_content(name, written), name


def saved(content: bytes) -> tuple[Any, ...]:
    """What a file of SPSS holds."""
    pyreadstat = pytest.importorskip("pyreadstat")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame, about = pyreadstat.read_sav(io.BytesIO(content), user_missing=True)
    kept = frame.astype(object).where(frame.notna(), None).to_dict("list")
    return kept, about.variable_value_labels, about.missing_ranges, about.column_names_to_labels


def test_the_readme_is_written_as_well_and_names_every_mess():
    text = (RAW / "README.md").read_text(encoding="utf-8")
    assert text == raw.readme([raw.source(name) for name in raw.FOLDERS])
    assert {one["rule"] for _, one in planted()} == set(MESSES)
    for folder, one in planted():
        assert f"`{folder}/{one['file']}`" in text
        assert one["mess"] == MESSES[one["rule"]].number
        assert one["how_many"] > 0


def words_of(file: Path) -> str:
    """The text of a file, whatever its form."""
    content = file.read_bytes()
    if file.suffix == ".xlsx":
        return "".join(part.decode() for part in unpacked(content).values())
    if content.startswith(codecs.BOM_UTF16_LE):
        return content.decode("utf-16")
    return content.decode(
        "cp1252" if file.suffix in (".sav", ".zsav") or file.name == "organico.csv" else "utf-8", "ignore"
    )


def test_the_folder_stays_small_and_every_address_belongs_to_nobody():
    files = [file for file in RAW.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 2_500_000
    people = {one.email for one in invented().values()}
    assert len(people) == len({one.number for one in invented().values()}) == len(invented())
    for file in files:
        text = words_of(file).replace("\r\n ", "")  # a calendar breaks its lines
        found = {one.casefold() for one in re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", text, re.A)}
        assert {one.partition("@")[2] for one in found} <= {"example.org", "example.com"}, file.name
        own = {one.replace("+questionari", "").replace("example.com", "example.org") for one in found}
        offices = {
            "prova.modulo@example.org",
            "forms@example.org",
            *(f"{n}@example.org" for n in range(1, 9)),
        }
        assert own <= people | offices, file.name


def test_no_study_holds_an_invented_name_or_number():
    text = "".join(file.read_text(encoding="utf-8") for file in FLAGSHIP.iterdir())
    people = invented().values()
    assert not [one.person for one in people if one.last in text or one.email in text or one.code in text]


# -- what they are worth --------------------------------------------------------------------------------


FAST = ("google-forms",)
ALL = {
    folder: pytest.param(folder, marks=() if folder in FAST else (pytest.mark.slow,))
    for folder in (*SURVEYS, "hr-excel")
}


@pytest.mark.parametrize("folder", [ALL[folder] for folder in SURVEYS])
def test_each_survey_gives_the_flagships_answers_cell_by_cell(folder, whole):
    responses = pd.read_csv(whole(folder) / "responses.csv", dtype=str)
    pd.testing.assert_frame_equal(comparable(responses), original())
    nobody_is_named(whole(folder))


@pytest.mark.parametrize("folder", list(ALL.values()))
def test_each_source_gives_the_flagships_verdicts_to_the_last_digit(folder, flagship, whole):
    pd.testing.assert_frame_equal(rm.evaluate(rm.load_study(whole(folder))).table, flagship, check_exact=True)


def nobody_is_named(study: Path) -> None:
    """No file of a study holds a name, an address, a code or a number that a tool knew."""
    words = {word.casefold() for one in invented().values() for word in (one.last, one.email, one.code)}
    numbers = {one.number for one in invented().values()}
    for file in study.iterdir():
        text = file.read_text(encoding="utf-8").casefold()
        assert not [word for word in words if word in text], file.name
        # a cost may be any number; everywhere else a staff number would be a person
        cells = set() if file.name == "costs.csv" else set(re.findall(r"(?<![\w.-])\d{5}(?![\w.-])", text))
        assert not cells & numbers, file.name


LEFT_TO_DECIDE = {"google-forms": {"impossible_dates"}, "hr-excel": {"leavers_missing"}}


@pytest.mark.parametrize("folder", list(ALL.values()))
def test_what_is_left_to_decide_is_what_no_mapping_can_decide(folder, whole):
    left = {one.rule for one in checked(whole(folder)) if one.severity == "to decide"}
    # people who ticked one answer everywhere are in the flagship itself
    assert left == {"careless"} | LEFT_TO_DECIDE.get(folder, set())


def test_the_personnel_office_gives_the_people_the_lottery_and_the_pairs(whole):
    study = whole("hr-excel")
    for table, key in (("participants", "person_id"), ("assignments", "person_id"), ("pairs", "pair_id")):
        there, here = (
            pd.read_csv(one / f"{table}.csv").sort_values(key, ignore_index=True) for one in (FLAGSHIP, study)
        )
        pd.testing.assert_frame_equal(here[there.columns], there)
    costs, spent = (pd.read_csv(one / "costs.csv") for one in (study, FLAGSHIP))
    pd.testing.assert_frame_equal(costs[["hours", "rate", "amount"]], spent[["hours", "rate", "amount"]])
    still, known = (pd.read_csv(one / "hr_outcomes.csv").set_index("person_id") for one in (study, FLAGSHIP))
    assert known.index.difference(still.index).tolist() == ["j041", "s016", "s123"]
    pd.testing.assert_frame_equal(still[known.columns].sort_index(), known.loc[still.index].sort_index())
    nobody_is_named(study)


def test_a_call_and_an_invitation_become_the_meetings_that_the_flagship_knows(whole):
    study = whole("meetings")
    held = pd.read_csv(study / "meetings.csv")
    known = pd.read_csv(FLAGSHIP / "meetings.csv").drop(columns="meeting_id")
    assert held["source"].value_counts().to_dict() == {"platform": 6, "calendar": 4}
    found = held[["pair_id", "date", "minutes", "source"]].merge(
        known, on=["pair_id", "date", "minutes", "source"]
    )
    assert len(found) == 10  # neither the guest, nor who declined, nor the holiday, nor half a call
    rm.load_study(study)
    nobody_is_named(study)


# -- what is named when nothing is decided ---------------------------------------------------------------

DECISIONS = (
    "missing",
    "decimal",
    "thousands",
    "dates",
    "rescale",
    "keep",
    "order_by",
    "leave_out",
    "domains",
    "digits",
)


def undone(mapping: dict[str, Any], entry: dict[str, Any], name: str) -> None:
    """Take the decision about one mess out of the section of its file, and leave the others."""
    for exports in mapping["sources"].values():
        for export in [exports[name]] if name in exports else []:
            for key in DECISIONS:
                if f"{key}:" in entry["decision"]:
                    export.pop(key, None)
            if entry["decision"].startswith("file:"):
                export.pop("file", None)
            if entry["rule"] == "names_in_text" and entry["column"] in export["columns"]:
                export["columns"][entry["column"]] = "participants.comment"
            if entry["rule"] == "reversed_items":
                for item in ("tc3", "tc6"):
                    export.get("answers", {}).pop(f"responses.tech_confidence.{item}", None)


@cache
def known_here(folder: str) -> tuple[Any, ...]:
    """What every import of a folder needs."""
    study = original_study()
    text = (RAW / folder / "mapping.yml").read_text(encoding="utf-8")
    return study, text, rm.readers.read_codes(RAW / folder / raw.PEOPLE)


def found_in(folder: str, entry: dict[str, Any]) -> list[Problem]:
    """What the import of one file says without the decision about one mess."""
    study, text, codes = known_here(folder)
    mapping = yaml.load(text, TEXTS)
    book = codebook(folder)
    one = next(one for one in book["imports"] if entry["file"] in one["files"])
    undone(mapping, entry, one["questionnaire"])
    people = [str(person) for person in study.tables["participants"]["person_id"]]
    try:
        found = rm.readers.read_answers(
            RAW / folder / entry["file"],
            parse_mapping(mapping),
            source=one.get("source", book["source"]),
            questionnaire=one["questionnaire"],
            plan=study.plan,
            who=identity(codes, None, None, people),
            pairs=study.tables["pairs"],
        )
    except DataError as error:
        return list(error.problems)
    return list(found.findings)


def once_fast(some: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Of each rule one example in every run, the others in the slow ones."""
    first = {one["rule"]: (folder, one) for folder, one in reversed(some)}
    return [
        pytest.param(
            *pair, id=name_of(*pair), marks=() if first[pair[1]["rule"]] == pair else (pytest.mark.slow,)
        )
        for pair in some
    ]


def name_of(folder: str, one: dict[str, Any]) -> str:
    return f"{folder}-{one['rule']}-{one['file']}-{one['how_many']}"


BY_IMPORT = [(folder, one) for folder, one in planted() if one["seen_by"] in ("import", "form")]
BY_CHECK = [(folder, one) for folder, one in planted() if one["seen_by"] == "check"]


@pytest.mark.parametrize(("folder", "entry"), once_fast(BY_IMPORT))
def test_an_import_names_what_was_planted_with_its_rows(folder, entry):
    problems = found_in(folder, entry)
    rule = entry.get("found_as", entry["rule"])
    named = [one for one in problems if one.rule == rule and one.file == entry["file"]]
    assert named, [(one.rule, one.row, one.what) for one in problems][:5]
    rows = {one.row for one in named}
    if all(one.severity == "to know" for one in named):  # counted or said of a column, not row by row
        assert rows == {None} or rows <= set(entry["rows"])
    else:
        assert set(entry.get("rows", rows)) <= rows
    for one in named:
        assert not any(person.last in str(one) or person.email in str(one) for person in invented().values())


def test_every_mess_is_found_by_somebody():
    found = {one["rule"] for _, one in (*BY_IMPORT, *BY_CHECK)}
    assert found == set(MESSES)


@pytest.mark.parametrize(("folder", "entry"), once_fast(BY_CHECK))
def test_the_check_afterwards_finds_the_rest(folder, entry, whole, tmp_path):
    survey = folder in SURVEYS  # whichever filled the study: the answers are the same
    study = whole("google-forms" if survey else folder)
    if folder != "google-forms" and (survey or not entry["decision"].startswith("none")):
        study = undecided(study, folder, entry, tmp_path)
    named = [one for one in checked(study) if one.rule == entry["rule"]]
    assert named
    if folder == "hr-excel" and "people" not in entry:  # the list of pairs has the rows of pairs.csv
        assert {one.row for one in named} == set(entry["rows"])
    said = " ".join(str(one) for one in named)
    assert [person for person in entry.get("people", ()) if person not in said] == []


@cache
def checked(study: Path) -> tuple[Problem, ...]:
    """What `rmstudy check` finds."""
    try:
        return findings(rm.load_study(study))
    except DataError as error:
        return error.problems


def undecided(study: Path, folder: str, entry: dict[str, Any], to: Path) -> Path:
    """The study with one file imported again, without the decision about one mess."""
    _, exports = copied(folder, to)
    again = shutil.copytree(study, to / "again")
    one = next(one for one in codebook(folder)["imports"] if entry["file"] in one["files"])
    mapping = yaml.load((exports / "mapping.yml").read_text(encoding="utf-8"), TEXTS)
    undone(mapping, entry, one["questionnaire"])
    (exports / "mapping.yml").write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
    if folder == "hr-excel":
        (again / "pairs.csv").unlink()
    else:
        role, _, wave = one["questionnaire"].partition("-")
        roles = pd.read_csv(again / "participants.csv").set_index("person_id")["role"]
        rows = pd.read_csv(again / "responses.csv", dtype=str)
        mine = (rows["person_id"].map(roles) == role) & (rows["wave_id"] == wave) & rows["rater_id"].isna()
        rows[~mine].to_csv(again / "responses.csv", index=False)
        links = pd.read_csv(again / "linkage.csv", dtype=str)
        links[links["wave_id"] != wave].to_csv(again / "linkage.csv", index=False)
    run_imports(again, exports, (entry["file"],))
    return again
