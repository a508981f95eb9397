"""Rows of a database, the source ``sql``: the file is its address, the question stands in the mapping.

``sqlite:///staff.db`` or ``postgresql+psycopg://user@host/name``; the password is best left to ``PGPASSWORD``
or ``~/.pgpass``. One SELECT is asked (``file: {query: ...}``), in a transaction that can only read. What the
address holds besides the name of the database is never shown.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.sheets import Sheets, from_lines
from rmstudy.readers.files.text import CELLS, COLUMNS, Row, shown
from rmstudy.readers.files.typed import value_text
from rmstudy.readers.mapping import Form

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

META = ("questionnaire",)
ROWS: Final = 5_000_000
AT_ONCE: Final = 5_000
SECONDS: Final = 600
READ_ONLY: Final = ("postgresql", "mysql", "mariadb")
# Words that no question needs; a transaction that can only read stands behind them.
_CHANGES: Final = re.compile(
    r"\b(insert|update|delete|drop|alter|create|attach|detach|pragma|copy|call|grant|revoke|truncate|merge|vacuum"
    r"|into|execute|prepare|reindex|lock|load_extension|lo_import|lo_export|pg_read_file|pg_read_binary_file"
    r"|pg_ls_dir|dblink|nextval|setval|set_config|pg_terminate_backend|pg_sleep)\b",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL
)
# What a database may say of a question without repeating values.
_TOLD: Final = re.compile(
    r"no such (?:table|column|function): [\w.]+|(?:relation|column|function) \"?[\w.]+\"? does not exist"
    r"|permission denied for \w+ \w+|near \"\w+\": syntax error|syntax error at or near \"\w+\"|database is locked"
    r"|read-only transaction|attempt to write a readonly database|statement timeout",
    re.IGNORECASE,
)


def read(address: str | Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Ask a database one question.

    Parameters
    ----------
    address : str or Path
        Its URL.
    form : Form
        ``query``: one SELECT.

    Raises
    ------
    DataError
        When it cannot be reached, the question is none, or the answer is too large.

    Examples
    --------
    >>> read("sqlite:///staff.db", Form(query="drop table staff"))
    Traceback (most recent call last):
    rmstudy.errors.DataError: mapping.yml, key file.query: the query is not one SELECT. Write one SELECT,
    without a semicolon.
    """
    query = _question(form.query)
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        what = "databases need an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.")) from None
    try:
        url = make_url(str(address))
    except (ArgumentError, ValueError):
        next_step = "Write it as `sqlite:///staff.db` or `postgresql+psycopg://user@host/name`."
        raise DataError(Problem("not the address of a database", next_step)) from None
    file = shown(Path(url.database or url.get_backend_name()))
    lines, found = _asked(_engine(url, file), query, file)
    return from_lines(lines, file), found


def is_address(text: str) -> bool:
    """Whether a text is the address of a database and not the name of a file.

    Examples
    --------
    >>> is_address("sqlite:///staff.db"), is_address("staff.csv")
    (True, False)
    """
    return re.match(r"[a-z][a-z0-9+_]*://", text, re.IGNORECASE) is not None


def _question(query: str | None) -> str:
    """The query, where it is one SELECT."""
    if not query or not query.strip():
        what, next_step = "no query", "Write what to ask: `file: {query: SELECT ...}`."
        raise DataError(Problem(what, next_step, "mapping.yml", column="file.query"))
    bare = _QUOTED.sub(" ", query).strip()
    bare = bare.removesuffix(";").rstrip()
    problem = ";" in bare or not re.match(r"(select|with)\b", bare, re.IGNORECASE) or _CHANGES.search(bare)
    if problem or re.search(r"['\"`]|/\*", bare):
        what, next_step = "the query is not one SELECT", "Write one SELECT, without a semicolon."
        raise DataError(Problem(what, next_step, "mapping.yml", column="file.query"))
    return query.strip().removesuffix(";")


def _engine(url: URL, file: str) -> Engine:
    """A way to the database that can only read."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    backend = url.get_backend_name()
    if backend == "sqlite":
        return create_engine(
            "sqlite://", creator=lambda: _sqlite(Path(url.database or ""), file), poolclass=NullPool
        )
    if backend not in READ_ONLY:
        what = f"databases of the kind {backend!r} cannot be opened for reading only"
        raise DataError(Problem(what, "Export the table as CSV or Parquet.", file))
    try:
        waiting: dict[str, Any] = {"connect_timeout": 10}
        return create_engine(url, poolclass=NullPool, connect_args=waiting)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError, TypeError):
        what = f"no package for {url.drivername!r} is installed"
        next_step = "Install it, such as `pip install 'psycopg[binary]'`, and name it in the address."
        raise DataError(Problem(what, next_step, file)) from None


def _sqlite(path: Path, file: str) -> Any:
    """A connection to a file that is a database, which can only read and does not go on for ever."""
    import sqlite3

    try:
        with path.open("rb") as start:
            begins = start.read(16)
    except (OSError, ValueError):
        raise DataError(Problem("the database cannot be read", "Say where it is.", file)) from None
    if begins != b"SQLite format 3\x00":
        raise DataError(Problem("not a database of SQLite", "Say where it is.", file))
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    until = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
    return connection


def _asked(engine: Engine, query: str, file: str) -> tuple[list[Row], list[Problem]]:
    """The rows of an answer, the header as row 0."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with engine.connect() as connection:
            if engine.dialect.name != "sqlite":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {SECONDS * 1000}")
            options = {"stream_results": True, "max_row_buffer": AT_ONCE, "no_parameters": True}
            with connection.execution_options(**options).exec_driver_sql(query) as answer:
                lines, zones = _rows(answer, file)
    except SQLAlchemyError as error:
        raise DataError(_why(error, file)) from None
    except (OverflowError, UnicodeError, ValueError, MemoryError) as error:
        what = f"a value that cannot be read ({type(error).__name__})"
        raise DataError(Problem(what, "Cast the column to text in the query.", file)) from None
    finally:
        engine.dispose()
    what = "moments with a time zone are written as the database shows them"
    return lines, [Problem(what, "Cast them to the local day.", file, severity="to know")] if zones else []


def _rows(answer: Any, file: str) -> tuple[list[Row], bool]:
    """The rows of an answer, a few at a time, and whether moments have a time zone."""
    names = [str(name) for name in answer.keys()]  # noqa: SIM118 - of the answer, not of a mapping
    if len(names) > COLUMNS:
        raise DataError(Problem(f"more than {COLUMNS} columns", "Ask for fewer.", file))
    lines: list[Row] = [(0, names)]
    zones = False
    while some := answer.fetchmany(AT_ONCE):
        if len(lines) + len(some) > ROWS or len(lines) * len(names) > CELLS:
            raise DataError(Problem(f"more than {ROWS} rows or {CELLS} cells", "Ask for fewer.", file))
        for values in some:
            texts = [_text(one, name, file) for one, name in zip(values, names, strict=True)]
            lines.append((len(lines), texts))
            zones = zones or any(getattr(one, "tzinfo", None) is not None for one in values)
    return lines, zones


def _text(value: object, name: str, file: str) -> str:
    """A value as text; bytes are none."""
    if isinstance(value, bytes | bytearray | memoryview):
        raise DataError(
            Problem("a column of bytes, not of values", "Leave it out of the query.", file, column=name)
        )
    return value_text(value)


def _why(error: Exception, file: str) -> Problem:
    """Why a database did not answer, without values and without anything of its address."""
    cause = getattr(error, "orig", None)
    said = _TOLD.search(str(cause or ""))
    name = type(cause or error).__name__
    if said is None and name == "OperationalError" and "connect" in str(cause).casefold():
        what, next_step = "the database cannot be reached", "See whether it runs, and whether you may enter."
        return Problem(what, next_step, file)
    if said is None and "interrupted" in str(cause):
        return Problem(f"no answer in {SECONDS} seconds", "Ask for less.", file)
    what = f"the database refuses the query ({said[0] if said else name})"
    return Problem(what, "Correct `query` in the mapping, or mend the database.", file)
