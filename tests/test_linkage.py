"""Waves linked: candidates for a person to confirm, never accepted by themselves, and the report of it."""

from __future__ import annotations

import os
import random
import shutil
import stat
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.cli import people as outside
from rmstudy.errors import DataError
from rmstudy.readers.mapping import Export
from rmstudy.readers.people.candidates import LEAST, candidates
from rmstudy.readers.people.identity import Link, identity
from rmstudy.readers.people.links import COLUMNS, linkage_report, links_table, on_the_list, read_links

CODE = Export(columns={}, identify="code")
LIST = {"MA07ROA01": "s1", "LU23MIO02": "s2", "GI11TOE00": "s3"}


def linked(folder, rows):
    path = folder / "links.csv"
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)
    return path


def row(given, candidate, person, confirmed, similarity=88.9, rank=1):
    return (given, candidate, person, similarity, 4, rank, confirmed)


@pytest.mark.parametrize(
    ("given", "similarity"),
    [
        ("MA07ROA02", 8 / 9),  # one sign wrong
        ("AM07ROA01", 8 / 9),  # two neighbours changed places: one slip, not two
        ("MA70ROA02", 7 / 9),
        ("MA07ROA1", 8 / 9),  # one sign missing
    ],
)
def test_the_similarity_is_that_of_damerau_and_levenshtein(given, similarity):
    found = candidates(given, given, "code", LIST, {}, None)
    assert [one.person for one in found] == ["s1"]
    assert found[0].similarity == pytest.approx(100 * similarity)


def test_what_is_too_different_is_no_candidate():
    assert candidates("ZZ99ZZZ99", "ZZ99ZZZ99", "code", LIST, {}, None) == []


def test_at_most_three_are_shown_and_the_likest_first():
    near = {f"MA07ROA0{digit}": f"s{digit}" for digit in range(1, 6)} | {"MA17ROA09": "s9"}
    found = candidates("MA07ROA09", "MA07ROA09", "code", near, {}, None)
    assert [one.rank for one in found] == [1, 2, 3]
    assert all(one.similarity >= found[-1].similarity >= LEAST for one in found)


def test_without_the_package_that_compares_a_stranger_is_left_out_and_links_are_refused(
    monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, "rapidfuzz.distance", None)
    found = identity(LIST, None, None, LIST.values()).person("MA07ROA02", CODE, new=False, wave="post")
    assert found.person is None and found.problem.severity == "to decide"
    with pytest.raises(DataError, match=r"rmstudy\[readers\]"):
        outside.who_is_who(tmp_path / "study", [], links=tmp_path / "links.csv")


def test_no_code_with_a_slip_is_ever_accepted():
    chance = random.Random(11)
    signs = "ABCDEFGHILMNOPRSTUVZ0123456789"
    who = identity(LIST, None, None, LIST.values())
    for _ in range(500):
        code, place = chance.choice(list(LIST)), chance.randrange(9)
        wrong = code[:place] + chance.choice(signs) + code[place + 1 :]
        found = who.person(wrong, CODE, new=False, wave="post")
        assert (found.person is not None) == (wrong in LIST)


def test_a_confirmed_link_is_used_and_says_how_like_the_two_are(tmp_path):
    path = linked(
        tmp_path, [row("MA07ROA02", "MA07ROA01", "s1", "yes"), row("LU23MIO00", "LU23MIO02", "s2", "")]
    )
    links, said = read_links(path)
    who = identity(LIST, None, links, LIST.values())
    found = who.person("ma-07-ro-a-02", CODE, new=False, wave="post")
    assert (found.person, found.match, found.similarity) == ("s1", "confirmed", 88.9)
    assert who.person("LU23MIO00", CODE, new=False, wave="post").person is None
    assert said == []


@pytest.mark.parametrize("yes", ["yes", "YES", " y ", "sì", "Si"])
def test_yes_in_both_languages(tmp_path, yes):
    assert (
        read_links(linked(tmp_path, [row("MA07ROA02", "MA07ROA01", "s1", yes)]))[0]["MA07ROA02"].person
        == "s1"
    )


def test_a_no_is_remembered_and_not_asked_again(tmp_path):
    links, _ = read_links(linked(tmp_path, [row("MA07ROA02", "MA07ROA01", "s1", "no")]))
    assert links == {"MA07ROA02": Link(None)}
    found = identity(LIST, None, links, LIST.values()).person("MA07ROA02", CODE, new=False)
    assert found.person is None and "refused" in found.problem.what


def test_two_yes_for_one_code_are_refused(tmp_path):
    rows = [row("MA07ROA02", "MA07ROA01", "s1", "yes"), row("ma07roa02", "LU23MIO02", "s2", "yes", rank=2)]
    with pytest.raises(
        DataError, match=r"links.csv, row 3.*a second yes for one code; the first is in row 2"
    ):
        read_links(linked(tmp_path, rows))


def test_two_codes_of_one_wave_cannot_be_one_person():
    links = {"MA07ROA02": Link("s1", 88.9), "MA07ROA03": Link("s1", 88.9)}
    who = identity(LIST, None, links, LIST.values())
    assert who.person("MA07ROA02", CODE, new=False, wave="post").person == "s1"
    second = who.person("MA07ROA03", CODE, new=False, wave="post")
    assert second.person is None and second.problem.severity == "refused"
    assert who.person("MA07ROA03", CODE, new=False, wave="follow_up").person == "s1"
    own = identity(LIST, None, links, LIST.values())
    assert own.person("MA07ROA01", CODE, new=False, wave="post").match == "exact"
    assert own.person("MA07ROA02", CODE, new=False, wave="post").problem.severity == "refused"


def test_other_words_and_missing_columns_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"row 2.*neither yes nor no"):
        read_links(linked(tmp_path, [row("MA07ROA02", "MA07ROA01", "s1", "perhaps")]))
    with pytest.raises(DataError, match="is empty"):
        read_links(linked(tmp_path, [row("MA07ROA02", "MA07ROA01", None, "yes")]))
    path = tmp_path / "short.csv"
    path.write_text("given\nx\n")
    with pytest.raises(DataError, match="missing: person_id, confirmed"):
        read_links(path)


def test_a_yes_to_somebody_little_alike_or_unknown_is_said(tmp_path):
    links, said = read_links(linked(tmp_path, [row("ZZ", "MA07ROA01", "s1", "yes", similarity=22.2)]))
    assert links["ZZ"].person == "s1" and [one.severity for one in said] == ["to know"]
    assert read_links(linked(tmp_path, [row("ZZ", "MA07ROA01", "s1", "yes", similarity=None)]))[1]
    assert on_the_list({"ZZ": Link("s9")}, ["s1"], "links.csv")[0].severity == "refused"


def test_the_file_keeps_what_was_answered_and_adds_what_is_new(tmp_path):
    before = pd.DataFrame([row("MA07ROA02", "MA07ROA01", "s1", "no")], columns=list(COLUMNS), dtype=object)
    who = identity(LIST, None, None, LIST.values())
    for code in ("MA07ROA02", "LU23MIO00"):
        who.person(code, CODE, new=False, wave="post")
    table = links_table(who, before)
    assert list(table["given"]) == ["MA07ROA02", "LU23MIO00"] and list(table["confirmed"].fillna("")) == [
        "no",
        "",
    ]


def test_the_files_outside_are_private_and_refused_inside(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "study.yml").write_text("version: 1\n")
    codes = tmp_path / "codes.csv"
    codes.write_text("code;person_id;name of the team\n" + "".join(f"{c};{p};x\n" for c, p in LIST.items()))
    who, said = outside.who_is_who(study, ["s1", "s2"], codes=codes)
    assert said == [] and who.person("MA07ROA02", CODE, new=False, wave="post").person is None
    with pytest.raises(DataError, match="file of links lies inside the study"):
        outside.who_is_who(study, [], codes=codes, links=study / "links.csv")
    links = tmp_path / "links.csv"
    outside.keep_outside(who, codes, links, "en")
    if os.name != "nt":
        assert stat.S_IMODE(links.stat().st_mode) == 0o600
    links.write_text(links.read_text().rstrip("\n") + "yes\n")
    again, _ = outside.who_is_who(study, ["s1", "s2"], codes=codes, links=links)
    assert again.person("MA07ROA02", CODE, new=False, wave="post").match == "confirmed"


def test_new_people_are_written_to_the_list_and_matched_at_the_next_wave(tmp_path, monkeypatch):
    monkeypatch.setenv("RMSTUDY_KEY", "8f1d3c5b7a92e4061827364554637281900fbecdacdb8a9968774655342312f0")
    export = Export(columns={}, identify="email", new_people=True)
    study, codes = tmp_path / "study", tmp_path / "codes.csv"
    study.mkdir()
    who, _ = outside.who_is_who(study, [], codes=codes)
    person = who.person("Anna.Rossi@x.example", export, new=False, wave="pre").person
    outside.keep_outside(who, codes, None, "en")
    assert codes.read_text() == f"code,person_id\nAnna.Rossi@x.example,{person}\n"
    monkeypatch.delenv("RMSTUDY_KEY")  # with the list alone
    later, _ = outside.who_is_who(study, [person], codes=codes)
    found = later.person("anna.rossi@x.example", export, new=False, wave="post")
    assert (found.person, found.match) == (person, "normalised")


def test_the_report_counts_people_by_class_and_wave():
    linkage = pd.DataFrame(
        {
            "person_id": ["s1", "s2", "s3", "s1", "s2"],
            "wave_id": ["pre", "pre", "pre", "post", "post"],
            "match": ["exact", "exact", "normalised", "confirmed", "exact"],
        }
    )
    report = linkage_report(linkage, {"post": {"MA07ROA02", "ZZ"}, "follow_up": ["ZZ"]})
    assert report.loc["pre"].tolist() == [2, 1, 0, 0, 3, 1.0]
    assert report.loc["post"].tolist() == [1, 0, 1, 2, 4, 0.5]
    assert report.loc["follow_up", "unmatched"] == 1
    assert linkage_report(linkage.iloc[:0]).empty


def test_the_report_is_printed_with_the_published_share_of_false_links(capsys):
    report = linkage_report(pd.DataFrame({"person_id": ["s1"], "wave_id": ["post"], "match": ["confirmed"]}))
    outside.show_linkage(report, "it")
    shown = capsys.readouterr().out
    assert "post" in shown and "2,7 casi su 100" in shown


MAPPING = """
format: 1
questionnaires:
  people: {table: participants}
  pre: {wave: pre, role: mentee}
  post: {wave: post, role: mentee}
sources:
  csv:
    people:
      identify: email
      new_people: yes
      columns: {Email: person, Role: participants.role}
    pre: &wave
      identify: email
      domains: {old.example: new.example}
      columns: {Email: person, c1: responses.tech_confidence.tc1}
    post: *wave
"""
FILES = {
    "people": "Email,Role\nAnna.Rossi@old.example,mentee\nbea.verdi@new.example,mentee\n",
    "pre": "Email,c1\nanna.rossi@old.example,1\nBea.Verdi@new.example,3\n",
    "post": "Email,c1\nanna.rossi+x@new.example,2\nbea.neri@new.example,4\nmilo@new.example,5\n",
}


def test_three_files_and_a_confirmation_and_no_address_in_the_study(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    shutil.copy(rm.load_sample("eight-pairs").path / "study.yml", study)
    (tmp_path / "mapping.yml").write_text(MAPPING)
    assert CliRunner().invoke(app, ["key", str(tmp_path / "key")]).exit_code == 0
    options = [
        f"--{name}={tmp_path / file}"
        for name, file in (
            ("map", "mapping.yml"),
            ("key", "key"),
            ("codes", "list.csv"),
            ("links", "links.csv"),
            ("study", "study"),
        )
    ]

    def brought(name):
        path = tmp_path / f"{name}.csv"
        path.write_text(FILES[name])
        done = CliRunner().invoke(
            app, ["import", "csv", str(path), "--questionnaire", name, "--lang", "en", *options]
        )
        assert done.exit_code == 0, (done.output, done.exception)
        assert not any(word in done.output for word in ("rossi", "Rossi", "milo", "bea.", "new.example"))
        return done.output

    for name in ("people", "pre"):
        brought(name)
    assert "post: exact 0, but for the spelling 1, confirmed 0, of nobody 2" in brought("post")
    links = pd.read_csv(tmp_path / "links.csv", dtype=str)
    assert list(links["given"]) == ["bea.neri@new.example"]
    links.assign(confirmed="yes").to_csv(tmp_path / "links.csv", index=False)
    assert "post: exact 0, but for the spelling 1, confirmed 1, of nobody 1" in brought("post")
    linkage = pd.read_csv(study / "linkage.csv", dtype=str)
    assert sorted(linkage["match"]) == ["confirmed", "normalised", "normalised", "normalised"]
    held = b" ".join(path.read_bytes() for path in study.rglob("*") if path.suffix == ".csv").lower()
    assert not any(word in held for word in (b"rossi", b"verdi", b"neri", b"milo", b"example", b"@"))
    assert CliRunner().invoke(app, ["key", str(tmp_path / "other")]).exit_code == 0
    options[1] = f"--key={tmp_path / 'other'}"
    path = str(tmp_path / "post.csv")
    refused = CliRunner().invoke(app, ["import", "csv", path, "--questionnaire", "post", *options])
    assert isinstance(refused.exception, DataError) and "another key" in str(refused.exception)
