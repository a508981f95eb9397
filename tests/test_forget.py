"""A person forgotten: out of every file, everything else as it was, and all of it or nothing."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers.people.identity import pseudonym
from rmstudy.study.forgetting import forget, noted, still_named
from rmstudy.study.load import read_tables
from rmstudy.study.lock import lock_study
from rmstudy.study.together import DECIDED, finish_writing, write_together

FLAGSHIP = Path(__file__).resolve().parents[1] / "data" / "sample" / "digital-skills"
HEX = "8f1d3c5b7a92e4061827364554637281900fbecdacdb8a9968774655342312f0"


def content(folder):
    """Every file of a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def where(folder, person):
    """Files in which a pseudonym stands as a word of its own, whatever the file is."""
    word = re.compile(rb"(?<![A-Za-z0-9])" + person.encode() + rb"(?![A-Za-z0-9])")
    return [name for name, held in content(folder).items() if word.search(held)]


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(FLAGSHIP, folder)
    return folder


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(rm.load_sample("eight-pairs").path, folder)
    return folder


def run(*words):
    return CliRunner().invoke(app, ["forget", *map(str, words)])


def test_afterwards_the_pseudonym_stands_in_no_file(study):
    before = content(study)
    # somebody in a pair with meetings, and somebody to whom others report
    profiles = pd.read_csv(FLAGSHIP / "profiles.csv", dtype=str)
    superior = profiles.loc[profiles["attribute"] == "reports_to", "value"].iloc[0].split(";")[0]
    for person in ("s005", superior):
        assert where(study, person), "the person must be there for the test to say anything"
    result = run("s005", superior, "--study", study, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert where(study, "s005") == where(study, superior) == []
    rm.load_study(study)
    # every line that stays is, sign for sign, a line that was there
    for name, held in content(study).items():
        if name not in ("decision_log.csv", "profiles.csv"):
            assert set(held.splitlines()) <= set(before[name].splitlines()), name
    lost = len(before["responses.csv"].splitlines()) - len(
        (study / "responses.csv").read_bytes().splitlines()
    )
    assert f"responses.csv: {lost}" in result.output
    log = pd.read_csv(study / "decision_log.csv")
    assert list(log["after"]) == ["a person was forgotten"] * 2 and log["key"].isna().all()


def test_the_verdicts_stand_side_by_side_and_the_lock_says_that_answers_changed(small):
    lock_study(rm.load_study(small))
    person = rm.load_study(small).answers["person_id"].iloc[0]
    ids = [one.criterion.id for one in rm.evaluate(small).criteria]
    result = run(person, "--study", small)
    assert result.exit_code == 0
    for name in ids:
        assert re.search(rf"- {re.escape(name)}: .+ -> .+", result.output)
    assert "The lock of the plan stays" in result.output
    assert "answers_altered" in [note.code for note in rm.evaluate(small).notes]


def tables():
    people = pd.DataFrame({"person_id": ["s1", "s2", "j1"], "role": ["mentee", "mentee", "mentor"]})
    return {
        "participants": people.assign(buddy=["", "s1", "s1;s2"]),
        "responses": pd.DataFrame(
            {
                "person_id": ["s1", "s2", "s2", "j1"],
                "rater_id": [None, None, "s1", None],
                "value": ["1", "s1", "2", "3"],
            }
        ),
        "pairs": pd.DataFrame(
            {
                "pair_id": ["p1", "p2"],
                "mentor_id": ["j1", "j1"],
                "mentee_id": ["s1", "s2"],
                "predecessor_pair_id": [None, "p1"],
            }
        ),
        "meetings": pd.DataFrame({"meeting_id": ["m1", "m2"], "pair_id": ["p1", "p2"]}),
        "meeting_log": pd.DataFrame({"meeting_id": ["m1", "m1", "m2"], "reporter_role": ["a", "b", "a"]}),
        "profiles": pd.DataFrame(
            {
                "person_id": ["s1", "s2", "j1"],
                "attribute": ["need", "reports_to", "reports_to"],
                "value": ["1", "s1", "s1;s2"],
            }
        ),
        "consent": pd.DataFrame({"person_id": ["s1", "s2"]}),
        "linkage": pd.DataFrame({"person_id": ["s1", "s2"], "wave_id": ["pre", "pre"]}),
        "decision_log": pd.DataFrame(
            {
                "n": ["1", "2", "3"],
                "rule": ["two_answers", "careless", "x"],
                "key": ["s1", "s2", "p1"],
                "before": ["answers of s1 in row 4", "s10 and xs1", None],
                "after": ["first kept", None, None],
            }
        ),
    }


def test_everything_about_by_and_with_the_person_goes_and_nothing_else():
    found = forget(tables(), ["s1"])
    left = found.tables
    assert list(left["participants"]["person_id"]) == ["s2", "j1"]
    assert list(left["participants"]["buddy"].fillna("-")) == ["-", "s2"]
    assert list(left["responses"].index) == [1, 3]  # about s1, and by s1 as a rater, are gone
    assert list(left["pairs"]["pair_id"]) == ["p2"] and left["pairs"]["predecessor_pair_id"].isna().all()
    assert list(left["meetings"]["meeting_id"]) == ["m2"] and list(left["meeting_log"]["meeting_id"]) == [
        "m2"
    ]
    assert left["profiles"].to_numpy().tolist() == [["j1", "reports_to", "s2"]]
    assert list(left["consent"]["person_id"]) == list(left["linkage"]["person_id"]) == ["s2"]
    log = left["decision_log"]
    assert len(log) == 3 and list(log["key"].fillna("")) == ["", "s2", ""]
    assert list(log["before"].fillna(""))[:2] == ["answers of (forgotten) in row 4", "s10 and xs1"]
    assert found.removed == {
        "participants": 1,
        "responses": 2,
        "pairs": 1,
        "meetings": 1,
        "meeting_log": 2,
        "profiles": 2,
        "consent": 1,
        "linkage": 1,
    }
    assert tables()["pairs"].equals(tables()["pairs"]), "the tables given are not changed"


def test_a_number_as_pseudonym_leaves_figures_alone():
    held = tables()
    held["responses"] = pd.DataFrame({"person_id": ["1", "2"], "rater_id": [None, None], "value": ["2", "1"]})
    held["profiles"] = pd.DataFrame(
        {"person_id": ["1", "2"], "attribute": ["hours", "hours"], "value": ["1", "1"]}
    )
    left = forget(held, ["1"]).tables
    assert left["responses"].to_numpy().tolist() == [["2", None, "1"]]
    assert left["profiles"].to_numpy().tolist() == [["2", "hours", "1"]]


def test_the_files_keep_their_form(small):
    path = small / "participants.csv"
    text = path.read_text(encoding="utf-8")
    lines = [line.replace(",", ";") for line in text.splitlines()]
    person, other = lines[1].partition(";")[0], lines[2].partition(";")[0]
    lines[0] += ';"note; of\n two lines"'
    lines[1:] = [f'{line};"a ""b"" \u00e0;\nc"' for line in lines[1:]]
    path.write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    result = run(person, "--study", small)
    assert result.exit_code == 0, result.output
    kept = path.read_bytes().decode()
    assert kept == "\ufeff" + "\r\n".join([lines[0], *lines[2:]]) + "\n" and other in kept


def test_a_parquet_table_loses_the_person_and_keeps_its_types(small):
    frame = pd.read_csv(small / "participants.csv", dtype=str)
    person = frame["person_id"].iloc[0]
    (small / "participants.csv").unlink()
    frame.assign(points=range(len(frame))).to_parquet(small / "participants.parquet", index=False)
    assert run(person, "--study", small).exit_code == 0
    left = pd.read_parquet(small / "participants.parquet")
    assert person not in set(left["person_id"]) and len(left) == len(frame) - 1
    assert left["points"].dtype.kind == "i" and list(left["points"]) == list(range(1, len(frame)))


def test_somebody_unknown_is_refused_masked_and_nothing_is_changed(small):
    before = content(small)
    known = next(iter(rm.load_study(small).answers["person_id"]))
    for given in ("Rossi", "maria.rossi@x.example", "s999"):
        result = run(known, given, "--study", small)
        assert isinstance(result.exception, DataError) and "nobody in this study" in str(result.exception)
        assert given not in str(result.exception)
    assert content(small) == before


def test_a_person_is_found_by_address_with_the_key_or_the_list(small, tmp_path):
    key = bytes.fromhex(HEX)
    made = pseudonym("maria.rossi@x.example", "email", key)
    person, other = list(dict.fromkeys(rm.load_study(small).answers["person_id"]))[:2]
    for path in small.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"(?m)(?<![\w]){person}(?![\w])", made, text), encoding="utf-8")
    assert where(small, made)
    file = tmp_path / "key"
    file.write_text(HEX)
    file.chmod(0o600)
    words = ("Maria.Rossi+x@x.example", "--identify", "email", "--study", small)
    assert isinstance(run(*words).exception, DataError)
    assert run(*words, "--key", file).exit_code == 0 and where(small, made) == []
    codes = tmp_path / "codes.csv"
    codes.write_text(f"code,person_id\n0042,{other}\n")
    result = run("0042", "--identify", "number", "--study", small, "--codes", codes)
    assert result.exit_code == 0 and where(small, other) == []


def test_dry_run_shows_and_changes_nothing(small):
    before = content(small)
    person = rm.load_study(small).answers["person_id"].iloc[0]
    result = run(person, "--study", small, "--dry-run")
    assert result.exit_code == 0 and "participants.csv: 1" in result.output and "--dry-run" in result.output
    assert content(small) == before


def test_what_it_does_not_change_and_still_names_the_person_is_listed(small):
    person = rm.load_study(small).answers["person_id"].iloc[0]
    (small / "commentary").mkdir()
    (small / "commentary" / "words.md").write_text(f"fine\n{person} said so\n")
    (small / "extra.txt").write_text(f"{person}x is somebody else\n")
    plan = (small / "study.yml").read_text(encoding="utf-8")
    (small / "study.yml").write_text(plan + f"# not {person}\n", encoding="utf-8")
    result = run(person, "--study", small, "--dry-run")
    assert f"{Path('commentary/words.md')}, row 2" in result.output and "extra.txt" not in result.output
    lines = len(plan.splitlines()) + 1
    assert f"study.yml, row {lines}" in result.output
    assert still_named(small, ["77"], {}) == []


def test_a_study_that_can_no_longer_be_judged_says_why_and_the_person_still_goes(small):
    people = list(rm.load_study(small).tables["participants"]["person_id"])
    (small / "costs.csv").write_text("cost_id,category\n,\nz,\n")
    with pytest.raises(DataError):
        rm.load_study(small)
    result = run(people[0], "--study", small)
    assert result.exit_code == 0 and "cannot be judged" in result.output
    assert where(small, people[0]) == []


def test_a_table_that_cannot_be_read_stops_it(small):
    person = rm.load_study(small).answers["person_id"].iloc[0]
    (small / "applications.csv").write_bytes(b"\xff\xfeperson")
    before = content(small)
    assert isinstance(run(person, "--study", small).exception, DataError)
    assert content(small) == before


def test_the_log_goes_on_counting():
    log = pd.DataFrame({"n": ["1", "7"], "when": ["2024-01-01"] * 2, "rule": ["x", "y"], "table": ["z", "z"]})
    after = noted(log, 2, dt.date(2024, 5, 1))
    assert list(after["n"]) == ["1", "7", "8", "9"] and list(after["when"])[2:] == ["2024-05-01"] * 2


KILL = """
import os, pathlib, shutil, signal, sys
from rmstudy.study.together import write_together
left = int(sys.argv[2])
def dying(real):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return call
for name in ("rename", "replace", "open", "chmod", "rmdir"):
    setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name)))
os.fsync = dying(os.fsync)
folder = pathlib.Path(sys.argv[1])
write_together(folder, {"a.csv": b"new a", "b.csv": b"new b", "c.csv": b"new c"})
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_killed_at_any_step_all_files_are_old_or_all_are_new(tmp_path):
    old, new = (
        {"a.csv": b"old a", "b.csv": b"old b"},
        {n: f"new {n[0]}".encode() for n in ("a.csv", "b.csv", "c.csv")},
    )
    seen = set()
    for step in range(40):
        folder = tmp_path / str(step)
        folder.mkdir()
        for name, held in old.items():
            (folder / name).write_bytes(held)
        died = subprocess.run([sys.executable, "-c", KILL, str(folder), str(step)], check=False).returncode
        finish_writing(folder)  # what loading a study does first
        now = {name: held for name, held in content(folder).items() if "/" not in name}
        assert now in (old, new), f"step {step}"
        seen.add(now == new)
        assert not (folder / DECIDED).exists()
        if died == 0:
            break
        assert died == -signal.SIGKILL
    assert seen == {True, False}, "some died before, some after the decision"


def test_a_folder_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(rm.errors.RmstudyError, match="Nothing was changed"):
        write_together(tmp_path, {"a.csv": b"new", "b.csv": b"new"})
    assert content(tmp_path) == {"a.csv": b"old"}


def test_what_a_killed_writer_left_goes_with_the_next_writing(tmp_path):
    left = tmp_path / ".rmstudy-writing-abc"
    left.mkdir()
    (left / "participants.csv").write_text("s1\n")
    write_together(tmp_path, {"a.csv": b"new"})
    assert content(tmp_path) == {"a.csv": b"new"} and not left.exists()


def test_reading_the_tables_does_not_need_a_study_that_holds(small):
    tables_there, files, _ = read_tables(small)
    assert files["participants"] == "participants.csv" and len(tables_there["participants"])
