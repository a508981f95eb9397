"""Wide answers kept wide: a row a person and wave, a column an item, each cell the number of its text.

Answers of a million people are forty million cells and a handful of texts. What is wrong with answers shows in the
texts and in the keys, so both are looked at once; rows of one answer each are made only of the cells that a check
needs. Every table made here is a part of the whole long table in its order: whatever comes first there comes first
here, which is why the checks say the same of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.study.reading import ROW

Bools = npt.NDArray[np.bool_]
SHEET: Final = ["person_id", "wave_id", "rater_id"]


@dataclass(frozen=True, eq=False)
class Sheets:
    """Answers as a matrix of numbers that stand for texts.

    Parameters
    ----------
    keys : DataFrame
        person_id, wave_id, rater_id and row of each sheet.
    places : dict of str to (str, str or None)
        Columns with the instrument and item each stands for.
    codes : array of int
        A row a column and a column a sheet; -1 where nothing was answered.
    kinds : Series of str
        The text of each code.
    """

    keys: pd.DataFrame
    places: dict[str, tuple[str, str | None]]
    codes: npt.NDArray[Any]
    kinds: pd.Series[str]

    @cached_property
    def given(self) -> Bools:
        """Which cells are answered."""
        return np.asarray(self.codes >= 0)

    @cached_property
    def instruments(self) -> dict[str, list[int]]:
        """Columns of each instrument that was answered, in the order of the long table."""
        found: dict[str, list[int]] = {}
        for column, (name, _) in enumerate(self.places.values()):
            if self.given[column].any():
                found.setdefault(name, []).append(column)
        return found

    def long(self, cells: Bools | None = None) -> pd.DataFrame:
        """One row an answer, of all cells or some."""
        column, sheet = np.nonzero(self.given if cells is None else cells & self.given)
        names = pd.Series(list(self.places), dtype="str")
        instruments = pd.Series([name for name, _ in self.places.values()], dtype="str")
        items = pd.Series([item for _, item in self.places.values()], dtype="str")
        long = self.keys.take(sheet).reset_index(drop=True)
        long["column"] = names.take(column).to_numpy()
        long["value"] = self.kinds.take(self.codes[column, sheet]).array
        long["instrument_id"] = instruments.take(column).array
        long["item_id"] = items.take(column).array
        return long

    @cached_property
    def first_cells(self) -> Bools:
        """The first answer to each column: it keeps columns and instruments in their order."""
        cells = np.zeros(self.codes.shape, dtype=np.bool_)
        for column in np.flatnonzero(self.given.any(axis=1)):
            cells[column, self.given[column].argmax()] = True
        return cells

    def of_sheets(self, chosen: Bools) -> pd.DataFrame:
        """All answers of some sheets, and the first to each column."""
        return self.long(self.first_cells | chosen)

    def firsts(self, chosen: Bools) -> pd.DataFrame:
        """The first answer of each sheet to each instrument and to each column, and all of some sheets.

        Enough for whatever asks who answered which instrument in which wave, and where that stands first.
        """
        cells = self.first_cells | chosen
        for columns in self.instruments.values():
            given = self.given[columns]
            first = given.argmax(axis=0)
            answered = np.flatnonzero(given[first, np.arange(given.shape[1])])
            cells[np.asarray(columns)[first[answered]], answered] = True
        return self.long(cells)

    @cached_property
    def numbers_of_keys(self) -> tuple[dict[str, pd.Index], dict[str, npt.NDArray[np.intp]]]:
        """Each key's values in order, and for each sheet the position of its own."""
        levels, codes = {}, {}
        for key in SHEET:
            number, values = pd.factorize(self.keys[key].fillna("") if key == "rater_id" else self.keys[key])
            order = pd.Index(values).argsort()
            place = np.empty(len(order) + 1, dtype=np.intp)
            place[order] = np.arange(len(order))
            place[-1] = -1
            levels[key], codes[key] = pd.Index(values).take(order), place[number]
        return levels, codes

    @cached_property
    def sheet_numbers(self) -> npt.NDArray[np.int64]:
        """One number for each person, wave and rater, in their order."""
        levels, codes = self.numbers_of_keys
        number = np.zeros(len(self.keys), dtype=np.int64)
        for key in SHEET:  # a missing key counts as one more
            number = number * (len(levels[key]) + 1) + (codes[key] + 1)
        return number

    @cached_property
    def repeated(self) -> Bools:
        """Sheets of a person, wave and rater who have several."""
        number = self.sheet_numbers
        order = np.sort(number)
        again = order[1:][order[1:] == order[:-1]]
        return np.isin(number, again) if len(again) else np.zeros(len(number), dtype=np.bool_)

    def item_sheet(self, name: str, values: npt.NDArray[np.float64]) -> pd.DataFrame:
        """Answers to an instrument as numbers: as `rmstudy.study.scoring.item_sheet`, from no long table.

        Parameters
        ----------
        name : str
            The instrument; nobody has several sheets.
        values : array of float
            The number of each kind, for each of the instrument's columns.
        """
        columns = self.instruments[name]
        items = [list(self.places.values())[column][1] or "score" for column in columns]
        answered = np.flatnonzero(self.given[columns].any(axis=0))
        answered = answered[np.argsort(self.sheet_numbers[answered], kind="stable")]
        data = np.empty((len(columns), len(answered)))
        in_order = np.argsort(items)
        for position, k in enumerate(in_order):
            data[position] = np.append(values[k], np.nan)[self.codes[columns[k]][answered]]
        levels, codes = self.numbers_of_keys
        index = pd.MultiIndex(
            [levels[key] for key in SHEET],
            [codes[key][answered] for key in SHEET],
            names=SHEET,
            verify_integrity=False,
        )
        names = pd.Index([items[k] for k in in_order], name="item_id", dtype="str")
        return pd.DataFrame(data.T, index=index, columns=names, copy=False)


def sheets_of(responses: pd.DataFrame, places: dict[str, tuple[str, str | None]]) -> Sheets:
    """Take the columns of items apart into numbers and texts.

    Parameters
    ----------
    responses : DataFrame
        Text cells with their ``row``, a column an item.
    places : dict of str to (str, str or None)
        The columns that hold answers, with the instrument and item each stands for.
    """
    if "rater_id" not in responses.columns:
        responses = responses.assign(rater_id=pd.NA)
    taken = [pd.factorize(responses[column]) for column in places]
    texts = [
        pd.Series(values, dtype=responses[column].dtype)
        for column, (_, values) in zip(places, taken, strict=True)
    ]
    kinds = pd.concat(texts).drop_duplicates().reset_index(drop=True) if texts else pd.Series(dtype="str")
    smallest = np.min_scalar_type(-max(len(kinds), 1) - 1)
    codes = np.empty((len(places), len(responses)), dtype=smallest)
    whole = pd.Index(kinds)
    for position, ((number, _), text) in enumerate(zip(taken, texts, strict=True)):
        codes[position] = np.append(whole.get_indexer(pd.Index(text)), -1)[number]
    return Sheets(responses[[*SHEET, ROW]].reset_index(drop=True), places, codes, kinds)
