"""Labels and ids as files and people really write them."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from small_study import tables, write

import rmstudy as rm
from rmstudy.errors import DataError, DesignError
from rmstudy.methods.change import reliable_change
from rmstudy.methods.comparison import adjusted_difference, difference_in_differences, post_difference
from rmstudy.methods.proportions import odds_ratio, risk_difference, risk_ratio
from rmstudy.study.reading import read_table

COMPARISONS = (post_difference, difference_in_differences, adjusted_difference)


def scores(arm):
    return pd.DataFrame({"arm": arm, "pre": [3.0, 5, 2, 4, 6, 3, 5, 4], "post": [5.0, 6, 5, 5, 6, 4, 4, 5]})


def test_arm_label_none_or_na(tmp_path):
    file = tmp_path / "assignments.csv"
    file.write_text("person_id,arm\ns0,Mentored\ns1,None\ns2,NA\ns3,\n", encoding="utf-8")
    assert list(read_table(file)["arm"][:3]) == ["Mentored", "None", "NA"]
    assert read_table(file)["arm"].isna().sum() == 1, "an empty cell is missing, and nothing else is"

    for label in ("None", "NA"):
        found = post_difference(scores(["Mentored", label] * 4), programme="Mentored")
        assert dict(found.n) == {"Mentored": 4, label: 4}
    # a folder does not lose them either: they are no arms of a study, and the file is refused for it
    rows = tables()
    rows["assignments"] = [["person_id", "arm"]]
    rows["assignments"] += [[f"s{i}", "programme" if i < 4 else "None"] for i in range(8)]
    with pytest.raises(DataError, match="value 'None': not an allowed value"):
        rm.load_study(write(tmp_path / "study", rows=rows))
    # where pandas made them missing before we saw them, the refusal says so
    text = scores(["Mentored", "None"] * 4).to_csv(index=False)
    with pytest.raises(DesignError, match=r"4 people have no label: pandas.read_csv takes 'None' and 'NA'"):
        post_difference(pd.read_csv(io.StringIO(text)), programme="Mentored")


def test_id_mismatch_types(tmp_path):
    rows = tables()
    padded = {f"{kind}{i}": f"{start + i:03d}" for kind, start in (("s", 1), ("j", 101)) for i in range(8)}
    for name, columns in (("participants", [0]), ("pairs", [1, 2])):
        for row in rows[name][1:]:
            for column in columns:
                row[column] = padded[row[column]]
    for row in rows["responses"][1:]:
        row[0] = str(int(padded[row[0]]))
    with pytest.raises(
        DataError, match=r"no id of this file is in participants, though some differ only in zeros"
    ):
        rm.load_study(write(tmp_path / "study", rows=rows))


@pytest.mark.parametrize("function", COMPARISONS)
def test_label_whitespace_case(function):
    data = scores(["Control", "control ", "Treat", "Treat"] * 2)
    with pytest.raises(DesignError, match=r"differ only in case or spaces: 'Control', 'Treat', 'control '"):
        function(data, programme="Treat")
    with pytest.raises(DesignError, match="has 3 labels"):
        function(scores(["Control", "Waiting", "Treat", "Treat"] * 2), programme="Treat")


def test_contrast_direction():
    data = scores(["BtheB", "TAU"] * 4)
    for function in COMPARISONS:
        with pytest.raises(
            DesignError, match=r"No arm in 'arm' is called 'programme'; the labels are 'BtheB', 'TAU'"
        ):
            function(data)
        result, back = function(data, programme="BtheB"), function(data, programme="TAU")
        assert "programme minus comparison" in result.estimand
        assert list(result.n) == ["BtheB", "TAU"]
        assert result.headline.estimate == pytest.approx(-back.headline.estimate)
    up, down = (data.loc[data["arm"] == label, "post"].mean() for label in ("BtheB", "TAU"))
    assert post_difference(data, programme="BtheB").headline.estimate == pytest.approx(up - down)
    for ratio, words in (
        (risk_difference, "minus"),
        (risk_ratio, "over"),
        (odds_ratio, "over"),
    ):
        found = ratio(data, outcome="post", cutoff=5, programme="BtheB")
        assert f"programme {words} comparison" in found.estimand
        with pytest.raises(DesignError, match="No arm"):
            ratio(data, outcome="post", cutoff=5)
    with pytest.raises(DesignError, match="No arm"):
        reliable_change(data, reliability=0.9, reliability_source="manual", arm="arm")
