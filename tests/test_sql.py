"""Databases: one SELECT that can only read; the address never shows."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
import small_study
from typer.testing import CliRunner

from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers import read_answers, sql
from rmstudy.readers.mapping import Form, parse_mapping

pytest.importorskip("sqlalchemy")

SECRET = "s3cr3t-word"


@pytest.fixture
def staff(tmp_path):
    path = tmp_path / "staff.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table staff (id text, unit text, hours real, since text, photo blob)")
        connection.executemany(
            "insert into staff values (?, ?, ?, ?, ?)",
            [("007", "north", 37.5, "2024-03-31", b"x"), ("008", "south", 40.0, None, None)],
        )
        connection.execute("create view odd as select 'Maria Rossi' + 0 as n")
    connection.close()
    return path


def asked(path, query):
    return sql.read(f"sqlite:///{path}", Form(query=query))


def test_rows_of_an_answer(staff):
    sheets, found = asked(staff, "select id, unit, hours, since from staff order by id;")
    assert sheets.columns == ("id", "unit", "hours", "since")
    assert sheets.rows == (
        (1, {"id": "007", "unit": "north", "hours": "37.5", "since": "2024-03-31"}),
        (2, {"id": "008", "unit": "south", "hours": "40"}),
    )
    assert found == []


@pytest.mark.parametrize(
    "query",
    [
        "with north as (select * from staff where unit = 'north') select id from north",
        "select id from staff where unit = 'north; delete from staff' or unit like 'n%' -- update\n",
        "select id /* drop */, unit as \"delete\" from staff where unit = 'north'",
    ],
)
def test_questions_with_words_in_quotes_and_comments(staff, query):
    assert [cells["id"] for _, cells in asked(staff, query)[0].rows] == ["007"]


@pytest.mark.parametrize(
    "query",
    [
        "delete from staff",
        "drop table staff",
        "select id from staff; delete from staff",
        "with gone as (delete from staff returning id) select id from gone",
        "pragma writable_schema = 1",
        "attach 'other.db' as other",
        "select id into copy from staff",
        "select 'open",
        "explain select 1",
        "",
        "   ",
        None,
    ],
)
def test_everything_else_is_refused_before_it_is_asked(staff, query):
    with pytest.raises(DataError) as error:
        asked(staff, query)
    assert error.value.problems[0].column == "file.query"
    assert len(asked(staff, "select id from staff")[0].rows) == 2


def test_the_connection_itself_can_only_read(staff, monkeypatch):
    monkeypatch.setattr(sql, "_question", lambda query: query)
    with pytest.raises(DataError, match="refuses"):
        asked(staff, "delete from staff returning id")
    monkeypatch.undo()
    assert len(asked(staff, "select id from staff")[0].rows) == 2


def test_reading_makes_no_file(tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError, match="cannot be read"):
        asked(tmp_path / "nothing.db", "select 1")
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_wrong_is_said_without_values_and_addresses(staff):
    with pytest.raises(DataError, match="no such table: missing_one"):
        asked(staff, "select id from missing_one")
    with pytest.raises(DataError, match="column of bytes"):
        asked(staff, "select photo from staff")
    with pytest.raises(DataError, match="more than once"):
        asked(staff, "select id, id from staff")
    for address in (
        f"postgresql+psycopg://anna:{SECRET}@127.0.0.1:1/staff",
        f"mysql+nothing://anna:{SECRET}@127.0.0.1/staff",
        f"oracle://anna:{SECRET}@127.0.0.1/staff",
        f"nonsense anna:{SECRET}",
        f"postgresql+psycopg://127.0.0.1:1/staff?password={SECRET}&user=anna",
        f"postgresql+psycopg://anna:{SECRET}@127.0.0.1:notaport/staff",
    ):
        with pytest.raises(DataError) as error:
            sql.read(address, Form(query="select 1 as one"))
        shown = repr(error.value.problems) + str(error.value)
        assert SECRET not in shown and "anna" not in shown
        assert error.value.problems[0].next_step
        assert error.value.__cause__ is None


def test_other_files_and_damaged_ones(tmp_path, staff):
    whole = staff.read_bytes()
    for content, says in [
        (b"id,unit\n1,2\n", "not a database"),
        (whole[:1000], "refuses"),
        (whole[:40] + bytes(len(whole) - 40), "refuses"),
    ]:
        path = tmp_path / "other.db"
        path.write_bytes(content)
        with pytest.raises(DataError, match=says):
            asked(path, "select id from staff")


def test_endless_answers_are_stopped(staff, monkeypatch):
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
    monkeypatch.setattr(sql, "ROWS", 20_000)
    with pytest.raises(DataError, match="more than 20000 rows"):
        asked(staff, endless)
    monkeypatch.setattr(sql, "SECONDS", 0.2)
    with pytest.raises(DataError, match="no answer in"):
        asked(staff, endless.replace("select i from n", "select count(*) as c from n"))


def test_an_import_from_a_database(staff):
    mapping = parse_mapping(
        {
            "format": 1,
            "questionnaires": {"staff": {"table": "participants"}},
            "sources": {
                "sql": {
                    "staff": {
                        "columns": {"id": "person", "unit": "participants.unit", "role": "participants.role"},
                        "file": {"query": "select id, unit, 'mentee' as role from staff"},
                    }
                }
            },
        }
    )
    found = read_answers(f"sqlite:///{staff}", mapping, source="sql")
    assert found.tables["participants"][["person_id", "unit"]].to_numpy().tolist() == [
        ["007", "north"],
        ["008", "south"],
    ]


def programs():
    """Where a PostgreSQL server is installed, if one is."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in places if (one / "initdb").exists() and (one / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real server on a socket of its own, stopped at the end."""
    pytest.importorskip("psycopg")
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL server is installed (initdb is nowhere)")
    folder = tmp_path_factory.mktemp("pg", numbered=True)
    before: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        if not shutil.which("runuser") or subprocess.run(["id", "postgres"], capture_output=True).returncode:
            pytest.skip("running as root, and there is no user postgres to run the server as")
        before = ["runuser", "-u", "postgres", "--"]
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="rmpg"))
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*command):
        done = subprocess.run([*before, *command], capture_output=True, text=True, cwd="/", timeout=120)
        if done.returncode:
            pytest.skip(
                f"the PostgreSQL server cannot be started: {(done.stderr or done.stdout).strip()[:200]}"
            )

    run(
        str(place / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-N",
        "-E",
        "UTF8",
        "--locale=C",
    )
    log = str(folder / "log")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run(str(place / "pg_ctl"), "-D", str(data), "-l", log, "-o", options, "-w", "start")
    try:
        yield f"postgresql+psycopg://postgres:{SECRET}@/postgres?host={folder}"
    finally:
        run(str(place / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        if before:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def filled(server):
    import psycopg

    address = server.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute(
            "create table staff (id text, hours numeric(8,2), since date, at timestamp, seen timestamptz, leader bool,"
            " share double precision, n bigint)"
        )
        connection.execute(
            "insert into staff values ('007', 37.50, '2024-03-31', '2024-03-31 09:12:33', now(), true, 0.1, 5),"
            " ('008', null, null, null, null, false, null, null)"
        )
        connection.execute(
            "create function boom() returns int language sql as $$ delete from staff; select 1 $$"
        )
    return server


def test_values_of_a_real_server(filled):
    query = "select id, hours, since, at, leader, share, n from staff where id like '00%' order by id"
    sheets, found = sql.read(filled, Form(query=query))
    assert sheets.rows == (
        (
            1,
            {
                "id": "007",
                "hours": "37.50",
                "since": "2024-03-31",
                "at": "2024-03-31 09:12:33",
                "leader": "TRUE",
                "share": "0.1",
                "n": "5",
            },
        ),
        (2, {"id": "008", "leader": "FALSE"}),
    )
    assert found == []
    _, found = sql.read(filled, Form(query="select seen from staff"))
    assert "time zone" in found[0].what
    sheets, _ = sql.read(filled, Form(query="select ':x' as a, '10:30'::text as b, 7 % 4 as c"))
    assert sheets.rows == ((1, {"a": ":x", "b": "10:30", "c": "3"}),)


def test_a_real_server_is_only_read(filled):
    with pytest.raises(DataError, match="refuses the query") as error:
        sql.read(filled, Form(query="select boom() as n"))
    assert SECRET not in repr(error.value.problems)
    assert len(sql.read(filled, Form(query="select id from staff"))[0].rows) == 2


def test_many_rows_of_a_real_server_stop_at_the_limit(filled, monkeypatch):
    monkeypatch.setattr(sql, "ROWS", 20_000)
    with pytest.raises(DataError, match="more than 20000 rows"):
        sql.read(filled, Form(query="select generate_series(1, 100000000) as n"))
    with pytest.raises(DataError, match="does not exist"):
        sql.read(filled, Form(query="select id from missing_one"))


def test_the_command_takes_an_address(staff, tmp_path):
    folder = small_study.write(tmp_path / "study")
    before = (folder / "participants.csv").read_text()
    with sqlite3.connect(staff) as connection:
        connection.execute("create table hr (id text, employed int)")
        connection.execute("insert into hr values ('s0', 1), ('s1', 0)")
    connection.close()
    where = tmp_path / "mapping.yml"
    where.write_text(
        "format: 1\nquestionnaires:\n  hr: {table: hr_outcomes}\nsources:\n  sql:\n    hr:\n"
        "      columns: {id: person, day: hr_outcomes.as_of, employed: hr_outcomes.value.still_employed}\n"
        "      file:\n        query: select id, '2024-07-01' as day, employed from hr\n"
    )
    command = ["import", "sql", f"sqlite:///{staff}", "--study", str(folder), "--map", str(where)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    lines = (folder / "hr_outcomes.csv").read_text().splitlines()
    assert [line.rstrip(",") for line in lines[1:]] == [
        "s0,still_employed,2024-07-01,1",
        "s1,still_employed,2024-07-01,0",
    ]
    assert (folder / "participants.csv").read_text() == before
    refused = CliRunner().invoke(app, ["import", "sql", "staff.db", *command[3:]])
    assert refused.exit_code != 0
    assert "not the address of a database" in str(refused.exception)
