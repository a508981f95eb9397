"""Pictures show the numbers of their Results, in either language, and touch nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from rmstudy import disclosure, plots
from rmstudy.errors import DesignError
from rmstudy.plots import canvas
from rmstudy.results import Estimate, Result

ARMS = {"programme": 48, "waiting list": 60}


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    plt.close("all")


def result(
    estimate: float | None = 4.12,
    low: float | None = 2.9,
    high: float | None = 5.3,
    *,
    unit: str = "points",
    outcome: str = "digital test",
    n: dict[str, int] | None = None,
    estimand: str = "mean change",
) -> Result:
    row = Estimate("change", estimate, conf_low=low, conf_high=high)
    return Result("mean_change", outcome, estimand, unit, (row,), 0.95, n or {"all": 41}, {"all": 7})


def means(before: float, after: float) -> Result:
    rows = (
        Estimate("change", after - before),
        Estimate("mean before", before),
        Estimate("mean after", after),
    )
    return replace(result(), estimates=rows)


def find(ax: Axes, gid: str) -> Any:
    """The one artist of that name."""
    (artist,) = [child for child in ax.get_children() if child.get_gid() == gid]
    return artist


def named(ax: Axes, start: str) -> list[Any]:
    return [child for child in ax.get_children() if str(child.get_gid()).startswith(start)]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def xs(ax: Axes, gid: str) -> list[float]:
    return [float(x) for x in find(ax, gid).get_xdata()]


def people(n: int) -> pd.DataFrame:
    shifts = np.random.default_rng(7).normal(4, 6, n)
    return pd.DataFrame({"pre": 50.0, "post": 50.0 + shifts})


# --- change


def test_change_draws_estimates_and_limits_where_they_are() -> None:
    ax = plots.change([result(), result(-0.8, -2.4, 0.9)], labels=["first", "second"])
    assert xs(ax, "estimate-0") == [4.12] and xs(ax, "interval-0") == [2.9, 5.3]
    assert xs(ax, "estimate-1") == [-0.8] and xs(ax, "interval-1") == [-2.4, 0.9]
    assert xs(ax, "zero") == [0, 0]
    assert find(ax, "estimate-0").get_ydata() == find(ax, "interval-0").get_ydata()[0] == 0
    assert find(ax, "estimate-1").get_ydata() == 1
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    assert ax.yaxis_inverted()  # the first result stands on top


def test_a_doubled_result_moves_every_mark() -> None:
    ax = plots.change(result(8.24, 5.8, 10.6), threshold=6, expected=result(3.2, 1.6, 4.8))
    assert xs(ax, "estimate-0") == [8.24] and xs(ax, "interval-0") == [5.8, 10.6]
    assert xs(ax, "threshold") == [6, 6]
    band = find(ax, "expected")
    assert (band.get_x(), band.get_x() + band.get_width()) == (1.6, 4.8)
    assert "8.2 (5.8 to 10.6)" in texts(ax) and "target 6" in texts(ax)


def test_one_picture_writes_all_numbers_with_the_same_decimals() -> None:
    ax = plots.change([result(), result(9.2, 6.9, 11.5)])
    assert {"4.1 (2.9 to 5.3)", "9.2 (6.9 to 11.5)"} <= set(texts(ax))


def test_the_band_of_no_programme_is_said_in_words_and_hatched() -> None:
    ax = plots.change(result(), expected=result(1.6, 0.8, 2.4))
    assert "expected with no programme at all" in texts(ax)
    assert find(ax, "expected").get_hatch()
    assert "With no programme at all, 0.80 to 2.40 points would be expected." in plots.alt_text(ax)


def test_without_a_band_the_expectation_is_a_line() -> None:
    ax = plots.change(result(), expected=result(1.6, None, None))
    assert xs(ax, "expected") == [1.6, 1.6]
    assert "With no programme at all, 1.60 points would be expected." in plots.alt_text(ax)


def test_an_unknown_expectation_is_said() -> None:
    ax = plots.change(result(), expected=result(None, None, None))
    assert not named(ax, "expected")
    assert "is not known" in plots.alt_text(ax)


def test_missing_interval_and_missing_estimate_are_said_not_drawn() -> None:
    ax = plots.change([result(4.12, None, None), result(None, None, None)])
    assert not named(ax, "interval") and len(named(ax, "estimate")) == 1
    assert {"4.12, no interval", "no estimate"} <= set(texts(ax))
    assert plots.alt_text(ax) == "digital test: 4.12 points, no interval. digital test: no estimate."


def test_marks_tell_a_comparison_from_a_change_by_shape_and_colour() -> None:
    ax = plots.change([result(n=ARMS), result()])
    first, second = find(ax, "estimate-0"), find(ax, "estimate-1")
    assert (first.get_marker(), first.get_color()) == ("o", canvas.BLUE)
    assert (second.get_marker(), second.get_color()) == ("s", canvas.ORANGE)
    assert "● against a comparison group   ■ before and after" in ax.get_xlabel()
    assert "■" not in plots.change(result()).get_xlabel()


def test_change_says_its_numbers_in_both_languages() -> None:
    kwargs: dict[str, Any] = {"threshold": 3.5, "expected": result(1.6, 0.8, 2.4)}
    assert plots.alt_text(plots.change(result(), **kwargs)) == (
        "digital test: 4.12 points (95% interval 2.90 to 5.30). "
        "With no programme at all, 0.80 to 2.40 points would be expected. The target is 3.5 points."
    )
    ax = plots.change(result(), lang="it", **kwargs)
    assert plots.alt_text(ax) == (
        "digital test: 4,12 punti (intervallo al 95% da 2,90 a 5,30). Anche senza alcun programma ci si "
        "aspetterebbe una variazione da 0,80 a 2,40 punti. La soglia è 3,5 punti."
    )
    assert {"soglia 3,5", "4,12 (da 2,90 a 5,30)", "attesi anche senza alcun programma"} <= set(texts(ax))


@pytest.mark.parametrize(("lang", "half"), [("en", "0.5"), ("it", "0,5")])
def test_ticks_are_written_in_the_language(lang: str, half: str) -> None:
    ax = plots.change(result(0.5, 0.1, 0.9), lang=lang)
    ax.set_xticks([0, 0.5, 1])
    assert [ax.xaxis.get_major_formatter().format_ticks([0, 0.5, 1])][0][1] == half
    ax.figure.canvas.draw()
    assert half in [label.get_text() for label in ax.get_xticklabels()]


# --- people's spread


def test_people_stand_in_bars_of_enough_people() -> None:
    frame = people(97)
    ax = plots.change(result(), frame=frame, minimum_cell=8)
    bars = named(ax, "people")
    density = [abs(bar.get_height()) for bar in bars]
    area = np.array(density) * [bar.get_width() for bar in bars]
    sizes = area / area.sum() * 97
    assert np.allclose(sizes, np.round(sizes)) and sizes.min() > 7.99
    edges = [bars[0].get_x(), *(bar.get_x() + bar.get_width() for bar in bars)]
    change = (frame["post"] - frame["pre"]).to_numpy()
    inner = [int(((change >= a) & (change < b)).sum()) for a, b in pairwise(edges[1:-1])]
    assert np.allclose(sizes[1:-1], inner)
    assert "changes of 97 people" in [label.get_text() for label in ax.get_yticklabels()]
    assert "The changes of 97 people are drawn in bars of at least 8 people" in plots.alt_text(ax)


def test_an_extreme_person_does_not_move_the_picture() -> None:
    calm, wild = people(60), people(60)
    wild.loc[wild["post"].idxmax(), "post"] = 500.0
    one, other = (plots.change(result(), frame=frame) for frame in (calm, wild))
    assert [bar.get_bbox().bounds for bar in named(one, "people")] == [
        bar.get_bbox().bounds for bar in named(other, "people")
    ]


def test_equal_changes_make_one_bar() -> None:
    frame = pd.DataFrame({"pre": [1.0] * 30, "post": [3.0] * 30})
    (bar,) = named(plots.change(result(), frame=frame), "people")
    assert bar.get_x() < 2 < bar.get_x() + bar.get_width()


@pytest.mark.parametrize(("n", "drawn"), [(19, False), (20, True)])
def test_too_few_people_are_left_out_and_it_is_said(n: int, drawn: bool) -> None:
    ax = plots.change(result(), frame=people(n))
    assert bool(named(ax, "people")) is drawn
    assert ("is left out" in plots.alt_text(ax)) is not drawn


def test_people_without_both_scores_are_not_drawn() -> None:
    frame = people(40)
    frame.loc[:9, "post"] = np.nan
    assert "changes of 30 people" in plots.alt_text(plots.change(result(), frame=frame))


# --- forest


def forest(**kwargs: Any) -> Axes:
    results = [result(4.12, 2.9, 5.3, n=ARMS), result(0.12, -0.1, 0.34, unit="standard deviations")]
    given: dict[str, Any] = {"thresholds": [2.0, 0.4], "labels": ["Test", "Confidence"], **kwargs}
    return plots.forest(results, **given)


def test_forest_measures_each_row_in_its_own_target() -> None:
    ax = forest()
    assert xs(ax, "estimate-0") == [2.06] and xs(ax, "interval-0") == [1.45, 2.65]
    assert xs(ax, "estimate-1") == pytest.approx([0.3])
    assert xs(ax, "interval-1") == pytest.approx([-0.25, 0.85])
    assert xs(ax, "threshold") == [1, 1]
    assert {"4.12 (2.90 to 5.30)", "0.12 (−0.10 to 0.34)", "target"} <= set(texts(ax))
    assert ax.get_yticklabels()[0].get_text() == "Test\ntarget 2 points"
    assert ax.get_xlabel().startswith("multiples of each target")


def test_forest_says_estimates_targets_and_verdicts() -> None:
    verdicts = ["Target met", "Inconclusive"]
    assert plots.alt_text(forest(verdicts=verdicts)) == (
        "Test: 4.12 points (95% interval 2.90 to 5.30). The target is 2 points. Target met. "
        "Confidence: 0.12 standard deviations (95% interval −0.10 to 0.34). "
        "The target is 0.4 standard deviations. Inconclusive."
    )
    ax = forest(verdicts=verdicts, lang="it")
    assert find(ax, "verdict-1").xy[1] == 1
    assert "Test: 4,12 punti (intervallo al 95% da 2,90 a 5,30). La soglia è 2 punti." in plots.alt_text(ax)


def test_forest_without_thresholds_is_in_the_raw_unit() -> None:
    ax = plots.forest([result(), result(1, 0.2, 1.8)])
    assert xs(ax, "estimate-0") == [4.12] and not named(ax, "threshold")
    assert ax.get_xlabel() == "points; each line is a 95% interval"


# --- three ways


def test_three_ways_draws_every_way_the_target_and_the_truth() -> None:
    ways = [result(9.2, 6.9, 11.5), result(5.1, 3.4, 6.8), result(3.9, 1.5, 6.3, n=ARMS)]
    ax = plots.three_ways(ways, ["the weakest", "everyone", "waiting list"], threshold=3, truth=4)
    assert [xs(ax, f"estimate-{i}") for i in range(3)] == [[9.2], [5.1], [3.9]]
    assert [xs(ax, f"interval-{i}") for i in range(3)] == [[6.9, 11.5], [3.4, 6.8], [1.5, 6.3]]
    assert xs(ax, "threshold") == [3, 3] and xs(ax, "truth") == [4, 4] and xs(ax, "zero") == [0, 0]
    assert find(ax, "threshold").get_linestyle() != find(ax, "truth").get_linestyle()
    assert {"the weakest", "9.2 (6.9 to 11.5)", "5.1 (3.4 to 6.8)", "target 3", "true effect 4"} <= set(
        texts(ax)
    )
    assert plots.alt_text(ax) == (
        "The same programme, judged in 3 ways. the weakest: 9.2 points (95% interval 6.9 to 11.5). "
        "everyone: 5.1 points (95% interval 3.4 to 6.8). waiting list: 3.9 points (95% interval 1.5 to 6.3). "
        "The target is 3 points. The true effect is 4 points."
    )
    italian = plots.alt_text(plots.three_ways(ways, ["a", "b", "c"], threshold=3, truth=4.5, lang="it"))
    assert "da 6,9 a 11,5" in italian and "L'effetto vero è 4,5 punti." in italian


# --- before and after


def test_before_after_joins_the_means_of_each_group() -> None:
    ax = plots.before_after({"programme": means(52.1, 58.3), "waiting list": means(52.4, 53.9)})
    assert list(find(ax, "means-0").get_ydata()) == [52.1, 58.3]
    assert list(find(ax, "means-1").get_ydata()) == [52.4, 53.9]
    assert find(ax, "means-0").get_linestyle() != find(ax, "means-1").get_linestyle()
    assert {"52.1", "58.3  programme", "53.9  waiting list"} <= set(texts(ax))
    assert plots.alt_text(ax) == (
        "programme: mean before 52.1, mean after 58.3 points. "
        "waiting list: mean before 52.4, mean after 53.9 points."
    )


def test_before_after_labels_keep_apart() -> None:
    groups = {"a": means(52.1, 58.3), "b": means(52.4, 53.9), "c": means(52.2, 55.0)}
    ax = plots.before_after(groups, lang="it")
    assert [find(ax, f"before-{i}").get_va() for i in range(3)] == ["top", "bottom", "center"]
    assert [find(ax, f"after-{i}").get_va() for i in range(3)] == ["bottom", "top", "center"]
    assert "a: media prima 52,1, media dopo 58,3 punti." in plots.alt_text(ax)


# --- participation flow


FLOW = pd.DataFrame(
    {
        "group": ["mentees"] * 4 + ["mentors"] * 3,
        "step": ["invited", "assigned", "met", "answered", "invited", "met", "answered"],
        "n": [1500, 60, 58, 3, 90, 45, 0],
    }
)


def test_flow_draws_a_bar_for_each_group_and_step() -> None:
    ax = plots.flow(FLOW)
    widths = {bar.get_gid(): bar.get_width() for bar in named(ax, "bar-")}
    assert len(widths) == len(FLOW)
    unit = widths["bar-0-0"] / 1500
    assert widths["bar-0-1"] == pytest.approx(60 * unit) and widths["bar-1-2"] == pytest.approx(45 * unit)
    assert find(ax, "bar-1-2").get_x() == 1 and find(ax, "n-1-2").get_text() == "45"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["invited", "assigned", "met", "answered"]
    assert find(ax, "n-0-0").get_text() == "1,500"


def test_flow_hatches_what_is_not_exact() -> None:
    ax = plots.flow(disclosure.safe_flow(FLOW, lang="it"), lang="it")
    assert find(ax, "n-0-0").get_text() == "1.500" and not find(ax, "bar-0-0").get_hatch()
    assert find(ax, "n-0-2").get_text() == "≈60" and find(ax, "bar-0-2").get_hatch()
    assert find(ax, "bar-0-2").get_width() == find(ax, "bar-0-1").get_width()
    assert find(ax, "n-0-3").get_text() == "<5" and find(ax, "bar-0-3").get_hatch()
    assert plots.alt_text(ax) == (
        "Flusso dei partecipanti. mentees: invitati 1.500, assegnati 60, met ≈60, answered <5. "
        "mentors: invitati 90, met 45, answered <5."
    )


def test_flow_writes_a_mark_without_a_number() -> None:
    table = pd.DataFrame({"group": "g", "step": ["in", "out"], "n": ["9", disclosure.WITHHELD]})
    ax = plots.flow(table, lang="it")
    assert find(ax, "n-0-1").get_text() == "non riportato" and find(ax, "bar-0-1").get_width() == 0


# --- all pictures


EVERY = {
    "change": lambda **k: plots.change(
        result(), threshold=3, expected=result(1.6, 0.8, 2.4), frame=people(50), **k
    ),
    "forest": lambda **k: forest(verdicts=["Target met", "Inconclusive"], **k),
    "three_ways": lambda **k: plots.three_ways([result(), result(n=ARMS)], ["a", "b"], truth=2, **k),
    "before_after": lambda **k: plots.before_after({"programme": means(1.5, 2.5)}, **k),
    "flow": lambda **k: plots.flow(FLOW, **k),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("lang", ["en", "it"])
def test_every_picture_draws_once_into_the_axes_given_and_leaves_settings_alone(name: str, lang: str) -> None:
    before = dict(mpl.rcParams)
    figure, (left, right) = plt.subplots(1, 2)
    assert EVERY[name](ax=right, lang=lang) is right
    assert plt.get_fignums() == [figure.number]
    assert not left.lines and not left.patches and not left.texts
    gids = [child.get_gid() for child in right.get_children() if child.get_gid()]
    assert gids and len(gids) == len(set(gids))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", EVERY)
def test_every_picture_is_the_same_twice_and_as_wide_as_a_page(name: str) -> None:
    one, other = EVERY[name](), EVERY[name]()
    figure, again = one.figure, other.figure
    assert figure.get_size_inches()[0] == canvas.WIDTH and figure.dpi == 150
    figure.canvas.draw()
    again.canvas.draw()
    assert bytes(figure.canvas.buffer_rgba()) == bytes(again.canvas.buffer_rgba())
    assert plots.alt_text(one) == plots.alt_text(other) != ""
    assert not one.spines["top"].get_visible() and not one.spines["right"].get_visible()
    assert one.get_title(loc="left")


@pytest.mark.parametrize("name", EVERY)
def test_every_picture_has_its_own_words_in_italian(name: str) -> None:
    english, italian = EVERY[name](), EVERY[name](lang="it")
    assert english.get_title(loc="left") != italian.get_title(loc="left") or name == "change"
    assert plots.alt_text(english) != plots.alt_text(italian)


# --- refusals


def test_units_that_differ_cannot_share_an_axis() -> None:
    mixed = [result(), result(unit="standard deviations")]
    for draw in (
        lambda: plots.change(mixed),
        lambda: plots.forest(mixed),
        lambda: plots.three_ways(mixed, ["a", "b"]),
        lambda: plots.change(mixed[0], expected=mixed[1]),
        lambda: plots.before_after({"a": means(1, 2), "b": replace(means(1, 2), unit="euro")}),
    ):
        with pytest.raises(DesignError, match="cannot share an axis"):
            draw()


def test_lists_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DesignError, match="2 results need as many labels, not 1"):
        plots.change([result(), result()], labels=["a"])
    with pytest.raises(DesignError, match="1 results need as many thresholds, not 2"):
        plots.forest([result()], thresholds=[1, 2])
    with pytest.raises(DesignError, match="1 results need as many verdicts, not 2"):
        plots.forest([result()], verdicts=["a", "b"])
    with pytest.raises(DesignError, match="no result to draw"):
        plots.change([])
    with pytest.raises(DesignError, match="no result to draw"):
        plots.before_after({})


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_a_target_that_is_no_length_is_refused(threshold: float) -> None:
    with pytest.raises(DesignError, match="not above zero"):
        plots.forest([result()], thresholds=[threshold])


def test_peoples_points_do_not_go_with_another_unit() -> None:
    with pytest.raises(DesignError, match="People's changes are in points"):
        plots.change(result(unit="standard deviations"), frame=people(50))


def test_before_after_needs_the_rows_of_means() -> None:
    with pytest.raises(DesignError, match="no row 'mean before'"):
        plots.before_after({"a": result()})


def test_columns_are_named_when_missing() -> None:
    with pytest.raises(DesignError, match="no column 'n'"):
        plots.flow(FLOW.drop(columns="n"))
    with pytest.raises(DesignError, match="no column 'before'"):
        plots.change(result(), frame=people(50), pre="before")


# --- rows of one result --------------------------------------------------------------------------------------


def effects() -> Result:
    rows = (
        Estimate("own", 0.5, conf_low=0.2, conf_high=0.8),
        Estimate("partner", -0.1, conf_low=-0.4, conf_high=0.2),
        Estimate("variance", 0.3),
    )
    return Result(
        "actor_partner", "trust", "effects", "points", rows, 0.95, {"a": 20, "b": 20}, {"a": 0, "b": 0}
    )


def test_rows_with_an_interval_are_drawn_from_the_top():
    ax = plots.terms(effects(), threshold=0.3)
    lines = {line.get_gid(): line.get_xdata() for line in ax.lines}
    assert list(lines["interval-0"]) == [0.2, 0.8]
    assert list(lines["interval-1"]) == [-0.4, 0.2]
    assert "interval-2" not in lines
    assert list(lines["threshold"]) == [0.3, 0.3]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["own", "partner"]
    assert "partner: −0.10 points (95% interval −0.40 to 0.20)." in plots.alt_text(ax)


def test_rows_are_chosen_and_named():
    ax = plots.terms(effects(), terms=["partner", "own"], labels=["theirs", "mine"], lang="it")
    assert list(next(line for line in ax.lines if line.get_gid() == "interval-0").get_xdata()) == [-0.4, 0.2]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["theirs", "mine"]
    assert "theirs: −0,10 punti" in plots.alt_text(ax)


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(DesignError, match="has no row 'parter'"):
        plots.terms(effects(), terms=["parter"])
    with pytest.raises(DesignError, match="No row of actor_partner has an interval"):
        plots.terms(replace(effects(), estimates=effects().estimates[2:]))
