"""The client's page: one file, the same bytes, both languages, nobody in it, and no claim too many."""

from __future__ import annotations

import html
import json
import re
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

import rmstudy as rm
from rmstudy import wording
from rmstudy.errors import PlanError, RmstudyError
from rmstudy.report import exhibits, people, running, words, writing
from rmstudy.report.hub import to_markdown
from rmstudy.report.pages import to_html
from rmstudy.results import Note

SAMPLES = ("digital-skills", "no-comparison", "picked-the-weakest", "eight-pairs", "national-supported-work")
PARTS = (
    "first_page",
    "goal_pages",
    "participation_flow",
    "who_took_part",
    "the_meetings",
    "the_limits",
    "annex",
)


class Reader(HTMLParser):
    """The words of a page, its tags with their attributes, and the words of the first page alone."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self.silent += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.silent:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts + [a.get("alt", "") for _, a in self.tags]))


@cache
def judged(sample: str):
    return rm.evaluate(rm.load_sample(sample))


def notebook_of(evaluation, lang: str):
    """The executed notebook, made without a kernel."""
    outputs = [getattr(exhibits, part)(evaluation, lang=lang)._repr_mimebundle_() for part in PARTS]
    cells = []
    for data in outputs:
        cell = nbformat.v4.new_code_cell("exhibit", id=f"c{len(cells)}")
        cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """Make a page as `write` does, the kernel left out."""

    @cache
    def made(sample: str, lang: str = "en") -> str:
        evaluation = judged(sample)
        markdown = to_markdown(notebook_of(evaluation, lang), tmp_path_factory.mktemp("page"), lang=lang)
        return to_html(markdown, words=writing.page_words(evaluation.study.plan, lang))

    return made


def first_page(sample: str, lang: str = "en") -> str:
    return Reader(exhibits.first_page(judged(sample), lang=lang).html).text


def test_written_twice_gives_the_same_bytes_and_nothing_else(tmp_path):
    sample = rm.load_sample("picked-the-weakest")
    one, two = rm.report.write(sample, tmp_path / "a"), rm.report.write(sample.path, tmp_path / "b")
    assert one.name == "report.html"
    assert one.read_bytes() == two.read_bytes()
    assert [file.name for file in one.parent.iterdir()] == ["report.html"]
    content = one.read_text(encoding="utf-8")
    assert content.startswith("<!doctype html>") and content.endswith("</html>\n")
    assert 'src="data:image/png;base64,' in content
    for private in (str(Path.home()), str(tmp_path), str(sample.path.resolve()), "/tmp/"):
        assert private not in Reader(content).text


@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_page_asks_for_nothing_outside_and_is_accessible(page, sample, lang):
    content = page(sample, lang)
    reader = Reader(content)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", content)
    assert not re.search(r"url\(|@import|<script|<link", content)
    assert ("html", {"lang": lang}) in reader.tags
    images = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert images and all(len(image["alt"]) > 20 for image in images)
    assert all(image["src"].startswith("data:image/png") for image in images)
    headers = [attributes for tag, attributes in reader.tags if tag == "th"]
    assert headers and all(header.get("scope") in ("col", "row") for header in headers)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    goals = {attributes["href"] for tag, attributes in reader.tags if tag == "a"}
    assert {goal.removeprefix("#") for goal in goals} <= set(ids)
    tables = [tag for tag, _ in reader.tags if tag in ("table", "caption")]
    assert tables.count("table") == tables.count("caption")
    assert [tag for tag, _ in reader.tags].count("h1") == 1


@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_first_page_has_the_answer_and_every_verdict(page, sample, lang):
    from rmstudy.evaluation.sentences import goal_answer, verdict_words

    evaluation, text = judged(sample), first_page(sample, lang)
    assert text in Reader(page(sample, lang)).text
    for goal in evaluation.goals:
        assert goal_answer(goal, lang) in text
        assert wording.choose(goal.goal.statement, lang) in text
    for one in evaluation.criteria:
        assert f"{words.label(one, lang)}" in text
        assert verdict_words(one, lang) in text
    for heading in ("The decision to take", "What we do not know"):
        assert wording.translate(heading, lang) in text


@pytest.mark.parametrize("sample", SAMPLES)
def test_nobody_is_in_the_page(page, sample):
    study = judged(sample).study
    ids = set(study.tables["participants"]["person_id"])
    for table, columns in {
        "pairs": ["pair_id"],
        "responses": ["rater_id"],
        "meetings": ["meeting_id"],
    }.items():
        for column in columns:
            if table in study.tables and column in study.tables[table]:
                ids |= set(study.tables[table][column].dropna())
    found = set(re.findall(r"[\w-]+", Reader(page(sample)).text))
    assert ids and not ids & found


@pytest.mark.parametrize("lang", ["en", "it"])
def test_eight_pairs_are_too_few_to_be_shown(page, lang):
    text = Reader(page("eight-pairs", lang)).text
    assert wording.translate("Not enough data", lang) in text
    shown = Reader(exhibits.who_took_part(judged("eight-pairs"), lang=lang).html).text
    assert {
        "en": "no breakdown by unit is shown",
        "it": "la ripartizione per unità organizzativa non è mostrata",
    }[lang] in shown
    assert people.breakdown(judged("eight-pairs"), "mentee", lang) is None
    units = set(judged("eight-pairs").study.tables["participants"]["unit"])
    assert units and not units & set(shown.split())


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_small_number_of_people_is_shown(sample):
    evaluation = judged(sample)
    least = evaluation.study.plan.privacy.minimum_cell
    for role in people.roles(evaluation):
        cells = people.breakdown(evaluation, role, "en")
        numbers = [] if cells is None else [int(n) for n in cells.to_numpy().ravel() if n.isdigit()]
        assert all(n == 0 or n >= least for n in numbers)
        for _, group in people.shown(evaluation, role, "en").groupby("group"):
            exact = sorted({int(n.replace(",", "")) for n in group["n"] if n[0].isdigit()})
            assert all(n >= least for n in exact)
            assert all(b - a >= least for a, b in pairwise(exact))


def test_few_people_are_not_counted_out_in_notes():
    assert words.note_words(Note.of("pre_only", n=3), 5, "en") == wording.NOTES["pre_only"].replace(
        "{n:count}", "fewer than 5"
    )
    assert "7" in words.note_words(Note.of("pre_only", n=7), 5, "en")
    assert "meno di 5" in words.note_words(Note.of("pre_only", n=3), 5, "it").lower()


def test_a_note_does_not_count_more_exactly_than_the_page():
    evaluation = judged("no-comparison")
    least = evaluation.study.plan.privacy.minimum_cell
    for one in evaluation.criteria:
        told = people.counted(evaluation, one, "en")
        exact = sum(one.result.n.values())
        assert told == "≈16" and exact != 16  # two of sixteen did not answer again
        notes = " ".join(
            words.caveats(one, least, told, "en") + words.follow_up_words(one, least, told, "en")
        )
        assert not re.search(rf"\b{exact}\b", notes)
        assert "%" not in notes
        assert "told in the participation flow only" in notes


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_trap_never_reads_as_a_success(page, lang):
    evaluation = judged("picked-the-weakest")
    text = Reader(page("picked-the-weakest", lang)).text
    claims = {
        "en": ["brought it about.", "goal was reached", "Continue", "✓", "worked"],
        "it": ["L'obiettivo è stato raggiunto", "grazie al programma", "Proseguire", "✓", "ha funzionato"],
    }[lang]
    for claim in claims:
        for place in re.finditer(re.escape(claim), text):
            before = text[max(0, place.start() - 60) : place.start()]
            assert "not shown that" in before or "non è dimostrato" in before
    assert wording.translate("Not shown", lang) in first_page("picked-the-weakest", lang)
    assert wording.note("rtm_covers", {}, lang) in first_page("picked-the-weakest", lang)
    assert all(words.tone(goal) == "open" for goal in evaluation.goals)


def test_the_decision_follows_verdict_and_merit():
    flagship = words.decisions(judged("digital-skills").goals, "en")
    assert flagship[0].startswith("Goal 1: Keep what worked (Digital knowledge), and change")
    (trap,) = words.decisions(judged("picked-the-weakest").goals, "en")
    assert "Do not extend" in trap and "waiting list drawn by lot" in trap
    (few,) = words.decisions(judged("eight-pairs").goals, "en")
    assert few.startswith("Goals 1, 2: Do not decide yet.")


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sentence_has_its_italian(monkeypatch, sample):
    italian = wording._catalogue("it")
    few = {text.replace("{n:count}", "{n}") for text in italian.values()}  # notes told of a few people
    missing: set[str] = set()

    class Recording(dict):
        def get(self, key, default=None):
            # what fills a field may be a word of the plan or already Italian; sentences may not be missing
            if key not in italian and key not in few and sys._getframe(2).f_code.co_name == "say":
                missing.add(key)
            return italian.get(key, default)

    evaluation = judged(sample)
    people.shown.cache_clear()
    monkeypatch.setattr(wording, "_catalogue", lambda lang: Recording() if lang == "it" else {})
    for part in PARTS:
        getattr(exhibits, part)(evaluation, lang="it")
    writing.page_words(evaluation.study.plan, "it")
    people.shown.cache_clear()
    assert not missing


def test_every_rule_of_the_report_has_its_italian():
    tables = (words.ARMS, words.MERIT, words._TALLY, words._ADVICE)
    texts = {text for table in tables for text in table.values()}
    assert not texts - set(wording._catalogue("it"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_italian_page_is_italian(page, sample):
    text = Reader(page(sample, "it").partition("Da dove viene questa pagina")[0]).text
    study = judged(sample).study
    quoted = {
        json.loads(f'"{words}"')
        for words in re.findall(r'"((?:[^"\\]|\\.){4,})"', study.plan.model_dump_json())
    }
    quoted |= set(study.tables["participants"].get("unit", ()))  # the study's own words stay as they are
    for words_ in sorted(quoted, key=len, reverse=True):
        text = text.replace(words_, " ")
    english = re.findall(r"\b(the|and|of|people|with|not|was|were|programme|answered|group|is|shown)\b", text)
    assert not english
    assert not re.search(r"\d\.\d{1,2}\b(?!\.)", text.replace("1978", ""))
    assert re.search(r"\d,\d", text) or sample == "eight-pairs"


def test_numbers_are_signed_and_in_their_unit():
    text = Reader(exhibits.goal_pages(judged("national-supported-work")).html).text
    assert "+1,750 dollars (434 to 3,066)" in text  # the adjusted difference of the experimental sample
    italian = Reader(exhibits.goal_pages(judged("national-supported-work"), lang="it").html).text
    assert "+1.750 dollari (da 434 a 3.066)" in italian


def test_second_language_stands_beside_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "execute", lambda path, parameters: nbformat.v4.new_notebook())
    sample = rm.load_sample("eight-pairs")
    assert rm.report.write(sample, tmp_path).name == "report.html"
    assert rm.report.write(sample, tmp_path, lang="it").name == "report-it.html"
    assert 'lang="it"' in (tmp_path / "report-it.html").read_text(encoding="utf-8")
    with pytest.raises(RmstudyError, match="no report in 'de'"):
        rm.report.write(sample, tmp_path, lang="de")


def test_missing_packages_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "find_spec", lambda name: None if name == "pypandoc" else object())
    with pytest.raises(
        RmstudyError, match=r"needs pypandoc. Install it: python -m pip install 'rmstudy\[report\]'"
    ):
        rm.report.write("anywhere", tmp_path)


def test_colours_are_checked_and_stay_readable():
    plan = rm.load_sample("eight-pairs").plan
    report = plan.report.model_copy(update={"colours": {"brand": "#FFE08A"}})
    assert writing.page_words(plan.model_copy(update={"report": report}), "en")["on-brand"] == "#111111"
    report = plan.report.model_copy(update={"colours": {"brand": "red; background: url(//x)"}})
    with pytest.raises(PlanError, match="not a colour"):
        writing.page_words(plan.model_copy(update={"report": report}), "en")


def notebook(path: Path, *sources: str, parameters: str = 'study = ""\nlang = "en"') -> Path:
    cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_unknown_parameter_is_refused_with_the_known_ones(tmp_path):
    path = notebook(tmp_path / "own.ipynb", parameters="stdy = ''\nlang: str = 'en'")
    with pytest.raises(
        RmstudyError, match=r"no parameter 'study'. Did you mean 'stdy'\? The notebook takes: lang, stdy"
    ):
        running.execute(path, {"study": "here", "lang": "en"})
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nbformat.write(bare, path)
    with pytest.raises(RmstudyError, match="no cell with the tag 'parameters'"):
        running.execute(path, {"lang": "en"})
    path.write_text("not json", encoding="utf-8")
    with pytest.raises(RmstudyError, match="not a notebook"):
        running.execute(path, {"lang": "en"})


def test_failing_notebook_says_where_and_writes_nothing(tmp_path):
    path = notebook(tmp_path / "own.ipynb", "assert lang == 'en'\nraise ValueError('no such wave')")
    out = tmp_path / "out"
    with pytest.raises(RmstudyError, match=r"own\.ipynb stopped at .*: ValueError: no such wave"):
        rm.report.write(rm.load_sample("eight-pairs"), out, notebook=path)
    assert not out.exists()


def test_a_page_that_cannot_be_put_in_place_leaves_the_old_one_whole(tmp_path, monkeypatch):
    (tmp_path / "report.html").write_text("the old page", encoding="utf-8")
    half = writing.Path.replace

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.Path, "replace", fail)
    with pytest.raises(RmstudyError, match="cannot be written"):
        writing._replace(tmp_path / "report.html", "the new page")
    monkeypatch.setattr(writing.Path, "replace", half)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "the old page"


@pytest.mark.parametrize(("logo", "what"), [("/etc/hostname", "outside"), ("study.yml", "not a picture")])
def test_a_logo_is_a_picture_inside_the_study(tmp_path, logo, what):
    import small_study

    folder = small_study.write(tmp_path / "study", small_study.plan(report={"logo": logo}))
    with pytest.raises(PlanError, match=what):
        rm.report.write(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_follow_up_share_stands_beside_a_masked_number_of_people():
    evaluation = judged("digital-skills")
    least = evaluation.study.plan.privacy.minimum_cell
    seen = 0
    for one in evaluation.criteria:
        told = people.counted(evaluation, one, "en")
        if words.masked(told):
            seen += 1
            said = " ".join(
                words.follow_up_words(one, least, told, "en") + words.caveats(one, least, told, "en")
            )
            assert "%" not in said
            assert "not counted" not in said
    assert seen


def test_own_words_tables_and_pictures_reach_the_page(tmp_path):
    source = (
        "from IPython.display import HTML, Image, display\n"
        "print('not for the client')\n"
        "display(HTML('<table><tr><th>A</th></tr><tr><td>own table</td></tr></table>'))\n"
    )
    path = notebook(tmp_path / "own.ipynb", source)
    content = nbformat.read(path, 4)
    content.cells.append(nbformat.v4.new_markdown_cell("## Our view\n\nMeetings were *well* liked."))
    content.cells.append(nbformat.v4.new_markdown_cell("internal", metadata={"tags": ["remove-cell"]}))
    nbformat.write(content, path)
    page = rm.report.write(rm.load_sample("eight-pairs"), tmp_path, notebook=path).read_text(encoding="utf-8")
    assert "own table" in page and "<em>well</em>" in page
    assert "not for the client" not in page and "internal" not in page and "IPython" not in page


def test_a_picture_from_outside_is_refused(tmp_path):
    markdown = tmp_path / "report.md"
    plan = rm.load_sample("eight-pairs").plan
    markdown.write_text("![a logo](https://example.org/logo.png)", encoding="utf-8")
    with pytest.raises(RmstudyError, match="a picture from outside"):
        to_html(markdown, words=writing.page_words(plan, "en"))


def test_text_is_escaped():
    assert (
        exhibits.element("p", "<b> & 'x'").html
        == f"<p>{html.escape(chr(60) + 'b> & ' + chr(39) + 'x' + chr(39))}</p>"
    )


def test_template_notebook_is_clean():
    content = nbformat.read(writing.template(), 4)
    nbformat.validate(content)
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert running._assigned(next(c for c in code if "parameters" in c.metadata.get("tags", [])).source) == {
        "study",
        "lang",
    }
    shown = [cell.source for cell in code if cell.source.startswith("exhibits.")]
    assert [
        re.match(r"exhibits\.(\w+)\(evaluation, lang=lang\)$", source).group(1) for source in shown
    ] == list(PARTS)
