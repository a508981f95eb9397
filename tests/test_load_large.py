"""Wide answers as sheets say and score what the long table says and scores; large files are read as small ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import clean_study
import numpy as np
import pandas as pd
import pytest
from clean_study import Clean

import rmstudy as rm
from rmstudy.errors import DataError, Problem
from rmstudy.study import load, reading
from rmstudy.study.keys import among, looked_up

Spoiler = Callable[[pd.DataFrame, np.random.Generator, list[str]], pd.DataFrame]


def loaded(folder: Path) -> tuple[list[Problem], pd.DataFrame | None, pd.DataFrame | None]:
    """Everything that loading says and gives."""
    try:
        study = rm.load_study(folder)
    except DataError as error:
        return list(error.problems), None, None
    return list(study.findings), study.scores, study.answers


def same_both_ways(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Load as sheets and as a long table, and hold the two against each other."""
    found, scores, answers = loaded(folder)
    with monkeypatch.context() as patched:
        patched.setattr(load, "is_wide", lambda _: False)
        found_long, scores_long, answers_long = loaded(folder)
    assert found == found_long
    if scores is not None:
        pd.testing.assert_frame_equal(scores, scores_long, rtol=1e-14)
        pd.testing.assert_frame_equal(answers, answers_long)
    return found


def cell(rows: pd.DataFrame, rng: np.random.Generator, items: list[str]) -> tuple[int, str]:
    column = str(rng.choice(items))
    return int(rng.choice(rows.index[rows[column].notna()])), column


def put(*values: str) -> Spoiler:
    def spoiled(rows, rng, items):
        for value in values:
            rows.loc[cell(rows, rng, items)] = value
        return rows

    return spoiled


def again(rows, rng, items):
    return pd.concat([rows, rows.sample(3, random_state=5)], ignore_index=True)


def split_in_two(rows, rng, items):
    first, second = rows.copy(), rows.copy()
    first[items[:3]] = np.nan
    second[items[3:]] = np.nan
    return pd.concat([first, second], ignore_index=True)


def level(rows, rng, items):
    some = rows.index[rng.permutation(len(rows))[:3]]
    for name in items:
        rows.loc[some, name] = rows.loc[some, name].where(rows.loc[some, name].isna(), "2")
    return rows


def strangers(rows, rng, items):
    rows.loc[rng.permutation(len(rows))[:4], "person_id"] = ["nobody", "prova", "x-77", "test1"]
    return rows


def other_waves(rows, rng, items):
    rows.loc[rng.permutation(len(rows))[:2], "wave_id"] = ["prae", None]
    return rows


def rated(rows, rng, items):
    rows["rater_id"] = pd.Series([None] * len(rows), dtype=object)
    rows.loc[3, "rater_id"], rows.loc[5, "rater_id"] = rows.loc[3, "person_id"], rows.loc[9, "person_id"]
    return rows


def one_wave_shorter(rows, rng, items):
    skill = [item for item in items if item.startswith("k")]
    for item in skill:
        rows.loc[rows["wave_id"] == "post", item] = rows.loc[rows["wave_id"] == "post", item].where(
            lambda x: x.isna() | (x.astype(float) <= 5), "5"
        )
    return rows


SPOILERS: dict[str, Spoiler] = {
    "nothing": lambda rows, rng, items: rows,
    "codes and commas": put("99", "n.d.", "3,5", "twelve", " 4 "),
    "outside": put("9", "0", "-1"),
    "labels": put("Never", "Sempre"),
    "free text": put("My mentor was late. Ask her!", "I do not know at all what this is about"),
    "figures written otherwise": put("4.0", "04", "+3"),
    "answered again": again,
    "two rows a sheet": split_in_two,
    "the same everywhere": level,
    "strangers": strangers,
    "other waves": other_waves,
    "raters": rated,
    "another range": one_wave_shorter,
    "a column nobody answered": lambda rows, rng, items: rows.assign(**{items[1]: np.nan}),
    "a column of nothing": lambda rows, rng, items: rows.assign(shoe_size="41"),
    "quick": lambda rows, rng, items: rows.assign(seconds=rng.choice(["7", "400"], len(rows))),
}


def spoiled(study: Clean, spoiler: Spoiler, seed: int) -> Clean:
    rows = study.tables["responses"].astype(object).reset_index(drop=True)
    items = [
        c for c in rows.columns if c not in ("person_id", "wave_id", "rater_id", "seconds", "answered_at")
    ]
    study.tables["responses"] = spoiler(rows, np.random.default_rng(seed), items)
    return study


@pytest.mark.parametrize("name", SPOILERS)
def test_sheets_say_what_the_long_table_says(name, tmp_path, monkeypatch):
    study = spoiled(clean_study.clean(1, wide=True), SPOILERS[name], 1)
    same_both_ways(study.write(tmp_path / "study"), monkeypatch)


def test_what_is_wrong_is_found_at_its_place_in_sheets(tmp_path, monkeypatch):
    study = clean_study.clean(2, wide=True)
    row, column = study.cells("skill")[7]
    study.tables["responses"].loc[row, column] = "9"
    (found,) = same_both_ways(study.write(tmp_path / "study"), monkeypatch)
    assert (found.row, found.column, found.value, found.rule) == (row + 2, column, "9", "out_of_range")


CSV = {
    "plain": "person_id,q1,q2\na,1,2\nb,,3\n",
    "spaces and empty rows": "person_id,q1,q2\n a ,1 ,\n,,\nb,3,4\n,,\n",
    "semicolons and line ends of Windows": "\ufeffperson_id;q1;q2\r\nà;1;2\r\nb;;\r\n",
    "quotes": 'person_id,q1,q2\n"a,b",1,2\n"c\nd",3,4\n',
    "quotes in the header": '"person_id","q1","q2"\na,1,2\n',
    "a short row": "person_id,q1,q2\na,1,2\nb,3\n",
    "a long row": "person_id,q1,q2\na,1,2\nb,3,4,5\n",
    "a blank line": "person_id,q1,q2\na,1,2\n\nb,3,4\n",
    "words that others take for nothing": "person_id,q1,q2\nNA,None,nan\nb,NULL,-\n",
    "no line end": "person_id,q1,q2\na,1,2",
    "only a header": "person_id,q1,q2\n",
    "a name twice": "person_id,q1,q1\na,1,2\n",
}


@pytest.mark.parametrize("name", CSV)
def test_a_large_file_is_read_as_a_small_one(name, tmp_path, monkeypatch):
    file = tmp_path / "responses.csv"
    file.write_bytes(CSV[name].encode("utf-8"))

    def read() -> object:
        try:
            return reading.read_table(file)
        except DataError as error:
            return error.problems

    small = read()
    monkeypatch.setattr(reading, "LARGE", 0)
    large = read()
    if isinstance(small, pd.DataFrame):
        pd.testing.assert_frame_equal(small, large)
    else:
        assert small == large


def test_text_that_is_not_utf8_is_refused_in_a_large_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 0)
    (tmp_path / "pairs.csv").write_bytes("pair_id,mentor_id\np1,perché\n".encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8"):
        reading.read_table(tmp_path / "pairs.csv")


def test_keys_are_looked_up_as_pandas_does():
    keys = pd.Series(["b", None, "a", "z", "a"], dtype="str", index=[3, 1, 4, 8, 9])
    values = pd.Series({"a": "x", "b": "y", "c": None}, dtype="str")
    pd.testing.assert_series_equal(looked_up(keys, values), keys.map(values))
    assert among(keys, values.index).tolist() == keys.isin(values.index).tolist()
    assert not among(keys, values.index[:0]).any()
