"""Hostile input and writers that are killed: a sentence or a reading, never a crash, never half a file."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import small_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rmstudy.errors import DataError, PlanError, Problem, RmstudyError
from rmstudy.readers.answers import SOURCES
from rmstudy.readers.mapping import Form, read_codes, read_mapping
from rmstudy.readers.people.links import read_links
from rmstudy.study import together
from rmstudy.study.files import write_files
from rmstudy.study.load import load_study
from rmstudy.study.new.answers import read_answers
from rmstudy.study.planfile import read_plan
from rmstudy.study.sample import REPOSITORY_FOLDER

RAW = REPOSITORY_FOLDER / "raw"
MEMORY = 2_500_000_000
QUERY = Form(query="select * from staff")
ZONE = Form(zone="Europe/Rome")
# reader, file of the samples, form
SEEDS = {
    "html": ("html", "limesurvey/departments-pre.csv", Form()),
    "qualtrics": ("qualtrics", "qualtrics/departments-pre.csv", Form()),
    "qualtrics tsv": ("qualtrics", "qualtrics/mentee-mid.tsv", Form()),
    "limesurvey": ("limesurvey", "limesurvey/departments-pre.csv", Form()),
    "limesurvey xlsx": ("limesurvey", "hr-excel/in-servizio.xlsx", Form()),
    "google": ("google", "google-forms/departments-pre.csv", Form()),
    "microsoft": ("microsoft", "microsoft-forms/departments-pre.xlsx", Form()),
    "csv": ("csv", "hr-excel/costi.csv", Form(encoding="cp1252")),
    "parquet": ("csv", "staff.parquet", Form()),
    "excel": ("excel", "hr-excel/sorteggio.xlsx", Form()),
    "spss": ("spss", "spss/departments-pre.sav", Form()),
    "zsav": ("spss", "spss/observer-post.zsav", Form()),
    "sql": ("sql", "staff.db", QUERY),
    "teams": ("teams", "meetings/presenze-1.csv", Form()),
    "calendar": ("calendar", "meetings/calendario.ics", ZONE),
}
SLOW = ("spss", "zsav")  # read by a process of their own
QUICK = [name for name in SEEDS if name not in SLOW]


@cache
def seed(name: str) -> bytes:
    """The bytes of a real export."""
    file = SEEDS[name][1]
    staff = pd.DataFrame({"id": ["a", "b"] * 30, "x": [1.0, 2.5] * 30})
    if file.endswith(".parquet"):
        made = io.BytesIO()
        staff.to_parquet(made, index=False)
        return made.getvalue()
    if file.endswith(".db"):
        with contextlib.closing(sqlite3.connect(":memory:")) as base:
            staff.to_sql("staff", base, index=False)
            return base.serialize()
    return (RAW / file).read_bytes()


def mutated(rng: random.Random, name: str) -> bytes:
    """An export that was cut, changed, mixed with others, or is none at all."""
    data = bytearray(seed(name))
    kind = rng.random()
    if kind < 0.15:
        return bytes(data[: rng.randrange(len(data))])
    if kind < 0.2:
        return rng.randbytes(rng.randrange(3000))
    if kind < 0.25:
        return seed(rng.choice(list(SEEDS)))
    if kind < 0.32:
        return data.decode("utf-8", "replace").encode(
            rng.choice(["utf-16", "utf-16-le", "cp500", "utf-32"]), "replace"
        )
    if kind < 0.6 and data.startswith(b"PK"):
        return _other_part(rng, bytes(data))
    for _ in range(rng.choice([1, 2, 8, 40])):
        at, width = rng.randrange(len(data) + 1), rng.randrange(1, 40)
        what = rng.random()
        if what < 0.4:
            data[at : at + 1] = rng.randbytes(1)
        elif what < 0.6:
            del data[at : at + width]
        elif what < 0.8:
            start = rng.randrange(len(data) + 1)
            data[at:at] = data[start : start + width]
        else:
            data[at:at] = rng.choice(TRICKS)
    return bytes(data)


TRICKS = (
    *(
        b"\0",
        b'"',
        b"\n",
        b"\r",
        b"\x1b[2J",
        b"=cmd|'/c calc'!A1",
        b"../../etc/passwd",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(
        "\u202e".encode(),
        "è".encode("cp1252"),
        b"-1",
        b"9" * 400,
        b"1e999",
        b"NaN",
        b";;;;",
        b"\t\t",
        b"<!DOCTYPE x>",
    ),
    *(b"<f>SUM(A1)</f>", b"RRULE:FREQ=SECONDLY\r\n", b"00000000T000000Z", b"{" * 50, b"'" * 3, b"," * 5000),
)


def _other_part(rng: random.Random, data: bytes) -> bytes:
    """A sound archive with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice(old.namelist())
        for name in old.namelist():
            part = bytearray(old.read(name))
            if name == chosen:
                for _ in range(rng.choice([1, 4])):
                    at = rng.randrange(len(part) + 1)
                    part[at : at + rng.randrange(6)] = rng.choice([*TRICKS, rng.randbytes(2)])
            new.writestr(name, bytes(part))
    return out.getvalue()


def harmless(text: str) -> None:
    """A message does not steer a terminal."""
    assert all(sign.isprintable() or sign == "\n" for sign in text), repr(text)[:300]
    assert "Traceback" not in text


def sentence(error: RmstudyError) -> None:
    """A refusal says what, where and what to do next."""
    assert isinstance(error, DataError | PlanError), type(error)
    assert error.problems
    for problem in error.problems:
        assert problem.file or problem.value is not None or problem.next_step, problem
        assert problem.next_step or problem.severity == "to know", problem
    harmless(str(error))


def attempt(name: str, data: bytes, folder: Path) -> str:
    """Read one input; anything but a sentence or a reading fails."""
    source, file, form = SEEDS[name]
    path = folder / f"input{Path(file).suffix}"
    path.write_bytes(data)
    began = time.monotonic()
    try:
        sheets, findings = SOURCES[source].read(f"sqlite:///{path}" if source == "sql" else path, form)
        for problem in findings:
            harmless(str(problem))
        assert len(set(sheets.columns)) == len(sheets.columns)
    except RmstudyError as error:
        sentence(error)
        said = "refused"
    else:
        said = "read"
    assert time.monotonic() - began < 60
    assert [one.name for one in folder.iterdir()] == [path.name]
    path.unlink()
    return said


@pytest.fixture
def place(tmp_path):
    """An empty folder."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_every_source_has_a_seed():
    assert {source for source, _, _ in SEEDS.values()} == set(SOURCES)
    assert all(attempt_ok for attempt_ok in map(len, map(seed, SEEDS)))


@pytest.mark.parametrize("name", QUICK)
@settings(BOUNDED, max_examples=25)
@given(number=st.integers(0, 10**9))
def test_changed_exports_are_read_or_refused_with_a_sentence(place, name, number):
    attempt(name, mutated(random.Random(number), name), place)


@pytest.mark.parametrize("name", SLOW)
def test_changed_files_of_spss_are_read_or_refused_with_a_sentence(place, name):
    rng = random.Random(7)
    said = [attempt(name, mutated(rng, name), place) for _ in range(3)]
    assert "refused" in said or "read" in said


@settings(BOUNDED, max_examples=40)
@given(name=st.sampled_from(QUICK), data=st.binary(max_size=300), keep=st.integers(0, 40))
def test_any_bytes_behind_a_true_beginning(place, name, data, keep):
    attempt(name, seed(name)[:keep] + data, place)


@pytest.mark.slow
def test_ten_thousand_changed_inputs(place):
    rng = random.Random(20_241_124)
    said = {"read": 0, "refused": 0}
    for number in range(10_000):
        name = rng.choice(SLOW if number % 100 == 0 else QUICK)
        data = mutated(rng, name)
        try:
            said[attempt(name, data, place)] += 1
        except BaseException:
            kept = Path(os.environ.get("RMSTUDY_FUZZ", place.parent)) / f"{name.replace(' ', '-')}-{number}"
            kept.write_bytes(data)
            raise
    assert min(said.values()) > 500


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)
YAML = {
    "laughs": LAUGHS + "goals: *i\n",
    "laughs as a key": LAUGHS + "? *i\n: 1\n",
    "merged": "a: &a {x: 1}\n"
    + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} {{<<: [{','.join(['*' + chr(97 + i)] * 9)}]}}\n" for i in range(9)
    ),
    "in itself": "&r\nversion: 1\ngoals: *r\nprogramme: *r\n",
    "python": "a: !!python/object/apply:os.system ['touch hacked']\n",
    "python name": "version: !!python/name:os.system\n",
    "no truth": "version: !!bool x\n",
    "no day": "version: !!timestamp x\n",
    "a day that is none": "version: !!timestamp 2024-99-99\n",
    "no number": "version: !!int ''\n",
    "no fraction": "version: !!float ''\n",
    "no bytes": "version: !!binary '@@@'\n",
    "a large number": "version: 0x" + "f" * 6000 + "\n",
    "a larger number": "version: " + "9" * 6000 + "\n",
    "deep": "a: " + "[" * 2000,
    "deep and closed": "a: " + "[" * 900 + "]" * 900 + "\n",
    "terminal": 'format: "1"\n"\\e[2J\\e]0;x\\a": 1\n',
    "long key": "k" * 900_000 + ": 1\n",
    "NUL": "version: \0\n",
    "list": "- 1\n",
}


@pytest.mark.parametrize("name", YAML)
@pytest.mark.parametrize("read", [read_plan, read_mapping, read_answers])
def test_tricks_of_yaml(tmp_path, name, read):
    path = tmp_path / "study.yml"
    path.write_text(YAML[name], encoding="utf-8", newline="")
    began = time.monotonic()
    try:
        read(path)
    except RmstudyError as error:
        sentence(error)
        assert len(str(error)) < 20_000
    else:
        assert read is read_answers  # whose keys are looked at later
    assert time.monotonic() - began < 30
    assert [one.name for one in tmp_path.iterdir()] == ["study.yml"]


MAPPING = "format: 1\nquestionnaires: {q: {wave: pre}}\nsources: {csv: {q: {columns: %s}}}\n"


@pytest.mark.parametrize(
    "columns",
    [
        '{"../../etc/passwd": "../x"}',
        "{who: /etc/passwd}",
        '{who: "\\0"}',
        '{"\\e[2J": "\\e[31mevil"}',
        '{who: "person.../../x"}',
        "{who: " + "p" * 100_000 + "}",
        '{"a\\nrefused (99)": nowhere}',
    ],
)
def test_tricks_in_the_keys_of_a_mapping(tmp_path, columns):
    path = tmp_path / "mapping.yml"
    path.write_text(MAPPING % columns, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    sentence(caught.value)
    assert len(str(caught.value)) < 6000
    assert "\n" not in str(caught.value)


@settings(BOUNDED, max_examples=25)
@given(number=st.integers(0, 10**9), which=st.sampled_from(["plan", "mapping", "codes", "links", "tables"]))
def test_changed_plans_mappings_lists_and_tables(place, number, which):
    rng = random.Random(number)
    study = small_study.write(place / "study")
    codes = "code,person_id\nMA12,s0\nRO34,s1\n"
    links = "given,candidate,person_id,similarity,same_parts,rank,confirmed\nma13,MA12,s0,90,3,1,yes\n"
    seeds = {
        "plan": (study / "study.yml").read_bytes(),
        "mapping": (RAW / "hr-excel/mapping.yml").read_bytes(),
        "codes": codes.encode(),
        "links": links.encode(),
    }
    table = study / rng.choice(["participants.csv", "pairs.csv", "responses.csv"])
    data = bytearray(seeds.get(which, table.read_bytes()))
    for _ in range(rng.choice([1, 3, 10])):
        at = rng.randrange(len(data) + 1)
        data[at : at + rng.randrange(5)] = rng.choice(
            [*TRICKS, rng.randbytes(1), b"&a", b"*a", b"!!set", b": "]
        )
    path = {"plan": study / "study.yml", "tables": table}.get(which, place / "list.csv")
    path.write_bytes(bytes(data))
    read = {"mapping": read_mapping, "codes": read_codes, "links": read_links}.get(which)
    try:
        read(path) if read else load_study(study)
    except RmstudyError as error:
        sentence(error)
    finally:
        shutil.rmtree(study)
        path.unlink(missing_ok=True)


def test_tables_of_a_study_that_are_too_wide_or_have_endless_cells(tmp_path):
    study = small_study.write(tmp_path / "study")
    pairs = "pair_id,mentor_id,mentee_id,start,end\n"
    for text, says in (
        (",".join(f"c{i}" for i in range(10**6)) + "\n", "columns"),
        (",".join(["q"] * 10**6) + "\n", "columns"),
        (f"{pairs}p0,j0,s0,2024-01-15,{'x' * 10**6}\np1,j1,s1,2024-01-15,\n", "too long"),
        (pairs + '"' * 10**6, "too long"),
    ):
        (study / "pairs.csv").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=says) as caught:
            load_study(study)
        sentence(caught.value)


def test_a_part_in_an_encoding_that_nobody_knows(place):
    assert attempt("excel", book(b'<?xml version="1.0" encoding="UT-1"?><x/>'), place) == "refused"


@pytest.mark.parametrize("name", QUICK)
def test_a_million_columns_and_a_cell_of_a_million_signs(place, name):
    if Path(SEEDS[name][1]).suffix in (".csv", ".tsv"):
        attempt(name, ",".join(["q"] * 10**6).encode(), place)
        attempt(name, b"id,x\na," + b"x" * 10**6 + b"\n", place)


def book(sheet: bytes, **parts: bytes) -> bytes:
    """A workbook with a sheet of its own, and other parts."""
    out = io.BytesIO()
    given = {name.replace("__", "/"): part for name, part in parts.items()}
    with (
        zipfile.ZipFile(io.BytesIO(seed("excel"))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
        for name, part in given.items():
            new.writestr(name, part)
    return out.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def bombs() -> dict[str, tuple[str, bytes]]:
    """Small files that would become large, or work without end."""
    rng = random.Random(1)
    far = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>%d</v></c></row>' % (i, i, rng.randrange(10**9)) for i in range(1, 801)
    )
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART;TZID=Europe/Rome:20200304T100000\r\n"
        "DTEND;TZID=Europe/Rome:20200304T110000\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    many = "".join(f"ATTENDEE:mailto:a{i}@example.org\r\n" for i in range(4000))
    entity = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    )
    nested = book(SHEET % b"", **{"inner.xml": b"0" * 150_000_000})
    return {
        "far to the right": ("excel", book(SHEET % far)),
        "packed zeros": ("excel", nested),
        "slip": ("excel", book(SHEET % b"", **{"..__..__evil.xml": b"<x/>"})),
        "entities": ("excel", book(entity)),
        "formula without value": (
            "excel",
            book(
                SHEET
                % (
                    b'<row r="1"><c t="inlineStr"><is><t>q</t></is></c></row>'
                    + b"".join(b'<row r="%d"><c><f>SUM(A1)</f></c></row>' % i for i in range(2, 3000))
                )
            ),
        ),
        "every second": ("calendar", (event % "RRULE:FREQ=SECONDLY").encode()),
        "every second, hidden": ("calendar", (event % "RRULE:FREQ=SECON\r\n\r\n DLY").encode()),
        "no step": ("calendar", (event % "RRULE:FREQ=DAILY;INTERVAL=0").encode()),
        "crowds every day": ("calendar", (event % f"{many}RRULE:FREQ=DAILY").encode()),
        "slow pattern": ("calendar", (event % ("RRULE:FREQ=DAILY;" + "BYHOUR=" * 60_000)).encode()),
    }


CHILD = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from rmstudy.errors import RmstudyError
from rmstudy.readers.answers import SOURCES
from rmstudy.readers.mapping import Form
said = {{}}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        sheets, found = SOURCES["calendar" if path.suffix == ".ics" else "excel"].read(path, Form(zone="Europe/Rome"))
        said[path.stem] = [one.severity for one in found]
    except RmstudyError as error:
        said[path.stem] = str(error)
print(json.dumps(said))
"""


def test_bombs_stay_within_bounded_memory_and_time(tmp_path):
    made = bombs()
    folder = tmp_path / "bombs"
    folder.mkdir()
    for name, (source, data) in made.items():
        (folder / f"{name}{'.ics' if source == 'calendar' else '.xlsx'}").write_bytes(data)
    command = [sys.executable, "-c", CHILD.format(memory=MEMORY), str(folder)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said.keys() == made.keys()
    for name, one in said.items():
        refused = isinstance(one, str) or "refused" in one
        assert refused or name == "slow pattern", (name, one)
        if isinstance(one, str):
            harmless(one)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bombs"]


@pytest.mark.parametrize(
    "query",
    [
        "select 1; drop table staff",
        "PRAGMA writable_schema = 1",
        "ATTACH 'x.db' AS x",
        "select 1 /*; */; attach 'x.db' as x",
        "with x as (select 1) delete from staff",
        "select load_extension('x')",
        "select 'a",
        "select * from staff where id = 'a' union select writefile('x', 'y')",
        "select zeroblob(2000000000)",
        "\0",
        "select \x1b[2J",
    ],
)
def test_questions_that_are_none(place, query):
    path = place / "staff.db"
    path.write_bytes(seed("sql"))
    with pytest.raises(DataError) as caught:
        SOURCES["sql"].read(f"sqlite:///{path}", Form(query=query))
    sentence(caught.value)
    assert path.read_bytes() == seed("sql")
    assert [one.name for one in place.iterdir()] == ["staff.db"]


@pytest.mark.parametrize("source", [one for one in SOURCES if one != "sql"])
@pytest.mark.parametrize("name", ["../x.csv", "a\0b.csv", "x" * 5000, "\x1b[2J.csv", "a\nb.csv", "."])
def test_tricks_in_the_names_of_files(place, source, name):
    with pytest.raises(DataError) as caught:
        SOURCES[source].read(place / name, Form())
    sentence(caught.value)
    assert not list(place.iterdir())


@settings(BOUNDED, max_examples=100)
@given(st.text(), st.text(), st.text(), st.one_of(st.text(), st.integers(), st.just(2**200_000)))
def test_whatever_stands_in_a_file_a_message_is_one_printable_line(what, file, column, value):
    line = str(Problem(what, "Mend it.", file, 1, column, value))
    harmless(line)
    assert "\n" not in line


def cli(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, as a person runs it."""
    command = [sys.executable, "-m", "rmstudy.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_the_commands_refuse_in_a_sentence_and_write_nothing(tmp_path):
    study = small_study.write(tmp_path / "study")
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING % "{who: person, c1: responses.confidence.c1}", encoding="utf-8")
    export = tmp_path / "export.csv"
    export.write_bytes(b"who,c1,\x1b[2J\ns0,\x1b]0;x\x07,1\ns1,3,=1+1\n")
    before = contents(study)
    for arguments in (
        ("import", "csv", str(export), "--study", str(study), "--map", str(mapping)),
        ("import", "csv", str(tmp_path), "--study", str(study), "--map", str(mapping)),
    ):
        done = cli(*arguments, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        harmless(done.stdout + done.stderr)
        assert contents(study) == before
    (study / "study.yml").write_text(YAML["laughs as a key"], encoding="utf-8")
    done = cli("check", str(study), cwd=tmp_path)
    assert done.returncode == 1
    harmless(done.stdout + done.stderr)


KILLED = """
import os, shutil, sys
from pathlib import Path
here, name, arguments = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
home, taken, busy = here / "run", [0], [False]
shutil.copytree(here / "start", home)
WRITING = ("os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir")
def taken_before(event, about):
    writing = event in WRITING or (
        event == "open" and isinstance(about[2], int) and about[2] & (os.O_WRONLY | os.O_RDWR)
    )
    if busy[0] or not writing or not isinstance(about[0], (str, Path)):
        return
    if str(home) in os.path.abspath(about[0]):
        busy[0] = True
        shutil.copytree(home, here / f"{name}-{taken[0]}")
        taken[0] += 1
        busy[0] = False
from rmstudy.cli import main
from rmstudy.study.files import write_files
os.chdir(home)
sys.argv = ["rmstudy", *arguments]
sys.addaudithook(taken_before)
try:
    if arguments[0] == "files":
        write_files(home / "out", {"report.html": "new" * 99999, "report.json": "new" * 99999})
    else:
        main()
except SystemExit as end:
    assert not end.code, end.code
busy[0] = True
shutil.copytree(home, here / f"{name}-{taken[0]}")
"""


def killed(folder: Path, name: str, *arguments: str) -> list[Path]:
    """The folder as a writer leaves it that is killed before each change; in the last one it came to its end."""
    command = [sys.executable, "-c", KILLED, str(folder), name, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = sorted(folder.glob(f"{name}-*"), key=lambda one: int(one.name.rpartition("-")[2]))
    assert len(found) > 4
    return found


@pytest.fixture
def start(tmp_path):
    """A study that lacks one answer sheet, with an export that has it."""
    (tmp_path / "start").mkdir()
    rows = small_study.tables()
    rows["responses"] = [line for line in rows["responses"] if line[:2] != ["s7", "post"]]
    small_study.write(tmp_path / "start/study", rows=rows)
    (tmp_path / "start/export.csv").write_text("who,c1,c2,c3\ns7,4,2,4\n", encoding="utf-8")
    text = (
        MAPPING
        % "{who: person, c1: responses.confidence.c1, c2: responses.confidence.c2, c3: responses.confidence.c3}"
    )
    (tmp_path / "start/mapping.yml").write_text(text.replace("wave: pre", "wave: post"), encoding="utf-8")
    return tmp_path


def tables(folder: Path) -> dict[str, bytes]:
    """The files of a study, without hidden ones."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith(".")}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("import", ("import", "csv", "export.csv", "--study", "study", "--map", "mapping.yml")),
        pytest.param("forget", ("forget", "s3", "--study", "study"), marks=pytest.mark.slow),
    ],
)
def test_a_command_that_is_killed_changes_everything_or_nothing(start, name, arguments):
    folders = killed(start, name, *arguments)
    old = tables(start / "start/study")
    new = tables(folders[-1] / "study")
    assert old != new
    for folder in folders:
        seen = tables(folder / "study")
        assert all(content in (old.get(file), new.get(file)) for file, content in seen.items()), folder
        study = load_study(folder / "study")  # finishes what was decided, and takes nothing else for a table
        assert tables(folder / "study") in (old, new), folder
        assert not any("not a table" in one.what for one in study.findings)
    done = {tables(folder / "study") == new for folder in folders}
    assert done == {True, False}
    # whoever was stopped can simply do it again
    first = folders[len(folders) // 3]
    again = cli(*arguments, cwd=first)
    assert again.returncode == 0, again.stderr
    assert tables(first / "study") == new
    assert not [one for one in (first / "study").iterdir() if one.name.startswith(".rmstudy")]


def test_a_new_study_that_is_killed_is_whole_or_can_be_made_again(start):
    answers = "name: Buddies\ngoal: Seniors feel surer.\nsuccess: Confidence\nthreshold: 0.5\n"
    answers += "instrument: Confidence, 1 to 5\n"
    (start / "start/answers.yml").write_text(answers, encoding="utf-8")
    arguments = ("new", "made", "--answers", "answers.yml", "--no-input", "--lang", "en")
    folders = killed(start, "new", *arguments)
    new = tables(folders[-1] / "made")
    made = 0
    for folder in folders:
        home = folder / "made"
        together.finish_writing(home)
        seen = tables(home) if home.exists() else {}
        assert seen in ({}, new), folder
        made += bool(seen)
    assert 0 < made < len(folders)
    for folder in (folders[3], folders[made // 2]):
        if not (folder / "made").exists() or not tables(folder / "made"):
            again = cli(*arguments, cwd=folder)
            assert again.returncode == 0, again.stderr
            assert contents(folder / "made").keys() == new.keys()


def test_reports_that_are_killed_are_whole_old_or_new_files(start):
    out = start / "start/out"
    write_files(out, {"report.html": "old", "report.json": "old"})
    for folder in killed(start, "files", "files"):
        for content in tables(folder / "out").values():
            assert content in (b"old", b"new" * 99999)
        assert set(tables(folder / "out")) == {"report.html", "report.json"}


def test_a_writer_that_is_killed_at_any_time_leaves_whole_files(tmp_path):
    code = (
        "import sys; from pathlib import Path; from rmstudy.study.together import write_together\n"
        "print('begun', flush=True)\n"
        "while True:\n"
        "    for sign in b'ab':\n"
        "        write_together(Path(sys.argv[1]), {f'{n}.csv': bytes([sign]) * 200_000 for n in range(4)})\n"
    )
    rng = random.Random(5)
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(rng.uniform(0.01, 0.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        together.finish_writing(tmp_path)
        signs = {content[:1] for content in tables(tmp_path).values()}
        assert len(signs) <= 1
        assert all(content == content[:1] * 200_000 for content in tables(tmp_path).values())
