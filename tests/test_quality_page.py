"""The page about the data: what it says, in both languages, and that it asks for nothing from outside."""

from __future__ import annotations

import re

import clean_study
import numpy as np
import pandas as pd
import pytest
from test_messes import somebody_wrote_freely, too_fast
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.report.pages import _Requests
from rmstudy.report.quality import quality_page
from rmstudy.study.messes import MESSES


@pytest.fixture
def study():
    """A study with one thing to decide and one decided."""
    study = clean_study.clean(11)
    planted = too_fast(study, np.random.default_rng(11))
    person = study.tables["responses"].loc[planted.row - 2, "person_id"]
    study.tables["decision_log"] = pd.DataFrame(
        [
            {
                "n": "1",
                "when": "2024-08-02",
                "rule": "careless",
                "table": "responses",
                "key": person,
                "after": "kept",
            }
        ]
    )
    too_fast(study, np.random.default_rng(12))
    return study


def words_of(page: str) -> str:
    """What a reader sees of a page."""
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    )


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "The data can be used"), ("it", "I dati si possono usare")]
)
def test_the_page_says_what_was_found_and_decided(tmp_path, study, lang, said):
    page = quality_page(rm.load_study(study.write(tmp_path / "study")), lang=lang)
    words = words_of(page)
    assert said in words
    assert "{" not in words
    assert page.count("<tr") > len(MESSES)
    assert "faster than anybody reads" in words
    assert "2024-08-02" in words
    assert _Requests(page).found == []
    assert f'lang="{lang}"' in page
    if lang == "it":
        for mess in MESSES.values():
            assert mess.about not in words


def test_the_command_writes_the_page_and_says_so(tmp_path, study):
    folder = study.write(tmp_path / "study")
    run = CliRunner().invoke(
        app, ["check", str(folder), "--html", str(tmp_path / "page.html"), "--lang", "en"]
    )
    assert run.exit_code == 0, run.output
    assert "written:" in run.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_data_that_are_refused_get_a_page_too_and_the_command_fails(tmp_path):
    study = clean_study.clean(12)
    planted = somebody_wrote_freely(study, np.random.default_rng(12))
    folder = study.write(tmp_path / "study")
    run = CliRunner().invoke(
        app, ["check", str(folder), "--html", str(tmp_path / "page.html"), "--lang", "en"]
    )
    assert run.exit_code != 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "cannot be used yet" in words_of(page)
    assert f"row {planted.row}" in words_of(page)
    assert not any(secret in page for secret in planted.secret)


def test_small_groups_are_hidden_on_the_page(tmp_path):
    study = clean_study.clean(13)
    rows = study.tables["responses"]
    arm = study.tables["assignments"].set_index("person_id")["arm"]
    waiting = [person for person in rows["person_id"].unique() if arm[person] == "waitlist"]
    out = rows["person_id"].isin(waiting[:9]) & rows["wave_id"].eq("post")
    study.tables["responses"] = rows[~out].reset_index(drop=True)
    words = words_of(quality_page(rm.load_study(study.write(tmp_path / "study"))))
    assert "waiting list 12 12 &lt;5" in words


def test_what_was_not_looked_for_is_said(tmp_path):
    study = clean_study.clean(14)
    study.tables["responses"] = study.tables["responses"].drop(columns=["seconds", "answered_at"])
    folder = study.write(tmp_path / "study")
    run = CliRunner().invoke(app, ["check", str(folder), "--lang", "it"])
    assert "non cercati, o solo in parte (2)" in run.output
    assert "careless: senza seconds" in run.output
