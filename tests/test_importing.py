"""Exports into a study's folder from Python: everything at once, or nothing."""

from __future__ import annotations

import inspect
import shutil

import pandas as pd
import pytest

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers import SOURCES, import_files, read_mapping
from rmstudy.study.sample import REPOSITORY_FOLDER

RAW = REPOSITORY_FOLDER / "raw" / "hr-excel"
LIST = RAW / "people-outside-the-study.csv"


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(REPOSITORY_FOLDER / "digital-skills", folder)
    (folder / "costs.csv").unlink()
    return folder


def costs(study, mapping=RAW / "mapping.yml", **known):
    return import_files(
        "excel", RAW / "costi.csv", study=study, mapping=mapping, questionnaire="costi", **known
    )


def test_rows_decisions_and_who_decided_are_written(study):
    done = costs(study, by="HR")
    assert [path.name for path in done.files] == ["costs.csv", "decision_log.csv"]
    assert done.rows == len(pd.read_csv(study / "costs.csv")) == 6
    log = pd.read_csv(study / "decision_log.csv")
    assert set(log["who"]) == {"HR"}
    assert len(log) == len(done.imported.decisions)
    rm.load_study(study)


def test_the_same_import_twice_changes_nothing(study):
    costs(study)
    before = {path.name: path.read_bytes() for path in study.iterdir()}
    costs(str(study))
    assert {path.name: path.read_bytes() for path in study.iterdir()} == before


def test_what_is_refused_leaves_no_trace(study):
    mapping = read_mapping(RAW / "mapping.yml")
    export = mapping.sources["excel"]["costi"].model_copy(update={"decimal": None, "thousands": None})
    mapping = mapping.model_copy(update={"sources": {"excel": {"costi": export}}})
    before = sorted(path.name for path in study.iterdir())
    with pytest.raises(DataError) as refused:
        costs(study, mapping)
    assert {one.rule for one in refused.value.problems} == {"decimal_comma"}
    assert sorted(path.name for path in study.iterdir()) == before


def test_a_list_of_people_inside_the_study_is_refused(study):
    inside = shutil.copy(LIST, study / "people.csv")
    with pytest.raises(DataError, match="inside the study"):
        costs(study, codes=inside)


def test_a_row_that_says_something_else_is_refused_beside_everything_that_was_found(study):
    costs(study)
    there = (study / "costs.csv").read_text(encoding="utf-8").splitlines()
    (study / "costs.csv").write_text("\n".join([there[0], there[1].replace("38", "39")]) + "\n", "utf-8")
    with pytest.raises(DataError) as refused:
        costs(study)
    assert refused.value.problems[-1].file == "costs.csv"


def test_the_help_names_every_source():
    function = next(one for one in app.registered_commands if one.name == "import").callback
    shown = inspect.signature(function, eval_str=True).parameters["source"].annotation.__metadata__[0].help
    assert shown == f"The tool: {', '.join(SOURCES)}."
