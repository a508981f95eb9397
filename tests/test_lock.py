"""The lock: a plan frozen, what was changed since, and a lock that nobody can edit unseen."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import unicodedata

import pytest
import small_study
import yaml
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError, DesignError
from rmstudy.study.lock import (
    LOCK,
    Deviation,
    lock_study,
    plain_plan,
    plan_fingerprint,
    read_lock,
    value_words,
)
from rmstudy.study.planfile import parse_plan

DAY = dt.date(2024, 1, 11)
KEY = "goals.confident.criteria.confidence.threshold"


def before_the_end(folder):
    """A small study whose last wave nobody has answered yet."""
    content = small_study.plan()
    content["waves"] = {"pre": {"closed": "2024-01-10"}, "post": {}}
    rows = small_study.tables()
    rows["responses"] = [row for row in rows["responses"] if row[1] != "post"]
    return content, rows, small_study.write(folder, content, rows)


def changed(content, value=0.5):
    """The plan with another threshold."""
    content = copy.deepcopy(content)
    content["goals"][0]["criteria"][0]["threshold"] = value
    return content


def invoke(*words):
    """Run a command."""
    return CliRunner().invoke(app, list(map(str, words)))


def test_the_fingerprint_is_the_sha256_of_what_stands_in_the_file(tmp_path):
    """Anybody can check it without this package: sorted keys, no spaces, UTF-8."""
    _, _, folder = before_the_end(tmp_path)
    lock = lock_study(rm.load_study(folder), today=DAY)
    (entry,) = json.loads((folder / LOCK).read_text(encoding="utf-8"))["locks"]
    said = entry.pop("fingerprint")
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert said == lock.fingerprint == hashlib.sha256(canonical.encode()).hexdigest()
    assert entry["tables"]["participants"]["rows"] == 2 * small_study.PEOPLE
    assert entry["answers"]["pre"]["counts"] == {"confidence": 3 * small_study.PEOPLE}
    assert (entry["date"], entry["reason"], entry["before"]) == ("2024-01-11", None, None)
    again = read_lock(folder)
    assert (again.fingerprint, again.date, again.earlier) == (lock.fingerprint, DAY, ())


def test_order_comments_and_layout_do_not_matter_to_the_plan_and_every_value_does(tmp_path):
    content = small_study.plan()
    plain = plan_fingerprint(parse_plan(copy.deepcopy(content)))
    turned = dict(reversed(content.items()))
    turned["instruments"] = {"confidence": dict(reversed(content["instruments"]["confidence"].items()))}
    turned["goals"] = [dict(reversed(content["goals"][0].items()))]
    text = "# a comment\n" + yaml.safe_dump(turned, sort_keys=False, default_flow_style=True, width=40)
    assert plan_fingerprint(parse_plan(yaml.safe_load(text))) == plain
    explicit = small_study.plan(analysis={"gates": {"least_people": 5}, "level": 0.95, "cluster": "pairs"})
    assert plan_fingerprint(parse_plan(explicit)) == plain, "a default that is written out changes nothing"
    assert plan_fingerprint(parse_plan(changed(content, 0.31))) != plain


def test_a_kept_plan_has_no_deviations_whatever_its_layout(tmp_path):
    content, rows, folder = before_the_end(tmp_path)
    lock_study(rm.load_study(folder), today=DAY)
    second = {"id": "other", "statement": "x", "role": "mentee"}
    second["criteria"] = [{"id": "more", "instrument": "confidence", "contrast": "change", "threshold": 1}]
    small_study.write(folder, dict(reversed(content.items())), rows)
    judged = rm.evaluate(folder)
    assert judged.deviations == ()
    assert [note.code for note in judged.notes] == ["plan_locked", "plan_locked_before", "plan_kept"]
    content["goals"].insert(0, second)  # a goal that comes first does not make the old one look changed
    small_study.write(folder, content, rows)
    found = rm.evaluate(folder).deviations
    assert found
    assert all(one.key.startswith("goals.other.") and one.planned is None for one in found)


def test_every_changed_key_is_listed_with_what_was_planned(tmp_path):
    content, rows, folder = before_the_end(tmp_path)
    lock_study(rm.load_study(folder), today=DAY)
    content = changed(content)
    content["analysis"] = {"gates": {"least_people": 3}}
    content["instruments"]["confidence"]["items"] = ["c1", "c2"]
    content["programme"]["name"] = {"en": "Another name"}
    rows["responses"] = [row for row in rows["responses"] if row[3] != "c3"]
    small_study.write(folder, content, rows)
    judged = rm.evaluate(folder)
    assert {one.key: (one.planned, one.now) for one in judged.deviations} == {
        KEY: (0.3, 0.5),
        "analysis.gates.least_people": (5, 3),
        "instruments.confidence.items.c3": ("c3", None),
        "programme.name.en": ("Small programme", "Another name"),
        "programme.name.it": ("Piccolo programma", None),
    }
    assert f"  {KEY}: planned 0.3, now 0.5" in judged.text()
    assert f"  {KEY}: previsto 0,3, ora 0,5" in judged.text("it")
    assert f"{KEY}: planned 0.3, now 0.5" in judged._repr_html_()
    # the first lock's answers of a closed wave are not the same any more
    assert "answers_altered" in {note.code for note in judged.notes}


def test_what_a_study_fills_in_as_it_runs_is_no_deviation(tmp_path):
    content, _, folder = before_the_end(tmp_path)
    lock_study(rm.load_study(folder), today=DAY)
    content["waves"]["post"] = {"opened": "2024-07-01", "closed": "2024-07-10"}
    content["report"] = {"client": "Example Ltd"}
    small_study.write(folder, content)  # with the answers of the last wave
    judged = rm.evaluate(folder)
    assert judged.deviations == ()
    assert "answers_altered" not in {note.code for note in judged.notes}
    content["waves"]["pre"]["closed"] = "2024-01-12"
    small_study.write(folder, content)
    (one,) = rm.evaluate(folder).deviations
    assert (one.key, one.planned, one.now) == ("waves.pre.closed", "2024-01-10", "2024-01-12")


def test_a_lock_that_came_after_the_outcome_says_so(tmp_path):
    folder = small_study.write(tmp_path)
    lock = lock_study(rm.load_study(folder), today=DAY)
    assert lock.already_answered() == ("confidence",)
    judged = rm.evaluate(folder)
    (late,) = [note for note in judged.notes if note.code == "plan_locked_late"]
    assert late.params == (("all", 1), ("late", 1))
    assert "does not show that the plan came first" in late.text()


def test_a_second_lock_needs_a_reason_and_keeps_the_first(tmp_path):
    content, rows, folder = before_the_end(tmp_path)
    first = lock_study(rm.load_study(folder), today=DAY)
    small_study.write(folder, changed(content), rows)
    study = rm.load_study(folder)
    with pytest.raises(DesignError, match=f"locked on 2024-01-11 \\({first.short}\\)"):
        lock_study(study, today=DAY)
    with pytest.raises(DesignError, match="give the reason"):
        lock_study(study, again="  ", today=DAY)
    second = lock_study(study, again="The client asked for more.", today=dt.date(2024, 2, 1))
    assert second.before == first.fingerprint
    assert [one.fingerprint for one in read_lock(folder).earlier] == [first.fingerprint]
    assert [one.key for one in second.amendments] == [KEY]
    judged = rm.evaluate(folder)
    assert judged.deviations == ()
    (again,) = [note for note in judged.notes if note.code == "plan_locked_again"]
    assert again.text() == (
        "It was locked again on 1 February 2024 (keys changed: 1). The reason given: The client asked for more."
    )


def test_a_reason_without_a_lock_is_refused(tmp_path):
    with pytest.raises(DesignError, match="nothing to lock again"):
        lock_study(rm.load_study(small_study.write(tmp_path)), again="why not")
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize(
    "edit",
    [
        lambda locks: locks[0]["plan"]["goals"][0]["criteria"][0].update(threshold=0.1),
        lambda locks: locks[0].update(date="2023-01-01"),
        lambda locks: locks[0].update(reason="agreed"),
        lambda locks: locks[1]["answers"]["pre"]["counts"].update(confidence=0),
        lambda locks: locks.pop(0),
        lambda locks: locks.reverse(),
    ],
    ids=["threshold", "date", "reason", "counts", "first lock taken out", "order"],
)
def test_a_lock_edited_by_hand_is_refused(tmp_path, edit):
    content, rows, folder = before_the_end(tmp_path)
    lock_study(rm.load_study(folder), today=DAY)
    small_study.write(folder, changed(content), rows)
    lock_study(rm.load_study(folder), again="asked", today=DAY)
    file = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    edit(file["locks"])
    (folder / LOCK).write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(DataError, match=r"study.lock: the lock of .* does not fit its fingerprint"):
        rm.evaluate(folder)
    assert invoke("evaluate", folder, "--fail-on-deviation").exit_code != 0


def hashed(entry):
    """A lock file whose only entry fits its fingerprint, whatever is in it."""
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    said = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps({"format": 1, "locks": [{"fingerprint": said, **entry}]})


_ENTRY = {"date": "2024-01-11", "reason": None, "before": None, "rmstudy": "0", "tables": {}, "answers": {}}
NO_WAVE = hashed(_ENTRY | {"plan": {"goals": [], "waves": {"pre": None}, "instruments": {}}})
NO_ANSWERS = hashed(_ENTRY | {"plan": {"goals": [], "waves": {}, "instruments": {}}, "answers": {"post": 3}})
SELF_CONSISTENT = hashed(_ENTRY | {"plan": {"goals": [{"criteria": [{"id": 1}]}]}})


@pytest.mark.parametrize(
    "text",
    [
        SELF_CONSISTENT,
        NO_WAVE,
        NO_ANSWERS,
        "",
        "{",
        "[]",
        "{}",
        '{"locks": []}',
        '{"locks": [1]}',
        '{"locks": [{}]}',
        "\x00",
    ],
)
def test_a_damaged_lock_is_refused_with_a_sentence(tmp_path, text):
    folder = small_study.write(tmp_path)
    (folder / LOCK).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"study.lock: the lock (cannot be read|of None does not fit)"):
        read_lock(folder)


def test_a_layout_change_of_the_lock_file_itself_is_harmless(tmp_path):
    _, _, folder = before_the_end(tmp_path)
    lock = lock_study(rm.load_study(folder), today=DAY)
    file = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    (folder / LOCK).write_text(json.dumps(file, sort_keys=True), encoding="utf-8")
    assert read_lock(folder).fingerprint == lock.fingerprint


def test_keys_that_a_later_format_brings_are_not_deviations(tmp_path):
    _, _, folder = before_the_end(tmp_path)
    study = rm.load_study(folder)
    old = plain_plan(study.plan)
    del old["monitoring"], old["call"]
    lock = lock_study(study, today=DAY)
    from dataclasses import replace

    assert replace(lock, plan=old).deviations(study.plan) == ()


def test_the_samples_are_not_locked():
    for name in ("eight-pairs", "picked-the-weakest"):
        judged = rm.evaluate(rm.load_sample(name))
        assert judged.lock is None
        assert judged.deviations == ()
        assert [note.code for note in judged.notes] == ["plan_not_locked"]
        assert json.loads(judged.to_json())["lock"] is None


def test_values_are_said_as_people_write_them():
    assert value_words(0.30000000000000004) == "0.3"
    assert value_words([]) == "not stated"
    assert len(value_words("word " * 50)) <= 70


def test_a_change_is_seen_in_its_line_however_small_or_late():
    long = "The same words as before, and again the same words, and once more the same words: "
    for planned, now, words in (
        (long + "all of them", long + "some of them", ("all of them", "some of them")),
        (1e-9, 2e-9, ("1e-09", "2e-09")),
    ):
        text = Deviation("goals.g.statement", planned, now).text()
        assert all(word in text for word in words)


def test_a_change_in_texts_of_two_languages_reads_in_one():
    one = Deviation("call.benefits.mentee", [{"en": "An hour", "it": "Un'ora"}], [{"en": "Two", "it": "Due"}])
    assert one.text("it") == "call.benefits.mentee: previsto Un'ora, ora Due"


def test_named_pairs_are_counted_in_a_line_and_not_named():
    text = Deviation("matching.pinned", [["s001", "j001"]], [["s001", "j001"], ["s002", "j002"]]).text()
    assert text == "matching.pinned: planned pairs: 1, now pairs: 2"


def test_one_letter_written_in_two_ways_is_one_letter(tmp_path):
    content, rows, folder = before_the_end(tmp_path)
    content["programme"]["name"] = "Caffè"
    small_study.write(folder, content, rows)
    before = plan_fingerprint(rm.load_study(folder).plan)
    lock_study(rm.load_study(folder), today=DAY)
    content["programme"]["name"] = unicodedata.normalize("NFD", "Caffè")
    small_study.write(folder, content, rows)
    assert rm.evaluate(folder).deviations == ()
    assert plan_fingerprint(rm.load_study(folder).plan) == before


# --- the shell -----------------------------------------------------------------------------------------------


def test_the_shell_locks_evaluates_and_fails_on_a_deviation(tmp_path):
    content, rows, folder = before_the_end(tmp_path / "study")
    unlocked = invoke("evaluate", folder, "--fail-on-deviation")
    assert unlocked.exit_code == 1
    assert "There is no lock to compare the plan with" in unlocked.output
    registered = tmp_path / "out" / "preregistration.md"
    done = invoke("lock", folder, "--preregistration", registered)
    assert done.exit_code == 0, done.output
    lock = read_lock(folder)
    assert lock.fingerprint in done.output
    assert "only if the fingerprint is kept where nobody can change it" in done.output
    assert lock.fingerprint in registered.read_text(encoding="utf-8")
    assert invoke("evaluate", folder, "--fail-on-deviation").exit_code == 0
    small_study.write(folder, changed(content), rows)
    assert invoke("evaluate", folder).exit_code == 0
    for words in ((), ("--json",), ("--csv",), ("--lang", "it")):
        failed = invoke("evaluate", folder, "--fail-on-deviation", *words)
        assert failed.exit_code == 1
        assert KEY in failed.output
    as_json = json.loads(invoke("evaluate", folder, "--json").output)
    assert as_json["lock"]["fingerprint"] == lock.fingerprint
    assert as_json["deviations"] == [{"key": KEY, "planned": 0.3, "now": 0.5}]
    refused = invoke("lock", folder)
    assert refused.exit_code == 1
    assert isinstance(refused.exception, DesignError)
    assert invoke("lock", folder, "--again", "Agreed with the client").exit_code == 0
    assert invoke("evaluate", folder, "--fail-on-deviation").exit_code == 0


def test_the_annex_of_the_page_names_the_lock_and_its_deviations(tmp_path):
    from rmstudy.report.annex import annex
    from rmstudy.report.words import unknowns

    content, rows, folder = before_the_end(tmp_path)
    lock = lock_study(rm.load_study(folder), today=DAY)
    kept = rm.evaluate(folder)
    page = str(annex(kept, lang="en"))
    assert f"11 January 2024 ({lock.short})" in page
    assert "Changed since the plan was locked" not in page
    assert not any("lock" in line for line in unknowns(kept, "en"))
    hostile = changed(content)
    hostile["programme"]["name"] = "<script>alert(1)</script>"
    small_study.write(folder, hostile, rows)
    page = str(annex(rm.evaluate(folder), lang="it"))
    assert f"{KEY}: previsto 0,3, ora 0,5" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
