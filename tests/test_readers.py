"""There and back again: what is sent out, answered in a survey tool and imported is what was answered."""

from __future__ import annotations

import copy
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from survey_tools import LimeSurvey, Page, Qualtrics, clean
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.programme import questionnaire as q
from rmstudy.programme.questionnaire.privacy import CODE_QUESTIONS
from rmstudy.programme.questionnaire.reading_back import mapping_text
from rmstudy.programme.questionnaire.sending import questionnaires
from rmstudy.readers.answers import combined
from rmstudy.readers.mapping import parse_mapping
from rmstudy.readers.people.linking import PARTS, linking_code
from rmstudy.study.sample import REPOSITORY_FOLDER
from rmstudy.wording import choose, say

FLAGSHIP = REPOSITORY_FOLDER / "digital-skills"
LANGUAGES = ("en", "it")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEY = ["person_id", "wave_id", "instrument_id", "item_id", "rater_id"]


@pytest.fixture(scope="module")
def flagship():
    return rm.load_sample("digital-skills")


@pytest.fixture(scope="module")
def plan(flagship):
    return flagship.plan


@pytest.fixture(scope="module")
def original(plan):
    """The flagship's answers, a row each, labels as the numbers they stand for; the units' apart."""
    wide = pd.read_csv(FLAGSHIP / "responses.csv", dtype=str, keep_default_na=False)
    place = {
        item or name: (name, item)
        for name, instrument in plan.instruments.items()
        for item in (instrument.items or [""])
    }
    long = wide.melt(["person_id", "wave_id", "rater_id"], var_name="column").query("value != ''")
    long["instrument_id"] = [place[column][0] for column in long["column"]]
    long["item_id"] = [place[column][1] for column in long["column"]]
    steps = {
        label: str(step)
        for labels in plan.instruments["inclusion"].labels.values()
        for step, label in enumerate(labels, 1)
    }
    long["value"] = [steps.get(value, value) for value in long["value"]]
    return long.drop(columns="column")


def typed(person: str, wave: str) -> dict[str, str]:
    """The parts of somebody's linking code, typed differently each time."""
    number = int(person[1:]) + 400 * "sjo".index(person[0])
    first, second = LETTERS[number // 26 % 26], LETTERS[number % 26]
    day, sister = number % 28 + 1, LETTERS[number % 7]
    if wave == "pre":
        return {
            "mother": f"{first}{second}",
            "day": f"{day:02d}",
            "town": f"{second}{first}",
            "name": sister,
            "siblings": "0",
        }
    town = f" {second.lower()}'{first.lower()}quila "
    return {
        "mother": f"{first}{second}ria",
        "day": str(day),
        "town": town,
        "name": f"x{sister.lower()}",
        "siblings": "00",
    }


def consent(lang: str, answer: str = "yes") -> dict[str, str]:
    """Taking part, or not, in words."""
    asked = say("I have read this information, and I take part.", lang)
    hint = say("If not, stop here: nothing more is asked, and nothing you wrote is used.", lang)
    return {f"{asked} ({hint})": say(answer, lang)}


def code_of(person: str) -> str:
    """The same code, written by hand."""
    parts = typed(person, "pre")
    return f"{parts['mother']}{parts['day']}{parts['town']}{parts['name']}00"


def sheets(plan, original) -> dict[tuple[str, str], list[tuple[str, dict[str, str]]]]:
    """Every filled sheet of the flagship in words: by questionnaire and language."""
    found: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = {}
    people = original[original["instrument_id"] != "learning_culture"]
    roles = pd.read_csv(FLAGSHIP / "participants.csv").set_index("person_id")["role"]
    for (person, wave, rater), rows in people.groupby(["person_id", "wave_id", "rater_id"]):
        who = rater or person
        lang = LANGUAGES[int(who[1:]) % 2]
        parts = [wave, roles[person], "observer" if rater else ""]
        if (rows["instrument_id"] == "digital_test").any():
            form = rows.loc[rows["instrument_id"] == "digital_test", "item_id"].iloc[0][0].upper()
            parts.append(form if wave == "pre" else {"A": "B", "B": "A"}[form])
        elif wave != "mid" and roles[person] == "mentee":
            parts.append("A")
        words = consent(lang) | {
            say(CODE_QUESTIONS[part], lang): text for part, text in typed(who, wave).items()
        }
        if rater:
            about = say("The person's pseudonym, as it stands in your invitation", lang)
            words[f"{about} ({say('Do not write a name.', lang)})"] = person
        for row in rows.itertuples():
            instrument = plan.instruments[row.instrument_id]
            words[clean(choose(instrument.items[row.item_id], lang))] = in_words(instrument, row, lang)
        found.setdefault(("-".join(part for part in parts if part), lang), []).append((who, words))
    return found


def in_words(instrument, row, lang: str) -> str:
    """An answer as the words that are ticked."""
    if instrument.key:
        return clean(choose(instrument.options[row.item_id]["abcd".index(row.value)], lang))
    if instrument.labels:
        return instrument.labels[lang][int(row.value) - 1]
    return row.value


@pytest.fixture(scope="module")
def sent(plan):
    """Everything that is sent out."""
    return {(one.id, one.lang): one for one in questionnaires(plan, languages=LANGUAGES)}


@pytest.fixture(scope="module")
def exports(plan, original, sent, tmp_path_factory):
    """The export files of a tool, all sheets in them; written once."""
    filled = sheets(plan, original)
    return cache(lambda source: exported(source, sent, filled, tmp_path_factory.mktemp(source)))


def exported(source: str, made, sheets, folder: Path) -> list[Path]:
    """All sheets through one tool into its export files."""
    paths = []
    for (name, lang), filled in sheets.items():
        one, words = made[name, lang], [sheet for _, sheet in filled]
        if source == "qualtrics":
            paths.append(folder / f"{name}.{lang}.csv")
            paths[-1].write_text(Qualtrics(q.qualtrics(one)).export(words, previews=2), encoding="utf-8")
        elif source == "limesurvey":
            # one survey holds both languages; answered here in one language a file
            other = LANGUAGES[1 - LANGUAGES.index(lang)]
            survey = LimeSurvey(q.limesurvey([made[name, other], one]))
            paths.append(folder / f"{name}.{lang}.csv")
            paths[-1].write_text(survey.export(words, brackets=lang == "en"), encoding="utf-8")
        else:
            browser = Page(q.html_page(one))
            for who, sheet in filled:
                about = [value for words, value in sheet.items() if words.endswith(")") and value[0] in "sj"]
                paths.append(folder / f"{name}-{who}-{'-'.join(about)}.csv")
                paths[-1].write_text(browser.save(sheet), encoding="utf-8")
    return paths


def codes_of(original) -> dict[str, str]:
    people = {*original["person_id"], *original["rater_id"]} - {""}
    return {code_of(person): person for person in people if person[1:].isdigit()}


def comparable(responses: pd.DataFrame) -> pd.DataFrame:
    """Rows in one order, empty cells alike."""
    columns = [*KEY, "value"]
    return responses[columns].fillna("").sort_values(KEY, ignore_index=True).astype(str)


@pytest.mark.parametrize("source", ["html", "qualtrics", "limesurvey"])
def test_the_flagship_goes_there_and_back_to_the_last_cell(source, original, sent, exports):
    asked = original[original["instrument_id"] != "learning_culture"]
    mapping = parse_mapping(q.mapping(list(sent.values())))
    paths = exports(source)
    found = rm.readers.read_answers(paths, mapping, source=source, codes=codes_of(asked))
    pd.testing.assert_frame_equal(comparable(found.responses), comparable(asked))
    assert found.sheets == asked.groupby(["person_id", "wave_id", "rater_id"]).ngroups
    dropped = [problem for problem in found.findings if "left out" in problem.what]
    assert len(dropped) == (len(paths) if source == "qualtrics" else 0)


def test_the_flagships_scores_survive_the_round_trip_on_the_shell(flagship, original, exports, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(FLAGSHIP, study)
    # what a staff survey says of departments is asked of nobody here, and stays
    original[original["instrument_id"] == "learning_culture"].to_csv(study / "responses.csv", index=False)
    run = CliRunner()
    made = run.invoke(
        app, ["questionnaire", str(FLAGSHIP), "--out", str(tmp_path / "sent"), "--lang", "en,it"]
    )
    assert made.exit_code == 0, made.output
    codes = tmp_path / "codes.csv"
    pairs = codes_of(original).items()
    codes.write_text("code,person_id\n" + "".join(f"{code},{person}\n" for code, person in pairs))
    paths = [str(path) for path in exports("limesurvey")]
    options = ["--study", str(study), "--map", str(tmp_path / "sent" / "mapping.yml"), "--codes", str(codes)]
    imported = run.invoke(app, ["import", "limesurvey", *paths, *options])
    assert imported.exit_code == 0, imported.output
    back = rm.load_study(study)
    order = ["person_id", "wave_id", "instrument_id"]
    before, after = (some.scores.sort_values(order, ignore_index=True) for some in (flagship, back))
    pd.testing.assert_frame_equal(after, before)
    # a second import of the same sheets adds nothing
    size = len(pd.read_csv(study / "responses.csv"))
    assert run.invoke(app, ["import", "limesurvey", paths[0], *options]).exit_code == 0
    assert len(pd.read_csv(study / "responses.csv")) == size


# ---------------------------------------------------------------------------------------------------------

SMALL = {
    "format": 1,
    "questionnaires": {"pre": {"wave": "pre", "role": "mentee"}, "post": {"wave": "post", "role": "mentee"}},
    "sources": {
        source: {
            name: {
                "columns": {
                    **{f"code_{part}": f"code.{part}" for part in PARTS},
                    "c1": "responses.comfort.c1",
                    "n": "responses.calls",
                },
                "answers": {"responses.comfort": {"1": "1", "2": "2", "Mai": "1", "Perché sì": "2"}},
            }
            for name in ("pre", "post")
        }
        for source in ("html", "qualtrics", "limesurvey")
    },
}
HEAD = "questionnaire,lang," + ",".join(f"code_{part}" for part in PARTS) + ",c1,n\n"
ANNA = "ma,7,ro,a,1"


def written(tmp_path, text: str, name: str = "answers.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


def read(path, **more):
    return rm.readers.read_answers(path, parse_mapping(SMALL), source=more.pop("source", "html"), **more)


def test_labels_count_without_capitals_and_accents_and_numbers_lose_their_empty_decimals(tmp_path):
    text = HEAD + f"pre,it,{ANNA},perche si,4.0000000000\npost,it,{ANNA},MAI,2.5\n"
    values = read(written(tmp_path, text)).responses.set_index(["wave_id", "instrument_id"])["value"]
    assert values.to_dict() == {
        ("pre", "calls"): "4",
        ("pre", "comfort"): "2",
        ("post", "calls"): "2.5",
        ("post", "comfort"): "1",
    }


def test_without_a_list_the_code_is_the_pseudonym(tmp_path):
    found = read(written(tmp_path, HEAD + f"pre,it,{ANNA},1,3\n"))
    assert set(found.responses["person_id"]) == {"MA07ROA01"}


def test_everything_refused_is_said_at_once_with_its_row(tmp_path):
    text = HEAD + f"pre,it,{ANNA},9,many\npre,it,lu,8,mi,o,0,2,tre@example.org\nmid,it,lu,8,mi,o,0,2,3\n"
    with pytest.raises(DataError) as refused:
        read(written(tmp_path, text))
    problems = {(problem.row, problem.column): problem for problem in refused.value.problems}
    assert set(problems) == {(2, "c1"), (2, "n"), (3, "n"), (4, "questionnaire")}
    assert "not a known answer" in problems[2, "c1"].what
    assert "example.org" not in str(refused.value)
    assert "hidden: looks like an e-mail address" in str(refused.value)


def test_a_second_answer_is_refused_in_one_file_and_across_files(tmp_path):
    one = written(tmp_path, HEAD + f"pre,it,{ANNA},1,3\n", "one.csv")
    two = written(tmp_path, HEAD + "pre,it,Màrta,07,Roma,a,1,2,3\n", "two.csv")
    with pytest.raises(
        DataError, match=r"two.csv, row 2.*second answer of the same wave \(the first is in one.csv, row 2\)"
    ):
        read([two, one])
    both = written(tmp_path, HEAD + f"pre,it,{ANNA},1,3\npre,it,{ANNA},1,3\n", "both.csv")
    with pytest.raises(DataError, match=r"both.csv, row 3.*second answer"):
        read(both)


def test_a_sheet_of_nobody_is_left_out_and_listed_never_guessed(tmp_path):
    # one letter off the list, and one code that is not complete
    text = HEAD + f"pre,it,{ANNA},1,3\npre,it,mo,7,ro,a,1,2,3\npre,it,,7,ro,a,1,2,3\n"
    found = read(written(tmp_path, text), codes={"MA07ROA01": "s001"})
    assert set(found.responses["person_id"]) == {"s001"}
    assert [(problem.row, problem.severity) for problem in found.findings] == [
        (3, "to decide"),
        (4, "to decide"),
    ]


def test_the_list_of_codes_refuses_one_code_for_two_people(tmp_path):
    path = written(tmp_path, "code,person_id\nMA-07-RO-A-01,s001\nma07roa01,s002\n", "codes.csv")
    with pytest.raises(DataError, match=r"codes.csv, row 3.*belongs to somebody else in row 2"):
        rm.readers.read_codes(path)
    with pytest.raises(DataError, match="columns that are missing: person_id"):
        rm.readers.read_codes(written(tmp_path, "code\nx\n", "short.csv"))


def test_a_list_of_codes_inside_the_study_is_refused(tmp_path):
    study = tmp_path / "study"
    shutil.copytree(FLAGSHIP, study)
    (study / "codes.csv").write_text("code,person_id\nx,s001\n")
    options = ["--study", str(study), "--map", "m.yml", "--codes", str(study / "codes.csv")]
    result = CliRunner().invoke(app, ["import", "html", "a.csv", *options])
    assert isinstance(result.exception, DataError)
    assert "lies inside the study" in str(result.exception)


def test_previews_are_left_out_and_counted_and_unfinished_sheets_kept(tmp_path):
    codes = ",".join(f"code_{part}" for part in PARTS)
    head = f"StartDate,Status,Finished,{codes},c1,n,questionnaire\n"
    second = ",".join(["text"] * 11) + "\n"
    third = ",".join(['"{""ImportId"":""x""}"'] * 11) + "\n"
    rows = (
        f"2024-01-08,Survey Preview,True,{ANNA},1,1,pre\n"
        f"2024-01-08,IP Address,False,{ANNA},1,,pre\n"
        "2024-01-08,Spam,True,lu,8,mi,o,0,2,2,pre\n"
    )
    found = read(written(tmp_path, head + second + third + rows), source="qualtrics")
    assert found.sheets == 2
    assert len(found.responses) == 3
    assert [problem.severity for problem in found.findings] == ["to know", "to decide", "to know"]
    assert "left out: 1" in found.findings[0].what
    assert found.findings[1].row == 6
    with pytest.raises(DataError, match="three header rows"):
        read(written(tmp_path, head + rows, "edited.csv"), source="qualtrics")


def test_columns_that_are_unknown_or_missing_are_named(tmp_path):
    with pytest.raises(DataError) as refused:
        read(written(tmp_path, HEAD.replace(",n\n", ",m\n") + f"pre,it,{ANNA},1,3\n"))
    said = str(refused.value)
    assert "column m" in said
    assert "columns of pre that are missing: n" in said


def test_a_file_must_say_which_questionnaire_it_holds_or_be_told(tmp_path):
    codes = ",".join(f"code_{part}" for part in PARTS)
    path = written(tmp_path, f"id,submitdate,{codes},c1,n\n1,,{ANNA},1,3\n")
    with pytest.raises(DataError, match="does not say which questionnaire"):
        read(path, source="limesurvey")
    found = read(path, source="limesurvey", questionnaire="post")
    assert set(found.responses["wave_id"]) == {"post"}
    assert "not finished" in found.findings[0].what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "an unknown format"),
        ({"questionnaires": {"pre": {"wav": "pre"}}, "sources": {}}, "questionnaires.pre.wav"),
        ({"questionnaires": {}}, "a questionnaire that is not described"),
        (
            {"sources": {"html": {"pre": {"columns": {"c1": "respones.comfort.c1"}}}}},
            "Did you mean responses",
        ),
    ],
)
def test_a_mapping_that_is_wrong_is_refused(change, said):
    with pytest.raises(DataError, match=said):
        parse_mapping({**SMALL, **change})


def test_yes_no_and_numbers_stay_text_in_a_mapping(tmp_path):
    path = tmp_path / "mapping.yml"
    path.write_text(
        "format: 1\nquestionnaires: {yes: {wave: pre}}\n"
        "sources: {html: {yes: {columns: {1: responses.a.b}, answers: {responses.a: {no: 010}}}}}\n"
    )
    export = rm.readers.read_mapping(path).sources["html"]["yes"]
    assert export.columns == {"1": "responses.a.b"}
    assert export.answers == {"responses.a": {"no": "010"}}


def test_the_parts_of_a_code_are_cut_to_what_was_asked():
    parts = {"mother": "Élodie", "day": "007", "town": "l'Aquila", "name": "Zoë", "siblings": "12"}
    assert linking_code(parts) == "EL07LAE12"
    for part in PARTS:
        assert linking_code({**parts, part: "?"}) is None
    assert linking_code({**parts, "day": "seven"}) is None


def test_row_and_file_order_do_not_matter(tmp_path):
    rows = [
        f"pre,it,m{letter},7,ro,a,1,{number % 2 + 1},{number}\n" for number, letter in enumerate("abcdefgh")
    ]
    one = read(written(tmp_path, HEAD + "".join(rows))).responses
    mixed = np.random.default_rng(1).permutation(rows)
    two = [
        written(tmp_path, HEAD + "".join(some), f"{n}.csv") for n, some in enumerate((mixed[:3], mixed[3:]))
    ]
    pd.testing.assert_frame_equal(one, read(two).responses)


def test_intake_and_log_come_back_as_their_tables(plan, tmp_path):
    made = {one.id: one for one in questionnaires(plan)}
    mapping = parse_mapping(q.mapping(list(made.values())))
    code = consent("en") | {CODE_QUESTIONS[part]: text for part, text in typed("s001", "pre").items()}
    intake = code | {
        "How much do you want to take part?": "very much",
        "Working with data and charts": "much",
        "Music and concerts": "yes",
        "Travel and languages": "yes",
        "Sport and movement": "no",
        "I like to try unfamiliar ways of doing things.": "partly true",
    }
    log = consent("en") | {
        "The pair's code, as it stands in your invitation": "p01",
        "Day of the meeting (such as 2024-03-31)": "2024-02-06",
        "Length in minutes": "45",
        "How did you meet?": "online",
        "Who talked how much? The share of the junior mentor in percent (50 means that both talked the same)": "40",
        "Who chose what you talked about?": "senior mentee",
        "Which way did advice go?": "from the junior mentor to the senior mentee",
        "How far did the junior mentor hold back what he or she thought?": "somewhat",
        "How useful was the meeting to you?": "useful",
    }
    for source in ("html", "qualtrics", "limesurvey"):
        folder = tmp_path / source
        folder.mkdir()
        filled = {
            "intake-mentee": [intake],
            "log-mentor": [log],
            "log-mentee": [{**log, "Length in minutes": "50"}],
        }
        paths = []
        for name, answers in filled.items():
            export = {
                "html": lambda one, some: Page(q.html_page(one)).save(some[0]),
                "qualtrics": lambda one, some: Qualtrics(q.qualtrics(one)).export(some),
                "limesurvey": lambda one, some: LimeSurvey(q.limesurvey([one])).export(some),
            }[source]
            paths.append(written(folder, export(made[name], answers), f"{name}.csv"))
        found = rm.readers.read_answers(paths, mapping, source=source, codes={code_of("s001"): "s001"})
        profiles = found.tables["profiles"].set_index("attribute")["value"].to_dict()
        assert profiles == {"interest": "music;travel", "need_data": "3", "trait_openness": "3"}
        assert found.tables["participants"].to_numpy().tolist() == [["s001", "mentee"]]
        assert found.tables["applications"].to_numpy().tolist() == [["s001", "5"]]
        logged = found.tables["meeting_log"].set_index("reporter_role")
        said = ["talk_share_mentor", "agenda_by", "advice_direction", "held_back", "usefulness"]
        assert logged.loc["mentor", said].tolist() == ["40", "mentee", "mentor_to_mentee", "2", "3"]
        assert set(logged["meeting_id"]) == {"p01-2024-02-06"}
        meetings = found.tables["meetings"]
        assert meetings[["meeting_id", "pair_id", "date", "mode", "source"]].to_numpy().tolist() == [
            ["p01-2024-02-06", "p01", "2024-02-06", "online", "self"]
        ]
        assert [problem.column for problem in found.findings] == ["minutes"]


@pytest.mark.parametrize("source", ["html", "qualtrics", "limesurvey"])
def test_who_does_not_take_part_is_left_out_unread_and_counted(source, plan, sent, tmp_path):
    one = sent["mid-mentee", "it"]
    mapping = parse_mapping(q.mapping([one]))
    item = clean(choose(plan.instruments["digital_skill"].items["sk1"], "it"))
    sheets = []
    for person, said in (("s001", consent("it")), ("s002", consent("it", "no")), ("s003", {})):
        code = {say(CODE_QUESTIONS[part], "it"): text for part, text in typed(person, "pre").items()}
        sheets.append(said | code | {item: plan.instruments["digital_skill"].labels["it"][2]})
    texts = {
        "html": lambda: [Page(q.html_page(one)).save(sheet) for sheet in sheets],
        "qualtrics": lambda: [Qualtrics(q.qualtrics(one)).export(sheets)],
        "limesurvey": lambda: [LimeSurvey(q.limesurvey([one])).export(sheets)],
    }[source]()
    # what somebody wrote who says no is not even looked at, so that it cannot stand in a message
    texts = [text.replace(code_of("s002"), "x") for text in texts]
    paths = [written(tmp_path, text, f"{number}.csv") for number, text in enumerate(texts)]
    found = rm.readers.read_answers(paths, mapping, source=source)
    assert found.responses[["person_id", "value"]].to_numpy().tolist() == [[code_of("s001"), "3"]]
    assert found.sheets == 1
    assert [problem.what for problem in found.findings] == [
        "sheets without a yes to taking part, left out: 2"
    ]


def test_a_decimal_comma_is_one_and_possible_thousands_are_refused(tmp_path):
    values = read(written(tmp_path, HEAD + f'pre,it,{ANNA},1,"2,5"\npost,it,{ANNA},1,1e3\n')).responses
    assert values.loc[values["instrument_id"] == "calls", "value"].tolist() == ["1e3", "2.5"]
    for number in ("1,250", "1.250,5", "1,2,3", ","):
        with pytest.raises(DataError, match=r"answers.csv, row 2, column n.*is not a number"):
            read(written(tmp_path, HEAD + f'pre,it,{ANNA},1,"{number}"\n'))


def test_rows_that_are_there_are_completed_and_never_overwritten():
    there = pd.DataFrame(
        {"person_id": ["s1", "s2"], "applied_on": ["2024-01-08", "2024-01-09"], "motivation": [None, "2"]}
    )
    new = pd.DataFrame({"person_id": ["s3", "s1"], "motivation": ["1", "5"]})
    rows, known = combined(there, new, ["person_id"])
    assert known == 1
    assert rows.fillna("").to_numpy().tolist() == [
        ["s1", "2024-01-08", "5"],
        ["s2", "2024-01-09", "2"],
        ["s3", "", "1"],
    ]
    with pytest.raises(
        DataError, match=r"'s2': new answers that differ from those already in the study, rows: 1"
    ):
        combined(there, new.assign(person_id=["s3", "s2"]), ["person_id"])


def test_a_meeting_that_the_study_has_does_not_count_twice(plan, sent, tmp_path):
    study, mapping = tmp_path / "study", tmp_path / "mapping.yml"
    study.mkdir()
    shutil.copy(FLAGSHIP / "study.yml", study)
    (study / "meetings.csv").write_text(
        "meeting_id,pair_id,date,minutes,mode,source,reported_by\nm7,p01,2024-02-06,47,online,platform,\n"
    )
    mapping.write_text(mapping_text(q.mapping([one for one in sent.values() if one.table == "meeting_log"])))

    def log(role: str, day: str, minutes: str) -> None:
        asked = sent[f"log-{role}", "en"]
        words = {
            clean(question.text) + (f" ({clean(question.hint)})" if question.hint else ""): question.code
            for question in asked.questions
        }
        given = {"consent": "yes", "pair_id": "p01", "date": day, "minutes": minutes, "mode": "online"}
        sheet = {word: given[code] for word, code in words.items() if code in given}
        path = written(tmp_path, Page(q.html_page(asked)).save(sheet))
        options = ["--study", str(study), "--map", str(mapping)]
        done = CliRunner().invoke(app, ["import", "html", str(path), *options])
        assert done.exit_code == 0, (done.output, done.exception)

    # the platform's meeting, and one that the two report weeks apart with different lengths
    for role, day, minutes in (
        ("mentor", "2024-02-06", "45"),
        ("mentor", "2024-02-20", "30"),
        ("mentee", "2024-02-20", "40"),
        ("mentee", "2024-02-20", "40"),
    ):
        log(role, day, minutes)
    meetings = pd.read_csv(study / "meetings.csv")
    assert meetings[["meeting_id", "minutes"]].to_numpy().tolist() == [["m7", 47], ["p01-2024-02-20", 30]]
    logged = pd.read_csv(study / "meeting_log.csv")
    assert logged[["meeting_id", "reporter_role"]].to_numpy().tolist() == [
        ["m7", "mentor"],
        ["p01-2024-02-20", "mentor"],
        ["p01-2024-02-20", "mentee"],
    ]


def test_applicants_come_into_a_new_study_without_hand_work(tmp_path):
    study, sent = tmp_path / "study", tmp_path / "sent"
    goal = {"name": "Buddies", "goal": "Seniors feel surer.", "success": "Confidence"}
    rm.new_study(study, answers={**goal, "threshold": 1, "instrument": "Confidence, 1 to 5"})
    run = CliRunner()
    assert run.invoke(app, ["questionnaire", str(study), "--out", str(sent), "--lang", "it"]).exit_code == 0
    paths = []
    for number, role in enumerate(("mentor", "mentee", "mentee")):
        browser = Page((sent / f"intake-{role}.it.html").read_text(encoding="utf-8"))
        parts = {f"code_{part}": text for part, text in typed(f"s00{number}", "pre").items()}
        sheet = {
            words: clean(next(iter(options))) if options else parts[column]
            for words, (column, options) in browser.fields.items()
        }
        paths.append(str(written(tmp_path, browser.save(sheet), f"{number}.csv")))
    options = ["--study", str(study), "--map", str(sent / "mapping.yml")]
    assert run.invoke(app, ["import", "html", *paths, *options]).exit_code == 0
    loaded = rm.load_study(study)
    roles = loaded.tables["participants"].set_index("person_id")["role"].to_dict()
    assert roles == {code_of("s000"): "mentor", code_of("s001"): "mentee", code_of("s002"): "mentee"}
    assert (
        set(loaded.tables["profiles"]["person_id"])
        == set(loaded.tables["applications"]["person_id"])
        == set(roles)
    )
    # somebody who is in the study as a mentor cannot apply as a mentee unseen
    (study / "participants.csv").write_text(f"person_id,role\n{code_of('s001')},mentor\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in study.iterdir()}
    refused = run.invoke(app, ["import", "html", *paths, *options])
    assert "differ from those already in the study" in str(refused.exception)
    assert {path.name: path.read_bytes() for path in study.iterdir()} == before


def test_a_yes_that_cannot_be_read_is_refused_and_an_empty_sheet_is_none(tmp_path):
    content = copy.deepcopy(SMALL)
    for export in (one for exports in content["sources"].values() for one in exports.values()):
        export["columns"]["in"] = "consent"
        export["answers"]["consent"] = {"yes": "yes", "no": "no", "sì": "yes"}
    head = HEAD.replace("questionnaire,lang,", "id,submitdate,questionnaire,").replace(",n", ",n,in")
    opened = "1,,,,,,,,,,\n"
    path = written(tmp_path, head + opened + f"2,x,pre,{ANNA},1,3,SI\n3,x,pre,lu,8,mi,o,0,2,2,no\n")
    found = rm.readers.read_answers(path, parse_mapping(content), source="limesurvey")
    assert set(found.responses["person_id"]) == {"MA07ROA01"}
    assert found.sheets == 1
    path = written(tmp_path, head + f"2,x,pre,{ANNA},1,3,J\n")
    with pytest.raises(DataError, match=r"row 2, column in, value 'J': not a known answer"):
        rm.readers.read_answers(path, parse_mapping(content), source="limesurvey")


def test_without_a_list_a_sheet_of_nobody_in_the_study_is_left_out_and_listed(tmp_path):
    path = written(tmp_path, HEAD + f"pre,it,{ANNA},1,3\npre,it,mo,7,ro,a,1,2,3\n")
    found = read(path, people=["MA07ROA01", "s002"])
    assert set(found.responses["person_id"]) == {"MA07ROA01"}
    assert [(problem.row, problem.severity) for problem in found.findings] == [(3, "to decide")]
    assert "on no list" in found.findings[0].what
