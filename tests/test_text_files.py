"""Text files as they come: what can be read for certain is read, everything else is refused with its place."""

import random
import tracemalloc

import pytest

from rmstudy.errors import DataError
from rmstudy.readers import plain
from rmstudy.readers.files.text import COLUMNS, read_lines
from rmstudy.readers.mapping import Form

WORDS = "persona;città;voto\nè1;Forlì;3\né2;Cefalù;4\n"
ROWS = [(1, ["persona", "città", "voto"]), (2, ["è1", "Forlì", "3"]), (3, ["é2", "Cefalù", "4"])]


def saved(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refused(path, form=None):
    with pytest.raises(DataError) as error:
        read_lines(path, form or Form())
    first = error.value.problems[0]
    assert first.file and first.next_step, first
    return first


@pytest.mark.parametrize("mark", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_tells_the_encoding(tmp_path, mark):
    assert read_lines(saved(tmp_path, WORDS.encode(mark)), Form()) == (ROWS, [])


@pytest.mark.parametrize("said", ["cp1252", "latin-1", "mac-roman"])
def test_other_encodings_only_when_they_are_said(tmp_path, said):
    path = saved(tmp_path, WORDS.encode(said))
    assert read_lines(path, Form(encoding=said))[0] == ROWS
    problem = refused(path)
    assert problem.rule == "encoding"
    assert "encoding: cp1252" in problem.next_step
    # the accent of città is on line 1, after "persona;citt"
    assert problem.row == 1 and "position 13" in problem.what


def test_the_byte_that_fails_is_counted_from_the_beginning_of_the_file(tmp_path):
    problem = refused(saved(tmp_path, b"\xef\xbb\xbfa;b\n1;2\n3;\xe8\n"))
    assert problem.row == 3
    assert "byte 0xE8 at position 14" in problem.what


@pytest.mark.parametrize("big", [False, True])
def test_utf16_without_its_mark_is_said_not_guessed(tmp_path, big):
    path = saved(tmp_path, WORDS.encode("utf-16-be" if big else "utf-16-le"))
    assert "utf-16" in refused(path).next_step
    assert read_lines(path, Form(encoding="utf-16"))[0] == ROWS


def test_an_encoding_that_contradicts_the_file_is_refused(tmp_path):
    assert "UTF-8" in refused(saved(tmp_path, WORDS), Form(encoding="cp1252")).what
    assert "UTF-16" in refused(saved(tmp_path, WORDS.encode("utf-16")), Form(encoding="utf-8")).what
    quote = "who,says\na,it’s\n".encode("cp1252")  # a byte that latin-1 uses for nothing one can see
    assert "cp1252" in refused(saved(tmp_path, quote), Form(encoding="latin-1")).next_step


def test_letters_that_were_lost_or_read_wrongly_before_are_found(tmp_path):
    path = saved(tmp_path, "who,says\na,citt\ufffd\nb,cittÃ\xa0\nc,perchÃ©\n")
    _, found = read_lines(path, Form())
    assert [(one.row, one.severity, one.rule) for one in found] == [
        (2, "to decide", "encoding"),
        (3, "to decide", "encoding"),
    ]
    assert read_lines(saved(tmp_path, "who,says\na,Ça va â São Paulo À\n"), Form())[1] == []


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_tells_the_separator(tmp_path, separator):
    text = f"who{separator}mark\na{separator}3\n"
    assert read_lines(saved(tmp_path, text), Form())[0] == [(1, ["who", "mark"]), (2, ["a", "3"])]


def test_separators_inside_questions_do_not_mislead(tmp_path):
    text = "Nome;Quanto, da 1 a 5, si sente sicuro?;Altro, se c'è\na;3;4\nb;3;5\n"
    assert len(read_lines(saved(tmp_path, text), Form())[0][0][1]) == 3
    text = '"How sure, really; or not?","b"\n1,2\n'
    assert read_lines(saved(tmp_path, text), Form())[0][0][1] == ["How sure, really; or not?", "b"]


def test_a_separator_that_could_be_two_is_asked_for(tmp_path):
    path = saved(tmp_path, "a,b;c\n1,2;3\n")
    assert "separator" in refused(path).next_step
    assert read_lines(path, Form(separator=";"))[0] == [(1, ["a,b", "c"]), (2, ["1,2", "3"])]


def test_decimal_commas_are_no_separators(tmp_path):
    assert read_lines(saved(tmp_path, "a;b\n1,5;2,5\n"), Form())[0][1] == (2, ["1,5", "2,5"])


def test_the_line_for_excel_is_no_row(tmp_path):
    text = "sep=;\r\na;b, or c\r\n1;2\r\n"
    assert read_lines(saved(tmp_path, text), Form())[0] == [(1, ["a", "b, or c"]), (2, ["1", "2"])]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    text = 'who,says\r\n\r\na,"one\r\ntwo"\r\n,\r\nb,three\r\n'
    rows, _ = read_lines(saved(tmp_path, text), Form())
    assert [row for row, _ in rows] == [1, 3, 5]


def test_header_further_down(tmp_path):
    text = "Estratto del 31/03/2024\n\nmatricola;voto\n1;3\n"
    rows, _ = read_lines(saved(tmp_path, text), Form(header=3))
    assert rows == [(3, ["matricola", "voto"]), (4, ["1", "3"])]
    assert refused(saved(tmp_path, text), Form(header=2)).row == 2


def test_rows_that_do_not_fit_the_header_are_all_listed(tmp_path):
    path = saved(tmp_path, "a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")
    with pytest.raises(DataError) as error:
        read_lines(path, Form())
    assert [one.row for one in error.value.problems] == [2, 4]


def test_empty_columns_at_the_end_are_none(tmp_path):
    assert read_lines(saved(tmp_path, "a,b,,\n1,2,,\n"), Form())[0] == [(1, ["a", "b"]), (2, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old or an encrypted"),
        (b"%PDF-1.7", "PDF"),
        (b"\n <!DOCTYPE html><table>", "web page"),
        (b"a,b\n1,\x002\n", "NUL"),
        (b'a,b\n1,"2\n3,4\n', "cut off"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "too long"),
        (b"a," * 1_000_000 + b"b\n", str(COLUMNS)),
        (b"a,b\n" + b"1," * 1_000_000 + b"\n", str(COLUMNS)),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
    ],
)
def test_what_is_no_table_of_text_is_refused_with_a_sentence(tmp_path, content, says):
    assert says in refused(saved(tmp_path, content)).what


def test_a_header_of_a_million_columns_takes_little_memory(tmp_path):
    path = saved(tmp_path, b"a," * 1_000_000 + b"b\n")
    tracemalloc.start()
    refused(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000_000


def test_files_that_are_too_large_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("rmstudy.readers.files.text.contents.__defaults__", (10,))
    assert "too large" in refused(saved(tmp_path, "a,b\n1,2\n3,4\n")).what


def test_folders_and_files_that_are_not_there(tmp_path):
    assert "not a file" in refused(tmp_path).what
    assert "not there" in refused(tmp_path / "nothing.csv").what
    assert "not there" in refused(tmp_path / "a\x00b.csv").what


@pytest.mark.parametrize("name", ["two\nlines.csv", "\x1b[2Jhidden.csv", "a" * 200 + ".csv", "../export.csv"])
def test_names_of_files_cannot_write_into_messages(tmp_path, name):
    problem = refused(tmp_path / name)
    assert problem.file.isprintable() and len(problem.file) <= 100 and "/" not in problem.file


def test_random_and_cut_bytes_are_refused_or_read_but_never_crash(tmp_path):
    rng = random.Random(20240331)
    whole = ("\ufeff" + WORDS * 20).encode("utf-8")
    for number in range(400):
        content = whole[: rng.randrange(len(whole))] if number % 2 else rng.randbytes(rng.randrange(1, 400))
        for form in (Form(), Form(encoding="cp1252"), Form(encoding="utf-16"), Form(header=3, separator=";")):
            try:
                read_lines(saved(tmp_path, content), form)
            except DataError as error:
                assert all(one.next_step for one in error.problems)


def test_plain_tables(tmp_path):
    sheets, found = plain.read(saved(tmp_path, "id,mood\na1,3\n\na2,\n"), Form())
    assert sheets.rows == ((2, {"id": "a1", "mood": "3"}), (4, {"id": "a2"}))
    assert found == []


def test_a_name_twice_in_the_header_is_refused(tmp_path):
    with pytest.raises(DataError, match="more than once"):
        plain.read(saved(tmp_path, "id,mood,mood\na1,3,4\n"), Form())


def test_parquet_keeps_text_days_and_numbers(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import datetime as dt

    from pyarrow import parquet

    table = pa.table(
        {
            "id": ["007", "008"],
            "row": [1.0, None],
            "share": pa.array([0.1, 2.5], pa.float32()),
            "day": [dt.date(2024, 3, 31), None],
            "at": [dt.datetime(2024, 3, 31, 9, 12, 33), dt.datetime(2024, 4, 1)],
            "yes": [True, False],
        }
    )
    path = tmp_path / "answers.parquet"
    parquet.write_table(table, path)
    sheets, _ = plain.read(path, Form())
    assert sheets.rows[0] == (
        2,
        {
            "id": "007",
            "row": "1",
            "share": "0.1",
            "day": "2024-03-31",
            "at": "2024-03-31 09:12:33",
            "yes": "TRUE",
        },
    )
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 9):
        with pytest.raises(DataError, match="damaged"):
            plain.read(saved(tmp_path, whole[:cut], "cut.parquet"), Form())
    with pytest.raises(DataError, match="not a Parquet"):
        plain.read(saved(tmp_path, "a,b\n1,2\n", "text.parquet"), Form())


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (["id;a;b", "x1;1;2", "x2;3;4", "x3;2;2", "Totale;6;8"], 5),
        (["id;a;b", "x1;1;2", "x2;3;4", "x3;2;2", ";6;8"], 5),
        (["id;a;b", ";Clima;Stile", "x1;1;2", "x2;3;4"], 2),
        (["Estratto HR;;", "id;a;b", "x1;1;2"], 1),
        (["id;a;b", "x1;1;2", "x2;3;4", "x3;5;9", "", "Fonte: HR;;"], 6),
    ],
)
def test_sheets_to_be_looked_at_are_found_in_text_too(tmp_path, lines, row):
    path = saved(tmp_path, "\n".join(lines) + "\n")
    try:
        _, found = plain.read(path, Form())
    except DataError as error:
        found = list(error.problems)
    assert [(one.rule, one.severity, one.row) for one in found] == [("sheet_layout", "refused", row)]


def test_ids_that_are_written_for_spreadsheets(tmp_path):
    rows, found = read_lines(saved(tmp_path, 'id,mood\n="007",3\n"=""008""",4\n'), Form())
    assert [cells[0] for _, cells in rows[1:]] == ["007", "008"]
    assert found == []


def test_formulas_in_text_are_to_decide(tmp_path):
    _, found = read_lines(saved(tmp_path, 'id,unit\na,north\nb,"=HYPERLINK(1,2)"\n'), Form())
    assert [(one.row, one.severity) for one in found] == [(3, "to decide")]
