"""Workbooks: what the sheet shows is what is read; whatever makes it no plain table is found with its row."""

import datetime as dt
import io
import random
import re
import zipfile

import pytest

from rmstudy.errors import DataError
from rmstudy.readers import excel, read_answers
from rmstudy.readers.files.workbook import open_rows
from rmstudy.readers.mapping import Form, parse_mapping

openpyxl = pytest.importorskip("openpyxl")

PLAIN = [["matricola", "nome", "voto"], ["00123", "x", 3], ["00124", "y", 4], ["00125", "z", 2]]


def book(tmp_path, rows=None, change=None, name="staff.xlsx"):
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows or PLAIN:
        sheet.append(row)
    if change:
        change(made, sheet)
    made.save(tmp_path / name)
    return tmp_path / name


def with_part(path, part, edit):
    """The same workbook with one of its parts written anew."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = edit(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def refused(path, form=None):
    with pytest.raises(DataError) as error:
        open_rows(path, form or Form())
    assert all(one.file and one.next_step for one in error.value.problems)
    return error.value.problems[0]


def layout(path, form=None):
    _, found = open_rows(path, form or Form())
    return [(one.row, one.what) for one in found if one.severity == "refused"]


def test_values_as_the_sheet_shows_them(tmp_path):
    row = [
        "00123",
        dt.datetime(2024, 3, 31),
        dt.datetime(2024, 3, 31, 9, 12, 33),
        3.0,
        0.1 + 0.2,
        12.5,
        True,
        dt.time(9, 5),
        77,
        " spaced ",
        None,
    ]
    path = book(
        tmp_path,
        [list("abcdefghijk"), row],
        lambda _, sheet: setattr(sheet["I2"], "number_format", "00000"),
    )
    rows, found = open_rows(path, Form())
    assert rows[1] == (
        2,
        [
            "00123",
            "2024-03-31",
            "2024-03-31 09:12:33",
            "3",
            "0.3",
            "12.5",
            "TRUE",
            "09:05:00",
            "00077",
            "spaced",
            "",
        ],
    )
    assert found == []


def test_workbooks_that_count_from_1904(tmp_path):
    def mac(made, sheet):
        made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    path = book(tmp_path, [["day"], [dt.datetime(2024, 3, 31)]], mac)
    assert open_rows(path, Form())[0][1] == (2, ["2024-03-31"])


def test_rows_keep_their_numbers(tmp_path):
    path = book(tmp_path, [["a", "b"], [1, 2], [None, None], [3, 4]])
    assert [row for row, _ in open_rows(path, Form())[0]] == [1, 2, 4]


def test_several_sheets_are_asked_for_by_name(tmp_path):
    def second(made, sheet):
        made.create_sheet("Altri")["A1"] = "x"
        made.create_sheet("Vuoto")

    path = book(tmp_path, change=second)
    problem = refused(path)
    assert "'Sheet'" in problem.what and "'Altri'" in problem.what and "Vuoto" not in problem.what
    assert open_rows(path, Form(sheet="Altri"))[0] == [(1, ["x"])]
    assert "Altri" in refused(path, Form(sheet="Altr1")).next_step


def test_hidden_things_are_read_and_said(tmp_path):
    def hide(made, sheet):
        made.create_sheet("Secret")["A1"] = "x"
        made["Secret"].sheet_state = "hidden"
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True

    rows, found = open_rows(book(tmp_path, change=hide), Form())
    assert len(rows) == 4
    assert sorted(one.what.partition(",")[0] for one in found) == [
        "columns that are hidden",
        "hidden sheets in the workbook: 1",
        "rows that are hidden or filtered out",
    ]
    assert {one.severity for one in found} == {"to know"}


def test_merged_cells_are_found_with_their_row(tmp_path):
    path = book(tmp_path, change=lambda _, sheet: sheet.merge_cells("B3:B4"))
    assert layout(path) == [(3, "merged cells: B3 to B4")]


def test_two_header_rows_until_the_mapping_says_which(tmp_path):
    rows = [
        ["matricola", "Clima", None, "Stile"],
        [None, "c1", "c2", "s1"],
        ["a1", 3, 4, 2],
        ["a2", 2, 1, 5],
        ["a3", 1, 1, 4],
    ]

    def merge(_, sheet):
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")

    path = book(tmp_path, rows, merge)
    assert any("second header" in what for _, what in layout(path))
    found = open_rows(path, Form(header=2))
    assert found[0][0] == (2, ["matricola", "c1", "c2", "s1"])
    assert [one for one in found[1] if one.severity == "refused"] == []


def test_a_title_above_the_header(tmp_path):
    path = book(tmp_path, [["Estratto HR"], [], *PLAIN])
    (row, _), *_ = layout(path)
    assert row == 1
    assert "header: 3" in open_rows(path, Form())[1][0].next_step
    assert open_rows(path, Form(header=3))[0][0] == (3, PLAIN[0])
    assert layout(path, Form(header=3)) == []


@pytest.mark.parametrize("last", [["Totale", None, 9], [None, None, 9], ["Total:", "", 9]])
def test_a_row_of_totals(tmp_path, last):
    assert layout(book(tmp_path, [*PLAIN, last])) == [(5, "a row of totals")]


def test_a_plain_sheet_has_nothing_to_say(tmp_path):
    assert open_rows(book(tmp_path), Form())[1] == []


def test_formulas_only_with_their_value(tmp_path):
    path = book(tmp_path, [["a", "b"], [1, "=A2*2"], [2, "=A3*2"]])
    _, found = open_rows(path, Form())
    assert [(one.row, one.column, one.severity) for one in found] == [
        (2, "B", "refused"),
        (3, "B", "refused"),
    ]
    calculated = with_part(
        path, "xl/worksheets/sheet1.xml", lambda part: re.sub(rb"<v ?/>|<v></v>", b"<v>8</v>", part)
    )
    rows, found = open_rows(calculated, Form())
    assert rows[1] == (2, ["1", "8"])
    assert [one.severity for one in found] == ["to know"]


def test_error_cells(tmp_path):
    path = book(tmp_path, [["a", "b"], [1, "#N/A"], ["#REF!", 2]])
    _, found = open_rows(path, Form())
    assert [(one.row, one.column, one.value) for one in found] == [(2, "B", "#N/A"), (3, "A", "#REF!")]


def test_other_files_that_are_called_workbooks(tmp_path):
    def saved(content, name="staff.xlsx"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    assert "(.xls)" in refused(saved(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))).what
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    assert "encrypted" in refused(saved(locked)).what
    assert "not a workbook" in refused(saved(b"a,b\n1,2\n")).what
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "OpenDocument" in refused(saved(stream.getvalue())).what


def test_archives_that_would_fill_the_memory_are_not_opened(tmp_path):
    path = book(tmp_path)
    with_part(path, "xl/media/big.bin", lambda _: bytes(250_000_000))
    assert path.stat().st_size < 1_000_000
    assert "would unpack to" in refused(path).what


def test_archives_with_too_many_parts(tmp_path):
    path = book(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(6_000):
            archive.writestr(f"xl/media/{number}", b"")
    assert "too many parts" in refused(path).what


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_never_expanded(tmp_path, part):
    path = book(tmp_path)

    def bomb(content):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
        head = b"<?xml version='1.0'?><!DOCTYPE x [" + laughs.encode() + b"]>"
        return head + re.sub(rb"<\?xml.*?\?>", b"", content)

    assert "entities" in refused(with_part(path, part, bomb)).what


def test_parts_that_point_outside(tmp_path):
    assert "outside" in refused(with_part(book(tmp_path), "../../evil.txt", lambda _: b"x")).what


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda part: part.replace(b'r="4"', b'r="999999999"'), "beyond the last row"),
        (lambda part: part.replace(b'r="A4"', b'r="ZZZZZ4"'), "columns"),
        (lambda part: part[: len(part) // 2], "damaged"),
        (lambda part: b"", "damaged"),
    ],
)
def test_sheets_larger_than_a_spreadsheet_and_broken_ones(tmp_path, edit, says):
    assert says in refused(with_part(book(tmp_path), "xl/worksheets/sheet1.xml", edit)).what


def test_cut_and_changed_bytes_never_crash(tmp_path):
    rng = random.Random(20240331)
    whole = book(tmp_path).read_bytes()
    path = tmp_path / "broken.xlsx"
    for number in range(120):
        content = bytearray(whole)
        if number % 2:
            content = content[: rng.randrange(4, len(whole))]
        else:
            for _ in range(6):
                content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(bytes(content))
        try:
            open_rows(path, Form())
        except DataError as error:
            assert all(one.file == "broken.xlsx" and one.next_step for one in error.problems)


def test_changed_parts_inside_a_sound_archive_never_crash(tmp_path):
    rng = random.Random(31)
    for number in range(60):
        path = book(tmp_path)
        part = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"][
            number % 4
        ]

        def spoil(content):
            changed = bytearray(content)
            for _ in range(3):
                place = rng.randrange(len(changed) or 1)
                changed[place : place + rng.randrange(6)] = rng.randbytes(rng.randrange(4))
            return bytes(changed)

        try:
            open_rows(with_part(path, part, spoil), Form())
        except DataError as error:
            assert all(one.next_step for one in error.problems)


def test_a_staff_extract_says_what_it_lost(tmp_path):
    rows = [
        ["Matricola", "Data assunzione", "Sede"],
        [123, 45382, "Roma"],
        [4567, 45383, "Roma"],
        [123, 45600, "Milano"],
    ]
    _, found = excel.read(book(tmp_path, rows), Form())
    said = {one.column + " " + one.what.partition(":")[0]: one for one in found}
    assert "digits: 4" in said["Matricola ids of 3 to 4 digits"].next_step
    assert said["Matricola several rows of one id, as spells of employment have them"].severity == "to know"
    days = said["Data assunzione numbers in a column of days"]
    assert "2024-03-31" in days.what and "2028-04-01" in days.what
    assert (days.severity, days.row) == ("to decide", 2)


def test_ids_with_their_zeros_and_days_as_days_are_silent(tmp_path):
    rows = [
        ["Matricola", "Data assunzione"],
        ["0123", dt.datetime(2024, 3, 31)],
        ["4567", dt.datetime(2024, 4, 1)],
    ]
    assert excel.read(book(tmp_path, rows), Form())[1] == []


def test_a_text_file_that_is_called_a_workbook(tmp_path):
    path = tmp_path / "estratto.xls"
    path.write_bytes("Matricola;Retribuzione;Sede\n0012;1.234,50;Forlì\n0013;#RIF!;Roma\n".encode("cp1252"))
    with pytest.raises(DataError, match="cp1252"):
        excel.read(path, Form())
    sheets, found = excel.read(path, Form(encoding="cp1252"))
    assert sheets.rows[0] == (2, {"Matricola": "0012", "Retribuzione": "1.234,50", "Sede": "Forlì"})
    assert [(one.severity, one.row, one.column) for one in found] == [
        ("refused", 3, "Retribuzione"),
        ("to know", None, ""),
    ]


def test_rows_that_the_mapping_leaves_out_stop_nothing(tmp_path):
    rows = [["id", "c1", "c2", "c3"], ["s0", 3, 4, 5], ["s1", 1, 2, 3], ["s2", 2, 2, 2], ["Totale", 6, 8, 10]]
    path = book(tmp_path, rows)
    columns = {"id": "person"} | {name: f"responses.confidence.{name}" for name in ("c1", "c2", "c3")}

    def imported(**said):
        content = {
            "format": 1,
            "questionnaires": {"pre": {"wave": "pre"}},
            "sources": {"excel": {"pre": {"columns": columns} | said}},
        }
        return read_answers(path, parse_mapping(content), source="excel")

    with pytest.raises(DataError) as error:
        imported()
    (one,) = [one for one in error.value.problems if one.severity == "refused"]
    assert (one.row, one.rule) == (5, "sheet_layout")
    out = imported(leave_out=[{"column": "id", "values": ["totale"], "because": "a total"}])
    assert sorted(out.responses["person_id"].unique()) == ["s0", "s1", "s2"]
    assert [one.rule for one in out.decisions] == ["test_rows"]


def test_per_cent_signs_are_said(tmp_path):
    path = book(
        tmp_path,
        [["id", "share"], ["a", 0.125]],
        lambda _, sheet: setattr(sheet["B2"], "number_format", "0.0%"),
    )
    rows, found = open_rows(path, Form())
    assert rows[1] == (2, ["a", "0.125"])
    assert [(one.column, one.rule, one.severity) for one in found] == [("B", "decimal_comma", "to know")]


def test_ids_that_became_large_numbers(tmp_path):
    _, found = excel.read(
        book(tmp_path, [["Badge", "x"], [12345678901234567890, 1], ["1,23457E+12", 2]]), Form()
    )
    assert [one.severity for one in found] == ["to decide"]
