"""Files of SPSS: codes as values, declared missing codes as no answers, labels that drift between waves."""

import datetime as dt
import random

import pytest

from rmstudy.errors import DataError
from rmstudy.readers import read_answers, spss
from rmstudy.readers.mapping import Form, parse_mapping

pd = pytest.importorskip("pandas")
pyreadstat = pytest.importorskip("pyreadstat")

LABELS = {1: "Per nulla d'accordo", 5: "Del tutto d'accordo"}


def saved(path, frame, **about):
    pyreadstat.write_sav(pd.DataFrame(frame), str(path), **about)
    return path


@pytest.fixture
def wave(tmp_path):
    frame = {
        "id": ["a1", "è2", "c3", "d4"],
        "q1": [1.0, 9.0, 5.0, None],
        "q2": [1.5, 98.0, 97.0, 3.0],
        "answered": [dt.date(2024, 3, 31), None, dt.date(2024, 4, 1), None],
        "at": [dt.datetime(2024, 3, 31, 9, 12, 33)] * 4,
        "word": ["x", "", "n.d.", "y"],
    }
    return saved(
        tmp_path / "wave1.sav",
        frame,
        column_labels={"q1": "Mi sento sicuro"},
        variable_value_labels={"q1": LABELS | {9: "Non risponde"}},
        missing_ranges={"q1": [9], "q2": [{"lo": 97, "hi": 99}], "word": ["n.d."]},
    )


def test_codes_days_and_text(wave):
    sheets, _ = spss.read(wave, Form())
    assert sheets.rows == (
        (
            1,
            {
                "id": "a1",
                "q1": "1",
                "q2": "1.5",
                "answered": "2024-03-31",
                "at": "2024-03-31 09:12:33",
                "word": "x",
            },
        ),
        (2, {"id": "è2", "at": "2024-03-31 09:12:33"}),
        (3, {"id": "c3", "q1": "5", "answered": "2024-04-01", "at": "2024-03-31 09:12:33"}),
        (4, {"id": "d4", "q2": "3", "at": "2024-03-31 09:12:33", "word": "y"}),
    )
    assert sheets.words["q1"] == "Mi sento sicuro"


def test_declared_missing_codes_are_counted_by_code(wave):
    _, found = spss.read(wave, Form())
    missing = {one.column: one.what.partition(": ")[2] for one in found if one.rule == "missing_code"}
    assert missing == {
        "q1": "'9' (1 times)",
        "q2": "'97' (1 times), '98' (1 times)",
        "word": "'n.d.' (1 times)",
    }
    assert {one.severity for one in found} == {"to know"}


def test_labels_are_said_but_never_names(tmp_path):
    labels = {"q1": LABELS, "mentor": {1: "Maria Rossi", 2: "john@example.org"}}
    path = saved(tmp_path / "w.sav", {"q1": [1.0], "mentor": [1.0]}, variable_value_labels=labels)
    sheets, found = spss.read(path, Form())
    text = "\n".join(map(str, found))
    assert '1 = "Per nulla d\'accordo"' in text
    assert "Rossi" not in text and "john" not in text
    assert sheets.rows == ((1, {"q1": "1", "mentor": "1"}),)


def test_compressed_files(tmp_path):
    path = saved(tmp_path / "w.zsav", {"q1": [1.0, 2.0]}, compress=True)
    assert [cells["q1"] for _, cells in spss.read(path, Form())[0].rows] == ["1", "2"]


def test_labels_that_drift_between_waves(tmp_path, wave):
    turned = {1: "Del tutto d'accordo", 5: "PER NULLA D’ACCORDO", 9: "non risponde"}
    other = saved(tmp_path / "wave2.sav", {"id": ["a1"], "q1": [1.0]}, variable_value_labels={"q1": turned})
    first, then = (spss.read(path, Form())[0] for path in (wave, other))
    (one,) = [one for one in spss.drift([first, then]) if one.column == "q1"]
    assert (one.file, one.severity) == ("wave2.sav", "to decide")
    assert one.what.endswith("for the codes 1, 5")
    assert spss.drift([first, first]) == []


def test_another_range_in_another_wave(tmp_path):
    five = saved(tmp_path / "a.sav", {"q": [1.0]}, variable_value_labels={"q": {1: "low", 5: "high"}})
    seven = saved(tmp_path / "b.sav", {"q": [1.0]}, variable_value_labels={"q": {1: "low", 7: "high"}})
    (one,) = spss.drift([spss.read(five, Form())[0], spss.read(seven, Form())[0]])
    assert (one.rule, one.severity) == ("range_change", "to decide")


def test_text_that_was_cut_at_its_width(tmp_path):
    cut = saved(tmp_path / "a.sav", {"id": ["person-0", "person-1"]})
    whole = saved(tmp_path / "b.sav", {"id": ["person-01", "person-12"]})
    (one,) = spss.drift([spss.read(cut, Form())[0], spss.read(whole, Form())[0]])
    assert one.file == "a.sav" and "8 characters" in one.what


def test_an_import_compares_its_files(tmp_path, wave):
    other = saved(
        tmp_path / "wave2.sav", {"id": ["z9"], "q1": [1.0]}, variable_value_labels={"q1": {1: "Sempre"}}
    )
    columns = {"id": "person", "q1": "responses.confidence.c1"}
    columns |= dict.fromkeys(["q2", "answered", "at", "word"], "ignore")
    mapping = parse_mapping(
        {
            "format": 1,
            "questionnaires": {"pre": {"wave": "pre"}},
            "sources": {"spss": {"pre": {"columns": columns}}},
        }
    )
    # the second file lacks the columns that are passed over: that is refused, and the drift is said with it
    with pytest.raises(DataError) as error:
        read_answers([wave, other], mapping, source="spss")
    assert any("other labels" in one.what for one in error.value.problems)
    found = read_answers(wave, mapping, source="spss")
    assert list(found.responses["value"]) == ["1", "5"]


def test_other_and_damaged_files_are_refused_with_a_sentence(tmp_path, wave):
    whole = wave.read_bytes()
    for name, content, says in [
        ("text.sav", b"id,q1\n1,2\n", "not a file of SPSS"),
        ("short.sav", whole[:4], "damaged"),
        ("cut.sav", whole[: len(whole) // 2], "damaged"),
        ("head.sav", b"$FL2" + bytes(range(256)) * 8, "damaged"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=says) as error:
            spss.read(tmp_path / name, Form())
        assert error.value.problems[0].next_step


def test_changed_bytes_never_end_the_program(tmp_path, wave):
    rng = random.Random(4)
    whole = wave.read_bytes()
    for number in range(12):
        content = bytearray(whole)
        for _ in range(8):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path = tmp_path / f"changed{number}.sav"
        path.write_bytes(bytes(content))
        try:
            spss.read(path, Form())
        except DataError as error:
            assert all(one.file == path.name and one.next_step for one in error.problems)


def test_a_crash_of_the_reading_process_is_a_sentence(tmp_path, wave, monkeypatch):
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(spss.sav, "__file__", str(crash))
    with pytest.raises(DataError, match="damaged"):
        spss.read(wave, Form())
