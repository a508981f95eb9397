"""The documents say what the code does: examples load, keys and columns are complete, links lead somewhere."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

import rmstudy as rm
from rmstudy import verdicts, wording
from rmstudy.results import Result
from rmstudy.study import plan
from rmstudy.study.messes import MESSES
from rmstudy.study.study import Study
from rmstudy.study.tables import ARMS, TABLES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = sorted(path for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "data").rglob("*.md")))
SPLIT = ("study", "methods", "evaluation")  # rooms whose files the map names one by one
METHOD_ROOMS = (
    "change",
    "comparison",
    "dyads",
    "missing",
    "mixed",
    "multiplicity",
    "power",
    "proportions",
    "regression",
    "reliability",
    "resampling",
    "sensitivity",
    "synthesis",
)
SECTIONS = {
    "programme": plan.Programme,
    "call": plan.Call,
    "roles": plan.Role,
    "goals": plan.Goal,
    "criteria": plan.Criterion,
    "instruments": plan.Instrument,
    "waves": plan.Wave,
    "design": plan.Design,
    "analysis": plan.Analysis,
    "matching": plan.Matching,
    "monitoring": plan.Monitoring,
    "value": plan.Value,
    "privacy": plan.Privacy,
    "report": plan.Report,
}
INSIDE = {
    "design": {
        "assignment": plan.Assignment,
        "selection": plan.Selection,
        "assumptions": plan.Assumptions,
    },
    "matching": {"pinned": plan.Together, "forbidden": plan.Together},
    "monitoring": {"milestones": plan.Milestone},
    "analysis": {"gates": plan.Gates},
}


def text_of(name: str) -> str:
    """A document."""
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def under(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of the same rank or above."""
    rank = len(heading) - len(heading.lstrip("#"))
    start = re.search(rf"^{re.escape(heading)}$", without_comments(text), re.MULTILINE)
    assert start, f"no heading {heading!r}"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{rank}}} ", without_comments(rest), re.MULTILINE)
    return rest[: end.start()] if end else rest


def without_comments(text: str) -> str:
    """A text of the same length in which nothing inside a fence looks like a heading."""
    return re.sub(r"^```.*?^```$", lambda m: m[0].replace("#", "."), text, flags=re.DOTALL | re.MULTILINE)


def tables(text: str) -> list[list[list[str]]]:
    """Markdown tables as rows of cells, headers first."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", without_code(text), re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split(" |")] for line in block.splitlines()]
        for block in blocks
    ]


def first_cells(text: str) -> list[str]:
    """First cells of the rows of the tables in a text, without their marks."""
    return [row[0].strip(" `") for table in tables(text) for row in table[2:]]


def files_in(text: str) -> dict[str, str]:
    """Files given as a name in a line of its own, followed by a fenced block."""
    return dict(re.findall(r"^`([\w.]+)`\n\n```(?:yaml|csv)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def study_from(heading: str, folder: Path) -> tuple[Study, str]:
    """The study that stands under a heading of the data dictionary."""
    text = under(text_of("docs/data-dictionary.md"), heading)
    for name, content in files_in(text).items():
        (folder / name).write_text(content, encoding="utf-8")
    return rm.load_study(folder), text


# --- the data dictionary -------------------------------------------------------------------------------------


def test_the_minimal_study_loads_and_says_what_the_page_says(tmp_path):
    study, text = study_from("## A minimal study", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"study.yml", "participants.csv", "responses.csv"}
    assert study.findings == ()
    shown = re.search(r"^```text\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    assert rm.evaluate(study).text() == shown[1]


def test_the_fuller_study_loads_and_is_judged(tmp_path):
    study, _ = study_from("## A fuller study", tmp_path)
    assert [(finding.rule, finding.severity) for finding in study.findings] == [("label_answers", "to know")]
    frame = study.frame("comfort")
    # by hand: s03 answered 1, 2, 5 and 1, the third reversed to 1; s06 left the last of four open
    assert frame.loc["s03", "pre"] == pytest.approx((1 + 2 + 1 + 1) / 4)
    assert frame.loc["s06", "post"] == pytest.approx((5 + 5 + 5) / 3)
    judged = rm.evaluate(study)
    gain = judged["comfort-gain"]
    assert gain.gate is None
    assert gain.result.n == {"programme": 6, "waitlist": 6}
    assert gain.threshold == pytest.approx(0.3 * 0.8)
    share = judged["comfort-share"]
    assert share.result.headline.estimate == 0.5, "s02, s04 and s06 reach 4; s01 and s05 stop short"
    calls = judged["calls"]
    change = {"programme": (-3 - 2 - 4 - 2 - 3 - 1) / 6, "waitlist": (0 + 0 + 0 - 1 + 1 + 0) / 6}
    assert calls.result.headline.estimate == pytest.approx(change["programme"] - change["waitlist"])
    assert calls.threshold == -1, "less is better: the target is a fall"
    assert calls.verdict in ("met", "met_unconfirmed")
    assert {one.strength for one in (gain, calls)} == {verdicts.RANDOM}


def test_the_gap_example_is_a_plan(tmp_path):
    import yaml

    (text,) = re.findall(
        r"```yaml\n(.*?)```", under(text_of("docs/data-dictionary.md"), "## Gaps"), re.DOTALL
    )
    assert plan.Instrument.model_validate(yaml.safe_load(text)["gap"]).derived


def keys(section: type[plan.Section], inside: dict[str, type[plan.Section]]) -> list[str]:
    """Keys of a section, and of those inside it with a point."""
    names = list(section.model_fields)
    return names + [f"{part}.{key}" for part, one in inside.items() for key in one.model_fields]


def test_the_sections_are_those_of_the_plan():
    known = {one for one in vars(plan).values() if isinstance(one, type) and issubclass(one, plan.Section)}
    inside = {one for parts in INSIDE.values() for one in parts.values()}
    assert known == {*SECTIONS.values(), *inside, plan.Plan, plan.Section}
    text = under(text_of("docs/data-dictionary.md"), "## study.yml")
    assert sorted(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == sorted(SECTIONS)
    assert sorted(first_cells(text.split("\n### ")[0])) == sorted(plan.Plan.model_fields)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_key_is_documented_and_nothing_else(name):
    text = under(under(text_of("docs/data-dictionary.md"), "## study.yml"), f"### {name}")
    assert sorted(first_cells(text)) == sorted(keys(SECTIONS[name], INSIDE.get(name, {})))


@pytest.mark.parametrize("name", SECTIONS)
def test_required_keys_and_defaults_are_those_of_the_plan(name):
    text = under(under(text_of("docs/data-dictionary.md"), "## study.yml"), f"### {name}")
    sections = {"": SECTIONS[name]} | {f"{part}.": one for part, one in INSIDE.get(name, {}).items()}
    rows = {row[0].strip(" `"): row for table in tables(text) for row in table[2:]}
    for prefix, section in sections.items():
        for key, field in section.model_fields.items():
            shown = rows[prefix + key][2]
            assert (shown == "required" or shown.startswith("required,")) == field.is_required(), key
            if isinstance(field.default, str | float):
                assert shown.strip("`") == str(field.default), key


@pytest.mark.parametrize("name", SECTIONS)
def test_the_allowed_values_are_those_of_the_plan(name):
    text = under(under(text_of("docs/data-dictionary.md"), "## study.yml"), f"### {name}")
    sections = {"": SECTIONS[name]} | {f"{part}.": one for part, one in INSIDE.get(name, {}).items()}
    rows = {row[0].strip(" `"): row for table in tables(text) for row in table[2:]}
    for prefix, section in sections.items():
        for key, field in section.model_fields.items():
            words = {word for word in literals(field.annotation) if isinstance(word, str)} - {"en", "it"}
            for word in words:
                assert f"`{word}`" in rows[prefix + key][1], f"{name}.{prefix}{key}: {word}"


def literals(annotation: object) -> list[object]:
    """Values of the literal types in a type, however deep."""
    parts = get_args(annotation)
    if str(annotation).startswith("typing.Literal"):
        return list(parts)
    return [value for part in parts for value in literals(part)]


def test_the_tables_are_those_of_the_code():
    text = under(text_of("docs/data-dictionary.md"), "## The tables")
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_documented_and_nothing_else(name):
    text = under(under(text_of("docs/data-dictionary.md"), "## The tables"), f"### {name}")
    (rows,) = tables(text)
    assert [row[0].strip("`") for row in rows[2:]] == list(TABLES[name].columns)
    for row, column in zip(rows[2:], TABLES[name].columns.values(), strict=True):
        kind = {"count": "whole number"}.get(column.kind, column.kind)
        assert row[1] == (", ".join(f"`{value}`" for value in column.choices) or kind), row
        assert (row[2] == "yes") == (column.required and column.filled), row
    key = ", ".join(f"`{column}`" for column in TABLES[name].key)
    assert f"Key: {key}." in " ".join(text.split())


def test_the_comparison_arms_are_those_of_the_tables():
    text = under(under(text_of("docs/data-dictionary.md"), "## study.yml"), "### design")
    (row,) = [row for table in tables(text) for row in table if row[0] == "`assignment.comparison`"]
    assert row[1] == ", ".join(f"`{arm}`" for arm in ARMS if arm != "programme")


# --- the messes ------------------------------------------------------------------------------------------------


def test_the_messes_are_those_of_the_register():
    (rows,) = [rows for rows in tables(text_of("docs/data-quality.md")) if rows[0][0] == "no."]
    shown = [(int(row[0].strip("| ")), row[1].strip("`"), row[2], row[4]) for row in rows[2:]]
    assert shown == [(mess.number, name, mess.about, mess.severity) for name, mess in MESSES.items()]
    assert all(all(cell for cell in row) for row in rows)


# --- the methods ---------------------------------------------------------------------------------------------


def public_methods() -> list[str]:
    """Public functions of the method rooms that return a Result or a table."""
    found = []
    for room in METHOD_ROOMS:
        module = importlib.import_module(f"rmstudy.methods.{room}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            home = function.__module__
            if name.startswith("_") or not (
                home == module.__name__ or home.startswith(module.__name__ + ".")
            ):
                continue
            returned = inspect.signature(function, eval_str=True).return_annotation
            if returned in (Result, pd.DataFrame, list[pd.DataFrame]):
                found.append(f"{room}.{name}")
    return sorted(found)


def test_every_method_has_a_row_and_every_row_a_method():
    rows = first_cells(under(text_of("docs/methods.md"), "## The methods"))
    assert sorted(rows) == public_methods()


def test_every_method_is_reached_from_a_question():
    (table,) = tables(under(text_of("docs/methods.md"), "## Which method?"))
    named = {name for row in table[2:] for name in re.findall(r"`(\w+\.\w+)`", row[1])}
    assert named == set(public_methods())


def test_the_rows_of_the_methods_are_full():
    for table in tables(under(text_of("docs/methods.md"), "## The methods")):
        assert all(len(row) == len(table[0]) and all(row) for row in (table[0], *table[2:]))


def test_the_words_of_the_verdicts():
    (table,) = tables(under(text_of("docs/methods.md"), "## Verdict"))
    rows = {row[0].strip("`"): (row[1], row[2]) for row in table[2:]}
    assert list(rows) == list(reversed(verdicts.ORDER))
    for code, (english, italian) in rows.items():
        assert english == wording.VERDICTS[code]
        assert italian == wording.translate(english, "it")


# --- the house -----------------------------------------------------------------------------------------------


def test_the_map_shows_every_room():
    package = ROOT / "rmstudy"
    paths = [path for folder in (package, *(package / name for name in SPLIT)) for path in folder.iterdir()]
    rooms = {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()}
    rooms = {room for room in rooms if not room.startswith("_")}
    shown = {
        name.removesuffix("/").removesuffix(".py")
        for name in re.findall(r"`([\w/.]+)`", text_of("docs/house.md"))
    }
    assert rooms <= shown, sorted(rooms - shown)


def test_the_paths_of_the_map_exist():
    rows = [
        name
        for table in tables(text_of("docs/house.md"))
        for name in (row[0].strip("`") for row in table[2:])
    ]
    assert "verdicts.py" in rows
    for name in rows:
        assert (ROOT / "rmstudy" / name).exists() or (ROOT / name).exists(), name


# --- all documents -------------------------------------------------------------------------------------------


documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as code hosts make them: a repeated one gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


@documents
def test_links_lead_somewhere(path):
    text = without_code(path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), f"{path.name}: {target}"
        assert there == ROOT or ROOT in there.parents, f"{path.name}: {target} leaves the repository"
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{path.name}: {target}"


@documents
def test_prose_names_no_machine(path):
    found = re.findall(r"(?:/(?:home|root|tmp|work|Users)/|[A-Z]:\\)\S*", path.read_text(encoding="utf-8"))
    assert not found


def test_the_decisions_are_numbered_without_holes_and_short():
    paths = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in paths] == [f"{n:04d}" for n in range(1, len(paths) + 1)]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40, path.name
        assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], (
            path.name
        )


# --- the readme ----------------------------------------------------------------------------------------------


def test_the_readme_names_the_commands_of_the_makefile():
    makefile = text_of("Makefile")
    known = set(re.findall(r"^(\w+):.*##", makefile, re.MULTILINE))
    readme = text_of("README.md")
    assert readme.index("make report") < readme.index("pip install")
    assert set(re.findall(r"(?:^|`)make (\w+)", readme, re.MULTILINE)) <= known
    recipe = re.search(r"^test: .*?\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    for line in recipe.splitlines():
        plain = line.strip().replace("$(BIN)/", "")
        assert plain in readme, f"the README does not say: {plain}"


def test_the_readme_commands_exist():
    from typer.testing import CliRunner

    from rmstudy.cli import app

    shown = CliRunner().invoke(app, ["--help"]).output
    named = set(re.findall(r"(?:^|`|/|\\)rmstudy ([a-z]+)", text_of("README.md"), re.MULTILINE))
    for command in named:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command
    commands = {one.name or one.callback.__name__ for one in app.registered_commands}
    assert all(command in shown for command in commands)
    assert commands <= named, f"the README does not name: {commands - named}"
    assert (ROOT / "data/sample/digital-skills/study.yml").exists()
    assert (ROOT / "requirements.lock").exists()


@documents
def test_notebooks_that_are_named_exist(path):
    for name in re.findall(r"`(\d\d-[a-z]+(?:-[a-z]+)+)`", path.read_text(encoding="utf-8")):
        assert (ROOT / "notebooks" / f"{name}.ipynb").exists(), name


def test_the_changelog_says_whether_numbers_change():
    text = text_of("CHANGELOG.md")
    for version in re.findall(r"^## (.+)$", text, re.MULTILINE):
        assert under(under(text, f"## {version}"), "### Numbers that change").strip()
