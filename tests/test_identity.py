"""Who is who: one spelling of every identifier, pseudonyms with a key outside, and the key itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rmstudy.cli import app
from rmstudy.errors import DataError, Problem, RmstudyError
from rmstudy.readers.mapping import Export, read_codes
from rmstudy.readers.people import identity as module
from rmstudy.readers.people.candidates import candidates
from rmstudy.readers.people.identity import identity, pseudonym
from rmstudy.readers.people.keys import fingerprint, kept_apart, parse_key, read_key, same_key
from rmstudy.readers.people.spelling import spelled

KEY = bytes.fromhex("8f1d3c5b7a92e4061827364554637281900fbecdacdb8a9968774655342312f0")
HEX = KEY.hex()
EMAIL = Export(columns={}, identify="email", domains={"old.example": "new.example"})
NUMBER = Export(columns={}, identify="number", digits=6)
CODE = Export(columns={}, identify="code")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")


def whom(text, export, codes=None, key=None, people=(), new=False, links=None, wave="post"):
    return identity(codes, key, links, people).person(text, export, new, wave)


# -- spelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "anna.rossi@new.example",
        "ANNA.Rossi@New.Example",
        "  anna.rossi@new.example\u00a0",
        "anna.rossi+mentoring@new.example",
        "mailto:anna.rossi@new.example",
        "MAILTO:anna.rossi@new.example?subject=hello",
        "Rossi Anna <anna.rossi@new.example>",
        '"Rossi, Anna" <Anna.Rossi@new.example>',
        "anna.rossi@old.example",
        "anna.rossi@new.example.",
        "anna.rossi\u200b@new.example",
        "anna.rossi @new.example",
    ],
)
def test_one_person_has_one_address_however_it_is_written(typed):
    assert spelled(typed, "email", {"OLD.example": "new.example"}) == "anna.rossi@new.example"


def test_dots_stay_and_make_two_people():
    assert spelled("annarossi@x.example", "email") != spelled("anna.rossi@x.example", "email")


def test_a_domain_in_another_script_is_its_ascii_form():
    # the label is the one of RFC 3492's encoding of "bücher"
    assert spelled("anna@Bücher.example", "email") == "anna@xn--bcher-kva.example"
    assert spelled("anna@xn--bcher-kva.example", "email") == "anna@xn--bcher-kva.example"


def test_two_mergers_in_a_row_and_a_circle_of_domains():
    moved = {"a.example": "b.example", "b.example": "c.example"}
    assert spelled("x@a.example", "email", moved) == "x@c.example"
    assert spelled("x@a.example", "email", {"a.example": "b.example", "b.example": "a.example"}) in (
        "x@a.example",
        "x@b.example",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "anna.rossi",
        "anna@",
        "@x.example",
        "anna@x",
        "a@x.example; b@x.example",
        "+@x.example",
        "a@@x.example",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(typed):
    found = spelled(typed, "email")
    assert isinstance(found, Problem) and found.severity == "refused" and found.rule == "email_key"
    assert typed not in str(found)


@given(st.text(max_size=40))
def test_a_spelling_is_its_own_spelling(text):
    for kind in ("email", "number", "code"):
        once = spelled(text, kind, {"old.example": "new.example"}, 6)
        if isinstance(once, str):
            assert spelled(once, kind, {"old.example": "new.example"}, 6) == once


def test_numbers_get_their_zeros_back_and_shortened_ones_are_refused():
    assert spelled("42", "number", digits=6) == spelled("000042", "number", digits=6) == "000042"
    assert spelled("42.0", "number", digits=6) == spelled(" 0042 ", "number", digits=6) == "000042"
    assert spelled("42", "number") != spelled("0042", "number")
    assert "more than 3 digits" in spelled("1234", "number", digits=3).what
    assert "shortened" in spelled("1.2E+11", "number").what


# -- pseudonyms -----------------------------------------------------------------------------------------------


def test_a_pseudonym_is_hmac_sha256_with_the_kind_in_it():
    digest = hmac.new(KEY, b"rmstudy email 1\x00anna@x.example", hashlib.sha256).digest()
    expected = "p" + base64.b32encode(digest).decode().lower()[:12]
    assert pseudonym("anna@x.example", "email", KEY) == expected
    assert len({pseudonym("000042", kind, KEY) for kind in ("email", "number", "code")}) == 3
    assert pseudonym("000042", "code", KEY[::-1]) != pseudonym("000042", "code", KEY)


def test_with_a_key_alone_every_spelling_of_an_address_is_one_person():
    first = whom("Anna.Rossi@old.example", EMAIL, key=KEY)
    assert first.match == "pseudonym" and first.person.startswith("p") and len(first.person) == 13
    later = whom("anna.rossi+x@new.example", EMAIL, key=KEY, people=[first.person])
    assert (later.person, later.match) == (first.person, "normalised")
    assert whom("anna.rossi@new.example", EMAIL, key=KEY, people=[first.person]).match == "exact"


def test_an_address_without_key_and_list_is_refused_and_hidden():
    found = whom("anna.rossi@new.example", EMAIL)
    assert found.person is None and found.problem.severity == "refused" and found.problem.rule == "email_key"
    assert "RMSTUDY_KEY" in str(found.problem) and "anna" not in str(found.problem)
    assert whom("0042", NUMBER).person is None


def test_a_code_without_key_and_list_stays_the_pseudonym():
    assert whom("MA07ROA01", CODE).person == "MA07ROA01"
    known = whom("ma-07 ro a01", CODE, people=["MA07ROA01"])
    assert (known.person, known.match) == ("MA07ROA01", "normalised")


@pytest.mark.parametrize("typed", ["Rossi", "Maria Rossi", "anna.rossi@x.example"])
def test_a_name_or_an_address_in_the_place_of_a_code_never_becomes_a_pseudonym(typed):
    for key, people in ((None, ()), (None, ["MA07ROA01"])):
        found = whom(typed, CODE, key=key, people=people, new=True)
        assert found.person is None and found.problem.severity == "refused"
        assert not any(word in str(found.problem).casefold() for word in ("rossi", "anna", "maria"))
    stranger = whom("Rossi", CODE, {"MA07ROA01": "s1"}, people=["s1"])
    assert stranger.person is None and "ROSSI" not in str(stranger.problem).upper()


def test_exact_comes_before_normalised_and_the_list_before_the_key():
    codes = {"Anna.Rossi@old.example": "s1", "000042": "s1", "MA07ROA01": "s1"}
    assert whom("Anna.Rossi@old.example", EMAIL, codes, KEY).match == "exact"
    assert whom("anna.rossi@new.example", EMAIL, codes, KEY) == module.Found("s1", "normalised")
    assert whom("42", NUMBER, codes, KEY).match == "normalised"
    assert whom("ma07roa01", CODE, codes, KEY).person == "s1"


def test_a_stranger_is_left_out_to_decide_and_new_only_where_that_was_said():
    codes = {"anna@x.example": "s1"}
    left = whom("zoe@x.example", EMAIL, codes, KEY, people=["s1"])
    assert left.person is None and left.problem.severity == "to decide"
    assert left.problem.rule == "unmatched_ids" and "zoe" not in str(left.problem)
    open_door = EMAIL.model_copy(update={"new_people": True})
    assert whom("zoe@x.example", open_door, codes, KEY).match == "pseudonym"
    assert "no key" in whom("zoe@x.example", open_door, codes).problem.what


def test_a_list_that_one_spelling_makes_ambiguous_is_refused():
    codes = {"anna@old.example": "s1", "anna@new.example": "s2"}
    found = whom("Anna@new.example", EMAIL, codes)
    assert found.person is None and found.problem.rule == "duplicate_person"
    assert found.problem.severity == "refused"


def test_a_collision_is_refused_and_never_merged(monkeypatch):
    monkeypatch.setattr(module, "pseudonym", lambda normal, kind, key: "psame")
    who = identity(None, KEY, None, [])
    assert who.person("a@x.example", EMAIL, True).person == "psame"
    assert who.person("A@x.example", EMAIL, True).person == "psame"  # the same person again
    second = who.person("b@x.example", EMAIL, True)
    assert second.person is None and second.problem.severity == "refused"
    assert "same pseudonym" in second.problem.what
    taken = whom("c@x.example", EMAIL, {"d@x.example": "psame"}, KEY, people=["psame"], new=True)
    assert taken.person is None and "same pseudonym" in taken.problem.what


def test_a_pseudonym_is_taken_as_it_is():
    assert whom("s001", Export(columns={})) == module.Found("s001", "pseudonym")


def test_a_number_that_only_lacks_zeros_says_what_to_write():
    plain = Export(columns={}, identify="number")
    found = whom("42", plain, {"000042": "s1"})
    assert found.person is None and "digits" in found.problem.next_step and "42" not in str(found.problem)


def test_a_changed_surname_is_a_candidate_and_nothing_more():
    codes = {"anna.rossi@x.example": "s1", "bea.rossi@x.example": "s2", "anna.verdi@y.example": "s3"}
    who = identity(codes, None, None, ["s1"])
    assert who.person("anna.bianchi@x.example", EMAIL, False).person is None
    assert [one.person for one in next(iter(who.open.values()))] == ["s1"]
    (near,) = candidates("x", "anna.rossi@z.example", "email", codes, {}, None)  # a domain that moved
    assert near.person == "s1" and near.similarity < 100
    # two short names at one long domain are not alike, and two names without a dot have no first name
    long = {"zoe@a-very-long-domain.example": "s1"}
    assert candidates("x", "leo@a-very-long-domain.example", "email", long, {}, None) == []
    assert candidates("42", "000042", "number", {"000043": "s1"}, {}, 6) == []


# -- the list -------------------------------------------------------------------------------------------------


def test_the_list_keeps_addresses_whole(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("code,person_id\nannarossi@x.example,s1\nanna.rossi@x.example,s2\n0042,s1\n")
    codes = read_codes(path)
    assert whom("Anna.Rossi@x.example", EMAIL, codes).person == "s2"
    path.write_text("code,person_id\nanna@x.example,s1\nANNA@x.example,s2\n")
    with pytest.raises(DataError, match="somebody else in row 2") as refused:
        read_codes(path)
    assert "ANNA" not in str(refused.value)


# -- the key --------------------------------------------------------------------------------------------------


def test_a_key_is_hexadecimal_or_base64():
    assert parse_key(HEX, "k") == parse_key(base64.b64encode(KEY).decode() + "\n", "k") == KEY
    assert parse_key(base64.urlsafe_b64encode(KEY).decode().rstrip("="), "k") == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        HEX[:62],
        "00" * 32,
        "ab" * 40,
        "0123456789abcdef" * 4,
        bytes(range(32)).hex(),
        base64.b64encode(b"correct horse battery staple, again!").decode(),
        "correcthorsebatterystaplecorrecthorsebatteryst",
        "my key: " + HEX,
    ],
)
def test_a_short_or_guessable_key_is_refused_and_never_shown(text):
    with pytest.raises(DataError) as refused:
        parse_key(text, "key")
    assert not text or text not in str(refused.value)


@given(st.binary(min_size=32, max_size=32).filter(lambda key: len(set(key)) > 26))
def test_a_key_from_chance_is_taken(key):
    digest = hashlib.sha256(key).digest()
    if len(set(digest)) >= 16:
        assert parse_key(digest.hex(), "k") == digest


@posix
def test_a_key_that_others_may_read_is_refused(tmp_path):
    file = tmp_path / "key"
    file.write_text(HEX)
    for mode in (0o644, 0o640, 0o604, 0o660, 0o700):
        file.chmod(mode)
        with pytest.raises(DataError, match=r"others than you.*chmod 600"):
            read_key(file, environment={})
    file.chmod(0o600)
    assert read_key(file, environment={}) == (KEY, ())


def test_on_windows_it_says_what_it_cannot_check(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_text(HEX)
    file.chmod(0o600)
    monkeypatch.setattr("rmstudy.readers.people.keys._windows", lambda: True)
    key, notes = read_key(file, environment={})
    assert key == KEY and [one.severity for one in notes] == ["to know"]


def test_the_environment_gives_a_key_and_two_that_differ_are_refused(tmp_path):
    assert read_key(None, environment={}) == (None, ())
    assert read_key(None, environment={"RMSTUDY_KEY": f" {HEX}\n"})[0] == KEY
    file = tmp_path / "key"
    file.write_text(HEX)
    file.chmod(0o600)
    assert read_key(file, environment={"RMSTUDY_KEY": HEX})[0] == KEY
    with pytest.raises(DataError, match="two keys are given, and they differ"):
        read_key(file, environment={"RMSTUDY_KEY": KEY[::-1].hex()})


@posix
def test_a_key_inside_a_study_or_a_git_tree_is_refused_also_behind_links(tmp_path):
    study, tree, safe = tmp_path / "study", tmp_path / "tree", tmp_path / "safe"
    for folder in (study / "deep", tree / ".git", tree / "deep", safe):
        folder.mkdir(parents=True)
    (study / "study.yml").write_text("version: 1\n")
    for folder, words in (
        (study, "inside the study"),
        (study / "deep", "study"),
        (tree / "deep", "git work tree"),
    ):
        with pytest.raises(DataError, match=words):
            kept_apart(folder / "key", "the key")
    (safe / "to_tree").symlink_to(tree / "deep" / "key")  # named outside, lies inside
    (safe / "folder").symlink_to(study)
    (tree / "to_safe").symlink_to(safe / "key")  # named inside, lies outside
    for path in (safe / "to_tree", safe / "folder" / "key", tree / "to_safe"):
        with pytest.raises(DataError):
            kept_apart(path, "the key")
    kept_apart(safe / "key", "the key")
    kept_apart(study / ".." / "safe" / "key", "the key")
    (tree / ".git").rmdir()
    (tree / ".git").write_text("gitdir: elsewhere\n")  # a work tree of git worktree has a file
    with pytest.raises(DataError, match="git work tree"):
        kept_apart(tree / "key", "the key")
    bare = tmp_path / "bare"  # a study whose plan is not written yet
    bare.mkdir()
    with pytest.raises(DataError, match="inside the study"):
        kept_apart(bare / "key", "the key", bare)


def test_another_key_is_noticed_and_the_fingerprint_is_no_secret():
    import pandas as pd

    log = pd.DataFrame({"n": ["1"], "rule": ["key"], "after": [fingerprint(KEY)]})
    assert same_key(KEY, log) and not same_key(KEY, None) and not same_key(KEY, log.iloc[:0])
    with pytest.raises(DataError, match="another key"):
        same_key(KEY[::-1], log)
    assert len(fingerprint(KEY)) == 8 and fingerprint(KEY) not in HEX


def test_the_command_writes_a_key_for_its_owner_and_never_over_a_file(tmp_path):
    file = tmp_path / "home" / "key"
    assert CliRunner().invoke(app, ["key", str(file)]).exit_code == 1  # no such folder
    file.parent.mkdir()
    result = CliRunner().invoke(app, ["key", str(file)])
    assert result.exit_code == 0 and "without it the next wave cannot be linked" in result.output
    assert file.read_text().strip() not in result.output
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key, _ = read_key(file, environment={})
    again = CliRunner().invoke(app, ["key", str(file)])
    assert isinstance(again.exception, RmstudyError) and "never written over" in str(again.exception)
    assert read_key(file, environment={})[0] == key and [one.name for one in file.parent.iterdir()] == ["key"]


def test_the_command_refuses_to_write_a_key_into_a_study(tmp_path):
    (tmp_path / "study.yml").write_text("version: 1\n")
    result = CliRunner().invoke(app, ["key", str(tmp_path / "key")])
    assert isinstance(result.exception, DataError) and not (tmp_path / "key").exists()


@posix
def test_killed_while_a_key_is_written_there_is_none_or_a_whole_one(tmp_path):
    code = (
        "import os, signal, sys, pathlib; from rmstudy.cli import people; from pathlib import Path\n"
        "pathlib.Path.hardlink_to = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)\n"
        "people.write_private(Path(sys.argv[1]), 'x' * 64, over=False)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "key")], check=False)
    assert not (tmp_path / "key").exists()
