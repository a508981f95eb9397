"""What the report and its annex say: the same in both languages, short enough, and nobody can be told from it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations

import pandas as pd
import pytest
import small_study
from hypothesis import given, settings
from hypothesis import strategies as st
from test_report import PARTS, SAMPLES, Reader, judged, notebook_of, shown

import rmstudy as rm
from rmstudy import wording
from rmstudy.errors import DesignError, PlanError
from rmstudy.evaluation.explored import unseen, who_gained
from rmstudy.plots import Lane, Moment, alt_text, design, forest
from rmstudy.programme.value import study_costs, study_return
from rmstudy.report import commentary, costs, cover, exhibits, meetings, people, recruited
from rmstudy.report.costs import cost_sentence, spent
from rmstudy.report.hub import to_markdown
from rmstudy.report.instruments import flagged
from rmstudy.report.meetings import ENDS
from rmstudy.report.numbers import short_words
from rmstudy.report.words import caveats
from rmstudy.results import Estimate, Note, Result
from rmstudy.wording import percent

ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)


def numbers_in(text: str, lang: str) -> Counter[str]:
    """Every number of a text, written as English writes it."""
    found = re.findall(r"\d[\d.,]*\d|\d", text)
    if lang == "it":
        found = [number.translate(str.maketrans(".,", ",.")) for number in found]
    return Counter(number.replace(",", "") for number in found)


@cache
def words_of(sample: str, lang: str, part: str) -> str:
    """The words of one part, the plan's own sentences (which hold numbers in words) left out."""
    text = Reader(shown(sample, lang, part).html).text
    plan = judged(sample).study.plan
    own = [goal.method for goal in plan.goals] + [one.rationale for _, one in plan.criteria]
    own += [plan.value.rationale] if plan.value else []
    for words in sorted((wording.choose(words, lang) for words in own if words), key=len, reverse=True):
        text = text.replace(re.sub(r"\s+", " ", words), " ")
    return text


@pytest.mark.parametrize("sample", SAMPLES)
def test_both_languages_state_the_same_numbers(sample):
    for part in (part for part in PARTS if part != "where_from"):  # version numbers are no numbers
        english, italian = (numbers_in(words_of(sample, lang, part), lang) for lang in ("en", "it"))
        assert english == italian, (part, english - italian, italian - english)


ENGLISH = """
after also an and any are as at be been before but by can cannot could did do does for from had has
have how if is it its less many may more most not nothing of often one only or other our out over
same shown so some than that the their them then there these they this those to too was we were what
when where which while who whom will with without would people programme goal target merit answered
waiting list costs share found
"""


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_english_word_is_left_in_the_italian_documents(sample):
    study = judged(sample).study
    own = set(re.findall(r"\w+", study.plan.model_dump_json().lower()))
    own_words = (
        "instruments",
        "codebook",
        "who_took_part",
        "recruitment",
    )  # licences, items and units keep their names
    own |= {
        word for value in study.tables["participants"].get("unit", ()) for word in str(value).lower().split()
    }
    for part in PARTS:
        text = Reader(re.sub(r"<code>.*?</code>", " ", shown(sample, "it", part).html)).text.lower()
        left = set(re.findall(r"[a-zàèéìòù]+", text)) & set(ENGLISH.split())
        # words of the plan itself, such as the English name of a licence, stay as they are
        assert not {word for word in left if not (part in own_words and word in own)}, (part, left)


def cells_of(html: str) -> list[list[list[str]]]:
    """Tables as rows of texts."""
    return [
        [[Reader(cell).text.strip() for cell in CELL.findall(row)] for row in ROW.findall(table)]
        for table in TABLE.findall(html)
    ]


def exact(text: str) -> int | None:
    """A number that is told exactly."""
    return int(re.sub(r"[.,]", "", text)) if re.fullmatch(r"\d[\d.,]*", text) else None


def published(sample: str, lang: str) -> dict[tuple[str, str], set[int]]:
    """Every exact number of people of both documents, by role and group, read off the pages."""
    evaluation = judged(sample)
    plan = evaluation.study.plan
    found: dict[tuple[str, str], set[int]] = {}
    arms = {
        role: list(dict.fromkeys(people.shown(evaluation, role, "en")["group"]))
        for role in people.roles(evaluation)
    }
    columns = [(role, arm) for role in arms for arm in arms[role]]
    (flow,) = cells_of(shown(sample, lang, "participation_flow").html)
    for row in flow[1:]:
        for key, text in zip(columns, row[1:], strict=True):
            found.setdefault(key, set()).update({n for n in [exact(text)] if n is not None})
    by_label = {}
    for one in evaluation.criteria:
        label = wording.choose(one.criterion.label or one.instrument.name, lang)
        by_label.setdefault(label, []).append(one)
    tables = cells_of(shown(sample, lang, "goal_pages").html + shown(sample, lang, "estimates").html)
    tables += cells_of(shown(sample, lang, "missing_data").html)
    counted = {wording.translate(words, lang) for words in ("People counted",)}
    for table in tables:
        column = next((i for i, name in enumerate(table[0]) if name in counted), None)
        if column is None:
            continue
        for row in table[1:]:
            for one in by_label.get(row[0], []):
                if one.goal.role == "unit" or one.result is None:
                    continue
                told = re.findall(r"[≈<]?\d[\d.,]*", row[column])
                groups = arms[one.goal.role][: len(told)]
                for arm, text in zip(groups, told, strict=True):
                    found.setdefault((one.goal.role, arm), set()).update(
                        {n for n in [exact(text)] if n is not None}
                    )
    assert plan.privacy.minimum_cell >= 3
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_published_number_of_people_isolates_a_few(sample):
    least = judged(sample).study.plan.privacy.minimum_cell
    english, italian = published(sample, "en"), published(sample, "it")
    assert english == italian and any(english.values())
    for numbers in english.values():
        assert all(n >= least for n in numbers)
        assert all(abs(a - b) >= least for a, b in combinations(numbers, 2))


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_withheld_cannot_be_worked_out_from_the_totals(sample):
    evaluation = judged(sample)
    least = evaluation.study.plan.privacy.minimum_cell
    for role in people.roles(evaluation):
        cells = people.breakdown(evaluation, role, "en")
        for arm in () if cells is None else cells.columns:
            flow = people.shown(evaluation, role, "en")
            total = exact(str(flow.loc[(flow["group"] == arm) & (flow["step"] == "assigned"), "n"].iloc[0]))
            hidden = [text for text in cells[arm] if exact(text) is None]
            if total is not None and hidden:
                dark = total - sum(exact(text) or 0 for text in cells[arm])
                assert dark >= least and dark > len(hidden)
    for table in cells_of(shown(sample, "en", "monitoring").html):
        parts = [
            row[1]
            for row in table
            if row[0] in ("completed", "withdrew", "left the company", "changed partner", "never met")
        ]
        role = evaluation.study.plan.role_acting_as("mentee")
        total = exact(people.step(evaluation, role, "assigned", "en") or "") if parts else None
        if total is not None and any(exact(text) is None for text in parts):
            dark = total - sum(exact(text) or 0 for text in parts)
            assert dark >= least and dark > sum(exact(text) is None for text in parts)
        assert all(exact(text) is None or exact(text) >= least for text in parts)


@st.composite
def cohorts(draw):
    """Random numbers of mentees at each step, and how their pairs ended."""
    assigned = draw(st.integers(5, 60))
    matched = draw(st.integers(0, assigned))
    met = draw(st.integers(0, matched))
    before = draw(st.integers(0, assigned))
    steps = {"assigned": assigned, "matched": matched, "met at least once": met}
    steps |= {"answered before": before, "answered before and after": draw(st.integers(0, before))}
    ends = draw(st.lists(st.sampled_from(list(ENDS)), min_size=matched, max_size=matched))
    counted = draw(st.lists(st.integers(0, before), min_size=3, max_size=3))
    return steps, ends, counted


@settings(max_examples=100, deadline=None)
@given(cohort=cohorts())
def test_no_random_cohort_gives_a_few_people_away(cohort):
    steps, ends, counted = cohort
    evaluation = judged("digital-skills")
    least = evaluation.study.plan.privacy.minimum_cell
    flow = pd.DataFrame([("programme", step, n) for step, n in steps.items()], columns=["group", "step", "n"])
    of_mentees = [one.criterion.id for one in evaluation.criteria if one.goal.role == "mentee"]
    sizes = dict(zip(of_mentees, counted * len(of_mentees), strict=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "participation", lambda study, role: flow)
        patch.setattr(people, "last_reasons", lambda study, role: pd.Series(ends, dtype="object"))
        patch.setattr(people, "_arms", lambda one: {"programme": sizes.get(one.criterion.id, 0)})
        people.shown.cache_clear()
        try:
            made = people.shown(evaluation, "mentee", "en")
            texts = made.loc[made["group"] == "programme", "n"].tolist()
            table = meetings._ends(evaluation, "en")
            bounds = people.reached(evaluation, "completed", "en")
            total = exact(people.step(evaluation, "mentee", "matched", "en") or "")
        finally:
            people.shown.cache_clear()
    numbers = {n for n in map(exact, texts) if n is not None}
    assert all(n >= least for n in numbers)
    assert all(abs(a - b) >= least for a, b in combinations(numbers, 2))
    done = ends.count("completed")
    assert bounds is None or bounds[0] <= done <= bounds[1]
    if table is None:
        return
    parts = [row[1] for row in cells_of(table.html)[0][1:]]
    dark = len(ends) - sum(exact(text) or 0 for text in parts)
    assert all(exact(text) is None or exact(text) >= least for text in parts)
    if total is not None and dark:
        assert dark >= least
        # where nothing is told, empty parts are not told either; elsewhere each part hidden is somebody
        assert exact(parts[0]) is None or dark > sum(exact(text) is None for text in parts)


def test_a_share_of_those_who_answered_again_tells_no_few_people():
    evaluation = judged("digital-skills")
    one = evaluation["confidence"]
    there = one.result.n["programme"]
    assert any("73%" in line for line in people.follow_up(evaluation, one, "en"))
    # two of the 48 did not answer this questionnaire before: 35 of 46 would tell them
    notes = tuple(
        Note.of("follow_up", group="programme", share=there / 46)
        if dict(note.params).get("group") == "programme"
        else note
        for note in one.notes
    )
    changed = replace(one, notes=notes)
    goals = tuple(
        replace(goal, criteria=tuple(changed if other is one else other for other in goal.criteria))
        for goal in evaluation.goals
    )
    (line,) = people.follow_up(replace(evaluation, goals=goals), changed, "en")
    assert "%" not in line and "participation flow only" in line
    # where two were lost of an arm, the number of all who were lost is not told either
    notes = (Note.of("follow_up", group="programme", share=there / (there + 2)), Note.of("pre_only", n=22))
    lost = replace(one, notes=notes)
    told = str(there)
    assert not any("22" in words for words in caveats(lost, 5, told, "en"))
    assert any("22" in words for words in caveats(replace(one, notes=notes[1:]), 5, told, "en"))


def test_numbers_of_report_and_annex_are_the_same():
    report = cells_of(shown("digital-skills", "en", "goal_pages").html)
    annex = cells_of(shown("digital-skills", "en", "estimates").html)[1]
    estimate, interval = {}, {}
    for row in annex[1:]:
        estimate[row[0]], interval[row[0]] = row[2], row[3]
    seen = 0
    for table in report:
        for row in table[1:]:
            assert row[1].startswith(estimate[row[0]]) and interval[row[0]] in row[1]
            seen += 1
    assert seen == len(judged("digital-skills").criteria)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_annex_alone_has_standard_deviations_and_fingerprints(sample):
    evaluation = judged(sample)
    report = "".join(Reader(shown(sample, "en", part).html).text for part in exhibits.REPORT)
    annex = "".join(Reader(shown(sample, "en", part).html).text for part in exhibits.ANNEX)
    assert evaluation.fingerprint in annex and evaluation.fingerprint not in report
    assert "Hedges" not in report and "standard deviations) lower" not in report
    assert ("CONSORT" in annex) == any(
        one.criterion.contrast == "comparison"
        and evaluation.study.plan.design.assignment[one.goal.role].mechanism == "lottery"
        for one in evaluation.criteria
    )
    assert ("CONSORT" in annex) != ("TREND" in annex)


def pages_of(sample: str, lang: str, parts, folder) -> int:
    """How many A4 pages some parts fill."""
    import typst

    from rmstudy.report.paper import to_pdf

    evaluation = judged(sample)
    markdown = to_markdown(notebook_of(sample, lang, parts), folder, lang=lang)
    to_pdf(markdown, words=cover.cover_words(evaluation.study, lang))
    from rmstudy.report.paper import _fonts

    drawn = typst.compile(
        str(folder / "paper.typ"),
        root=str(folder),
        font_paths=[str(_fonts())],
        ignore_system_fonts=True,
        format="svg",
    )
    return len(drawn) if isinstance(drawn, list) else 1


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_report_has_at_most_eight_pages_and_the_first_is_one(tmp_path, sample, lang):
    (tmp_path / "all").mkdir()
    (tmp_path / "first").mkdir()
    assert pages_of(sample, lang, exhibits.REPORT, tmp_path / "all") <= 8
    assert pages_of(sample, lang, ("first_page",), tmp_path / "first") == 1


def test_every_picture_has_a_description_of_its_own():
    for sample in ("digital-skills", "no-comparison"):
        for lang in ("en", "it"):
            html = "".join(shown(sample, lang, part).html for part in exhibits.REPORT)
            alts = re.findall(r'<img src="[^"]+" alt="([^"]*)"', html)
            assert len(alts) >= 3 and all(len(alt) > 30 for alt in alts)
            assert len(set(alts)) == len(alts)
            names = re.findall(r'<img src="([^"]+)"', html)
            assert len(set(names)) == len(names)


# the consultant's words


@pytest.fixture
def study(tmp_path):
    """The smallest sample in a folder of its own."""
    import shutil

    folder = tmp_path / "study"
    shutil.copytree(rm.load_sample("eight-pairs").path, folder)
    (folder / "commentary").mkdir()

    def written(**files: str):
        for name, text in files.items():
            (folder / "commentary" / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return rm.load_study(folder)

    return written


def test_commentary_stands_in_its_section_and_is_only_text(study):
    hostile = "Meetings were **well** liked <script>alert(1)</script>\n\n- $x$\n- `=1+1`"
    one = rm.evaluate(study(summary__md=hostile, limits__it__md="Solo in italiano."))
    page = exhibits.first_page(one).html
    assert "<strong>well</strong>" in page and "<script>" not in page and "&lt;script&gt;" in page
    assert "Solo in italiano." in exhibits.the_limits(one, lang="it").html
    assert "Solo in italiano." not in exhibits.the_limits(one, lang="en").html
    assert "well" not in exhibits.the_limits(one, lang="it").html


def test_a_file_that_is_no_section_is_listed(study):
    one = study(sumary__md="lost", summary__fr__md="perdu", costs__md="found")
    assert commentary.unknown(one) == ["sumary.md", "summary.fr.md"]
    assert commentary.advice("sumary.md") == "summary"
    assert "sumary.md" in exhibits.where_from(rm.evaluate(one)).html


def test_recommendations_are_printed_once_accepted(study):
    front = "---\naccepted: {}\nowner: HR development\ndate: 2024-10-01\n---\n"
    one = rm.evaluate(
        study(
            **{"recommendation-1__md": front.format("yes") + "Draw the seats by lot."},
            **{"recommendation-2__md": front.format("no") + "Buy tablets."},
            **{"recommendation-3__md": "Only an idea."},
        )
    )
    english, italian = (Reader(exhibits.what_follows(one, lang=lang).html).text for lang in ("en", "it"))
    assert "Draw the seats by lot. Taken on by HR development, accepted on 1 October 2024." in english
    assert "Buy tablets" not in english and "Only an idea" not in english
    assert "accettata il 1 ottobre 2024" in italian


def test_front_matter_is_refused_with_all_that_is_wrong(study):
    one = study(
        **{"recommendation-1__md": "---\naccepted: yes\nboss: me\n---\nDo it."},
        **{"recommendation-2__md": "---\naccepted: perhaps\n---\nDo it."},
        **{"recommendation-3__md": "---\naccepted: no\nNever closed."},
    )
    with pytest.raises(PlanError) as caught:
        commentary.recommendations(one, "en")
    text = str(caught.value)
    for part in ("unknown key", "without an owner", "no day on which", "neither yes nor no", "has no end"):
        assert part in text


# costs and monitoring


def test_cost_counts_nobody_out(monkeypatch):
    evaluation = judged("digital-skills")
    assert cost_sentence(evaluation, "en") == (
        "In all 44,790 EUR, about 1,120 EUR for each pair that completed the programme."
    )
    monkeypatch.setattr(
        people, "step", lambda evaluation, role, name, lang: {"completed": "≈48", "assigned": "48"}[name]
    )
    # between 44 and 48 pairs, as far as the page tells
    assert "between 930 and 1,020 EUR" in cost_sentence(evaluation, "en")
    monkeypatch.setattr(people, "step", lambda evaluation, role, name, lang: "<5")
    assert cost_sentence(evaluation, "en") == "In all 44,790 EUR."


def with_costs(study, **columns):
    """A study with another table of costs."""
    return replace(study, tables={**study.tables, "costs": pd.DataFrame(columns)})


def test_costs_without_an_amount_are_said_to_be_missing():
    study = rm.load_sample("digital-skills")
    lines = {"cost_id": ["a", "b"], "category": ["x", "y"], "hours": ["2000", None], "rate": ["10", None]}
    some = rm.evaluate(with_costs(study, **lines, amount=[None, None]))
    assert "at least 20,000 EUR" in cost_sentence(some, "en")
    assert "almeno 20.000 EUR" in cost_sentence(some, "it")
    assert "Costs without an amount, or hours and a rate: 1." in exhibits.costs_and_value(some).html
    both = rm.evaluate(with_costs(study, **lines, amount=[None, "5000"]))
    assert cost_sentence(both, "en").startswith("In all 25,000 EUR, about 630 EUR")
    none = rm.evaluate(
        with_costs(study, cost_id=["a"], category=["x"], hours=[None], rate=[None], amount=[None])
    )
    assert spent(none.study) is None and "not known" in cost_sentence(none, "en")
    assert spent(rm.load_sample("eight-pairs")) is None


def test_costs_and_return_are_those_of_the_worksheet():
    evaluation = judged("digital-skills")
    found = {row.what: row for row in study_costs(evaluation.study).rows}
    told = Reader(shown("digital-skills", "en", "costs_and_value").html).text
    assert found["completed pair"].cost == pytest.approx(1119.75) and "about 1,120 EUR" in told
    met = found["mentee who met at least once"]
    assert (met.low, met.high) == pytest.approx((933.1, 1018.0), abs=0.1)
    assert "Between 930 and 1,020 EUR for each mentee who met" in told
    improved = found["reliably improved person"]
    assert improved.cost == pytest.approx(3732.5) and "About 3,730 EUR (2,520 to 6,140)" in told
    one = next(one for one in evaluation.criteria if one.criterion.id == "knowledge")
    sheet = study_return(evaluation.study, one.result, strength=one.strength)
    for roi, words in zip(sheet.table["roi"], ("−81%", "−13%", "155%"), strict=True):
        assert percent(roi) == words and words in told


def test_no_return_below_level_three_of_the_evidence(monkeypatch):
    evaluation = judged("digital-skills")
    one = next(one for one in evaluation.criteria if one.criterion.id == "knowledge")
    for strength, there in ((2, False), (3, True)):
        monkeypatch.setattr(costs, "_valued", lambda evaluation, s=strength: replace(one, strength=s))
        told = exhibits.costs_and_value(evaluation).html
        assert ("Return on investment" in told) == there
        assert ("No return on investment is worked out. The evidence is at level 2 of 5" in told) != there


def test_what_one_improved_person_cost_is_not_told_beside_a_masked_number(monkeypatch):
    monkeypatch.setattr(people, "counted", lambda evaluation, one, lang: "≈35")
    told = exhibits.costs_and_value(judged("digital-skills")).html
    assert "it would count a few people out" in told and "3,730" not in told


def test_meetings_are_summed_up_only_where_many_pairs_met():
    held = len(rm.load_sample("digital-skills").tables["meetings"])
    assert f"{held} meetings" in Reader(shown("digital-skills", "en", "monitoring").html).text
    assert "Nothing is said about meetings" in shown("eight-pairs", "en", "monitoring").html
    study = rm.load_sample("digital-skills")
    four = study.tables["pairs"].head(4)
    meetings = study.tables["meetings"][study.tables["meetings"]["pair_id"].isin(four["pair_id"])]
    log = study.tables["meeting_log"]
    log = log[log["meeting_id"].isin(meetings["meeting_id"])]
    tables = {**study.tables, "pairs": four, "meetings": meetings, "meeting_log": log}
    small = exhibits.monitoring(rm.evaluate(replace(study, tables=tables)))
    assert "Nothing is said about meetings" in small.html and "<img" not in small.html


# what was explored


def test_nothing_is_explored_in_few_people():
    assert who_gained(judged("eight-pairs")) == []
    assert "Nothing can be said" in shown("eight-pairs", "en", "who_benefited").html
    explored = who_gained(judged("digital-skills"))
    assert explored and all(one.one.criterion.priority == "primary" for one in explored)
    assert all(one.p_start is None or one.p_start >= (one.start.headline.p_value or 0) for one in explored)


def test_robustness_is_for_groups_that_no_lottery_made():
    evaluation = judged("digital-skills")
    assert unseen(evaluation["knowledge"]) is None
    assert unseen(evaluation["leadership"]) is not None
    assert unseen(evaluation["knowledge-change"]) is None


def test_instruments_that_may_not_be_used_for_pay_are_flagged(tmp_path):
    evaluation = judged("eight-pairs")
    plan = evaluation.study.plan
    unsure = plan.instruments["leadership"].model_copy(update={"commercial_ok": "unknown"})
    instruments = {**plan.instruments, "leadership": unsure}
    changed = replace(
        evaluation, study=replace(evaluation.study, plan=plan.model_copy(update={"instruments": instruments}))
    )
    assert flagged(changed) == ["Leadership self-efficacy"]
    assert "Not cleared for commercial use: Leadership self-efficacy." in exhibits.instruments(changed).html
    assert "I can give a group a clear direction." not in exhibits.codebook(changed).html
    assert "I can give a group a clear direction." in exhibits.codebook(evaluation).html


# pictures


def result(estimate: float, low: float, high: float) -> Result:
    rows = (Estimate("change", estimate, conf_low=low, conf_high=high),)
    return Result(
        "mean_change", "gap", "mean change", "points", rows, 0.95, {"a": 20, "b": 20}, {"a": 0, "b": 0}
    )


def test_a_target_below_zero_is_drawn_where_less_is_better():
    ax = forest([result(-1.5, -3.0, 0.5)], thresholds=[-2.0], less_is_better=[True])
    drawn = next(line for line in ax.lines if line.get_gid() == "estimate-0")
    assert drawn.get_xdata()[0] == pytest.approx(0.75)
    with pytest.raises(DesignError, match="not above zero"):
        forest([result(-1.5, -3.0, 0.5)], thresholds=[-2.0])


def test_the_design_is_said_in_words_and_drawn_over_time():
    study = judged("digital-skills").study
    waves = [Moment(name, wave.opened, wave.closed) for name, wave in study.plan.waves.items()]
    lanes = [Lane("In", True, (True, True, True)), Lane("Out", False, (True, False, True), "by lot")]
    period = (study.plan.programme.start, study.plan.programme.end)
    ax = design(lanes, waves, period=period)
    asked = {
        line.get_gid(): len(line.get_xdata()) for line in ax.lines if str(line.get_gid()).startswith("asked")
    }
    assert asked == {"asked-0": 3, "asked-1": 2}
    assert "Out: no programme, asked pre, post; compared with the group above (by lot)." in alt_text(ax)
    with pytest.raises(DesignError, match="nothing to draw"):
        design([], waves)
    with pytest.raises(DesignError, match="for 3 waves"):
        design([Lane("In", True, (True,))], waves)


def test_a_study_without_dates_or_costs_still_has_both_documents(tmp_path):
    evaluation = rm.evaluate(rm.load_study(small_study.write(tmp_path / "study", small_study.plan())))
    for part in PARTS:
        for lang in ("en", "it"):
            assert getattr(exhibits, part)(evaluation, lang=lang).html


# who came forward


def test_the_staff_stand_beside_those_who_take_part():
    report = Reader(shown("digital-skills", "en", "who_took_part").html).text
    assert "Senior mentee, 33% 4-executive against 14%" in report
    annex = Reader(shown("digital-skills", "en", "recruitment").html).text
    for words in ("Eligible staff", "640", "already trained", "Unit: operations"):
        assert words in annex
    assert "no counts of the staff" in shown("no-comparison", "en", "who_took_part").html


def test_units_are_not_told_twice_where_one_table_opens_the_other():
    evaluation = judged("digital-skills")
    for role in people.roles(evaluation):
        cells, found = people.breakdown(evaluation, role, "en"), recruited.represented(evaluation, role, "en")
        rows = found.counts[found.counts["characteristic"] == "unit"]
        if rows.empty:
            continue
        members = evaluation.study.tables["participants"].set_index("person_id")
        arms = evaluation.study.arms.reindex(members.index[members["role"] == role])
        for arm in cells.columns:
            hidden = set(cells.index[cells[arm] == "withheld"]) - set(rows["value"])
            unseen = members.loc[arms.index[arms == arm], "unit"].isin(hidden).sum()
            assert unseen == 0 or unseen >= 5


def test_a_characteristic_that_a_few_people_lack_is_left_out():
    study = rm.load_sample("digital-skills")
    table = study.tables["participants"].copy()
    seats = study.arms.index[study.arms == "programme"]
    senior = table.index[table["person_id"].isin(seats) & (table["role"] == "mentee")]
    table.loc[senior[:2], "tenure_band"] = None
    changed = rm.evaluate(replace(study, tables={**study.tables, "participants": table}))
    there = set(recruited.represented(changed, "mentee", "en").counts["characteristic"])
    assert "tenure_band" not in there and "age_band" in there


# shares


def test_a_share_of_a_few_people_is_told_as_a_bound():
    evaluation = judged("digital-skills")
    one = next(one for one in evaluation.criteria if one.criterion.id == "knowledge")
    for reached, words in ((20, "57%"), (33, ">85%"), (2, "<15%")):
        e = replace(one.result.headline, estimate=reached / 35, conf_low=0.1, conf_high=0.99)
        result = replace(one.result, n={"programme": 35}, estimates=(e,))
        share = replace(one, criterion=one.criterion.model_copy(update={"contrast": "share"}), result=result)
        goals = tuple(
            replace(goal, criteria=tuple(share if c is one else c for c in goal.criteria))
            for goal in evaluation.goals
        )
        changed = replace(evaluation, goals=goals)
        value, limits, _ = short_words(share, changed, "en")
        assert value == words and (limits == "–") == (words[0] in "<>")
