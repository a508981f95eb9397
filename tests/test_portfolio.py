"""Many programmes: as each would be judged alone, pooled as the methods do, and nobody shown who should not be."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError, DesignError
from rmstudy.methods.comparison import adjusted_difference
from rmstudy.methods.synthesis import random_effects, shrunken_effects
from rmstudy.plots import alt_text, close, side_by_side
from rmstudy.portfolio import Portfolio, portfolio_of_people, portfolio_of_studies
from rmstudy.report.portfolio import portfolio_page

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "sample"
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high"]


def people(programmes: int = 12, each: int = 40, seed: int = 0) -> pd.DataFrame:
    """Programmes with two arms, of two kinds."""
    draw = np.random.default_rng(seed)
    of = np.repeat(np.arange(programmes), each)
    treated = np.tile(np.arange(each) % 2 == 0, programmes)
    pre = draw.normal(50, 10, len(of))
    post = 20 + 0.6 * pre + draw.normal(4, 3, programmes)[of] * treated + draw.normal(0, 6, len(of))
    return pd.DataFrame(
        {"study": [f"edition {i:02d}" for i in of], "arm": np.where(treated, "programme", "waiting"), "pre": pre,
         "post": post, "kind": np.where(of % 2, "open", "closed"), "target": 2.0 + of % 3}
    )  # fmt: skip


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Two samples and a folder that cannot be used, judged."""
    folder = tmp_path_factory.mktemp("many")
    for name in ("digital-skills", "eight-pairs", "no-comparison"):
        shutil.copytree(SAMPLES / name, folder / name)
    (folder / "eight-pairs" / "participants.csv").write_text("nothing\n1\n", encoding="utf-8")
    return portfolio_of_studies(folder)


def test_each_programme_is_judged_as_if_alone(studies):
    for name in ("digital-skills", "no-comparison"):
        alone = rm.evaluate(rm.load_sample(name))
        rows = studies.judged[studies.judged["programme"] == name]
        assert rows["criterion"].tolist() == [one.criterion.id for one in alone.criteria]
        assert rows["verdict"].tolist() == [one.verdict for one in alone.criteria]
        assert rows["merit"].tolist() == [one.merit for one in alone.criteria]
        for row, one in zip(rows.itertuples(), alone.criteria, strict=True):
            if one.result:
                assert row.estimate == one.direction * one.result.headline.estimate


def test_a_folder_that_cannot_be_used_is_a_row_with_its_reason(studies):
    (row,) = studies.judged[studies.judged["programme"] == "eight-pairs"].to_dict("records")
    assert row["verdict"] == "not_enough_data"
    assert "participants.csv" in row["reason"]
    assert "eight-pairs" in portfolio_page(studies)
    assert "" not in studies.verdicts.index.get_level_values("outcome")


def test_no_study_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no study folder"):
        portfolio_of_studies(tmp_path)


def test_people_are_compared_as_one_by_one():
    data = people()
    found = portfolio_of_people(data, threshold="target").judged
    assert found["programme"].tolist() == sorted(data["study"].unique())
    for row in found.to_dict("records"):
        alone = adjusted_difference(data[data["study"] == row["programme"]]).headline
        for name in NUMBERS:
            assert row[name] == pytest.approx(getattr(alone, name), rel=1e-10), name
        assert (row["verdict"] == "met") == (row["conf_low"] >= row["threshold"])


def test_effects_are_pooled_by_the_methods():
    found = portfolio_of_people(people(), features=["kind"])
    (outcome,) = found.outcomes
    rows = found.judged.set_index("programme")
    assert found.pooled[outcome].headline == random_effects(rows.assign(outcome="post")).headline
    drawn = shrunken_effects(rows)
    table = found.side_by_side.set_index("programme")
    assert table["estimate"].tolist() == drawn["estimate"].tolist()
    assert set(table["position"]) <= {"above", "below", "not told apart"}
    assert table.index.is_monotonic_increasing
    assert [e.term for e in found.by_feature[outcome, "kind"].estimates[1:]] == ["closed", "open"]


def test_the_order_of_the_people_changes_nothing_but_the_rows():
    data = people()
    one = portfolio_of_people(data).judged.set_index("programme")
    other = portfolio_of_people(data.sample(frac=1, random_state=1)).judged.set_index("programme")
    pd.testing.assert_frame_equal(one, other.loc[one.index], rtol=1e-10)


def test_a_programme_that_cannot_be_judged_is_a_row_with_its_reason():
    data = people()
    data.loc[(data["study"] == "edition 03") & (data.groupby("study").cumcount() > 4), "post"] = np.nan
    data.loc[data["study"] == "edition 05", "arm"] = "programme"
    found = portfolio_of_people(data)
    lost = found.judged.set_index("programme").loc[["edition 03", "edition 05"]]
    assert lost["verdict"].tolist() == ["not_enough_data"] * 2
    assert lost[["estimate", "conf_low"]].isna().all(axis=None)
    assert lost["reason"].notna().all()
    assert len(found.side_by_side) == 10
    assert not found.judged["n"].lt(5).any()
    assert len(found.unusable) == 2


def test_improvement_is_positive_whichever_way_is_better():
    data = people()
    one = portfolio_of_people(data).judged
    other = portfolio_of_people(
        data.assign(pre=-data["pre"], post=-data["post"]), higher_is_better=False
    ).judged
    assert other[NUMBERS].to_numpy() == pytest.approx(one[NUMBERS].to_numpy())


def test_a_lottery_shows_merit_and_volunteers_do_not():
    data = people()
    drawn = portfolio_of_people(data.assign(way="lottery"), mechanism="way").judged["merit"]
    chosen = portfolio_of_people(data.assign(way="volunteers"), mechanism="way").judged["merit"]
    assert (drawn == "shown").any()
    assert not (chosen == "shown").any()


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        ({"kind": lambda d: np.arange(len(d)) % 2}, {"features": ["kind"]}, "more than one value"),
        ({"study": lambda d: d["study"].where(d.index > 2)}, {}, "people have nothing in 'study'"),
        ({}, {"features": ["kinds"]}, "There is no column 'kinds'"),
        ({"n": 1}, {"features": ["n"]}, "name of a column of the answer"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, asked, said):
    with pytest.raises(DesignError, match=said):
        portfolio_of_people(people().assign(**change), **asked)


def test_one_row_a_programme_is_pooled_a_primary_one_first():
    data = pd.concat([people(4).assign(outcome=name) for name in "ab"])
    found = portfolio_of_people(data, outcome="outcome")
    assert len(found.outcomes) == 2
    rows = found.judged.assign(
        outcome="a", priority=np.where(found.judged["outcome"] == "a", "secondary", "primary")
    )
    again = Portfolio(rows, (), 0.95)
    assert again.counted["criterion"].tolist() == ["b"] * 4
    assert int(again.verdicts.to_numpy().sum()) == 4


def test_the_picture_says_what_it_shows():
    for programmes, words in ((12, "Programmes: 12"), (60, "Programmes: 60")):
        found = portfolio_of_people(people(programmes))
        (one,) = found.outcomes
        ax = side_by_side(found.side_by_side, found.pooled[one])
        assert alt_text(ax).startswith(words)
        close(ax)


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_command_writes_one_page(tmp_path, lang):
    people().to_csv(tmp_path / "people.csv", index=False)
    out = tmp_path / "out" / "page.html"
    asked = [
        "portfolio",
        str(tmp_path / "people.csv"),
        "--out",
        str(out),
        "--features",
        "kind",
        "--lang",
        lang,
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert page.count("edition 03") >= 1
    assert "data:image/png;base64," in page
    assert ("There is no rank" in page) == (lang == "en")
    assert ' src="http' not in page
