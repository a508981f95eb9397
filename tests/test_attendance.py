"""Meetings out of attendance reports and calendars: a pair, a day, and the minutes both were there."""

import datetime as dt
import random
import re

import pandas as pd
import pytest
import small_study
from typer.testing import CliRunner

from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers import calendar, read_answers, teams
from rmstudy.readers.mapping import Form, parse_mapping
from rmstudy.readers.placing.gatherings import not_again

CODES = {f"{who}@example.org": who for who in ("j0", "s0", "j1", "s1", "j2", "s2")}
PAIRS = pd.DataFrame(
    [
        ["p0", "j0", "s0", "2024-01-15", "2024-07-01"],
        ["p1", "j1", "s1", "2024-01-15", None],
        ["p2", "j0", "s2", "2024-02-01", "2024-07-01"],
    ],
    columns=["pair_id", "mentor_id", "mentee_id", "start", "end"],
)

OLD = """Meeting Summary
Total Number of Participants\t2
Meeting Title\tAnna Rossi / Bruno Bianchi: salary
Meeting Start Time\t3/25/2024, 9:58:03 AM

Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)
Anna Rossi\t3/25/2024, 10:00:00 AM\t3/25/2024, 10:20:00 AM\t20m\tJ0@example.org\tOrganizer\tj0@example.org
Anna Rossi\t3/25/2024, 10:30:00 AM\t3/25/2024, 11:00:00 AM\t30m\tj0@example.org\tOrganizer\tj0@example.org
Bruno Bianchi\t3/25/2024, 10:10:00 AM\t3/25/2024, 12:40:00 PM\t2h 30m\ts0@example.org\tPresenter\ts0@example.org
"""
NEW = """1. Summary
Meeting title\tAnna Rossi / Bruno Bianchi: salary
Attended participants\t3
Start time\t3/25/24, 9:58:03 AM
Meeting duration\t1h 2m 3s

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Anna Rossi\t3/25/24, 10:00:00 AM\t3/25/24, 11:00:00 AM\t50m\tj0@example.org\tj0@example.org\tOrganizer
Bruno Bianchi\t3/25/24, 10:10:00 AM\t3/25/24, 12:40:00 PM\t2h 30m\ts0@example.org\ts0@example.org\tPresenter
Carla (Guest)\t3/25/24, 10:10:00 AM\t3/25/24, 10:11:00 AM\t1m 0s\t\t\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Anna Rossi\t3/25/24, 10:00:00 AM\t3/25/24, 10:20:00 AM\t20m 0s\tj0@example.org\tOrganizer
Anna Rossi\t3/25/24, 10:30:00 AM\t3/25/24, 11:00:00 AM\t30m 0s\tj0@example.org\tOrganizer
Bruno Bianchi\t3/25/24, 10:10:00 AM\t3/25/24, 12:40:00 PM\t2h 30m\ts0@example.org\tPresenter
Carla (Guest)\t3/25/24, 10:10:00 AM\t3/25/24, 10:11:00 AM\t1m 0s\t\tAttendee
"""
ITALIAN = """1. Riepilogo
Titolo della riunione\tAnna Rossi / Bruno Bianchi: stipendio
Partecipanti presenti\t2

2. Partecipanti
Nome\tPrimo accesso\tUltima uscita\tDurata della riunione\tPosta elettronica\tID partecipante (UPN)\tRuolo
Anna Rossi\t25/03/24, 10:00:00\t25/03/24, 11:00:00\t50 min\tj0@example.org\tj0@example.org\tOrganizzatore
Bruno Bianchi\t25/03/24, 10:10:00\t25/03/24, 12:40:00\t2 h 30 min\ts0@example.org\ts0@example.org\tRelatore

3. Attività in riunione
Nome\tOra di ingresso\tOra di uscita\tDurata\tPosta elettronica\tRuolo
Anna Rossi\t25/03/24, 10:00:00\t25/03/24, 10:20:00\t20 min 0 s\tj0@example.org\tOrganizzatore
Anna Rossi\t25/03/24, 10:30:00\t25/03/24, 11:00:00\t30 min 0 s\tj0@example.org\tOrganizzatore
Bruno Bianchi\t25/03/24, 10:10:00\t25/03/24, 12:40:00\t2 h 30 min\ts0@example.org\tRelatore
"""
ACTIONS = """Full Name\tUser Action\tTimestamp\tEmail
Anna Rossi\tJoined\t3/25/2024, 10:00:00 AM\tj0@example.org
Bruno Bianchi\tJoined before\t3/25/2024, 10:10:00 AM\ts0@example.org
Anna Rossi\tLeft\t3/25/2024, 10:50:00 AM\tj0@example.org
Bruno Bianchi\tLeft\t3/25/2024, 11:50:00 AM\ts0@example.org
"""


def mapping(source="teams", **said):
    export = {"columns": {"person": "person"}, "identify": "email"} | said
    return parse_mapping(
        {
            "format": 1,
            "questionnaires": {"calls": {"table": "meetings"}},
            "sources": {source: {"calls": export}},
        }
    )


def saved(tmp_path, text, name="report.csv", encoding="utf-16"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def imported(files, source="teams", pairs=PAIRS, **said):
    said = {"dates": "mdy"} | said if source == "teams" else said
    return read_answers(files, mapping(source, **said), source=source, codes=CODES, pairs=pairs)


def rows(found):
    if "meetings" not in found.tables:
        return []
    return found.tables["meetings"][["pair_id", "date", "minutes"]].to_numpy().tolist()


def joined(*people, day="2024-03-25"):
    """A report of a call: who was there, from when to when."""
    text = "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
    for who, start, end in people:
        text += f"X Y\t{day} {start}:00\t{day} {end}:00\t\t{who}\tAttendee\n"
    return text


# both are there from 10:10 to 10:20 and from 10:30 to 11:00
@pytest.mark.parametrize(
    ("text", "order"), [(OLD, "mdy"), (NEW, "mdy"), (ITALIAN, "dmy")], ids=["old", "new", "Italian"]
)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_reports_of_all_kinds_say_the_same(tmp_path, text, order, encoding):
    found = imported(saved(tmp_path, text, encoding=encoding), dates=order)
    assert rows(found) == [["p0", "2024-03-25", "40"]]
    meeting = found.tables["meetings"].iloc[0]
    assert (meeting["source"], meeting["mode"]) == ("platform", "online")


def test_commas_and_semicolons(tmp_path):
    for separator in ",;":
        lines = [
            separator.join(f'"{cell}"' if "," in cell else cell for cell in line.split("\t"))
            for line in NEW.splitlines()
        ]
        assert rows(imported(saved(tmp_path, "\n".join(lines)))) == [["p0", "2024-03-25", "40"]]


def test_the_oldest_list_of_comings_and_goings(tmp_path):
    assert rows(imported(saved(tmp_path, ACTIONS))) == [["p0", "2024-03-25", "40"]]
    cut = ACTIONS.rsplit("\n", 2)[0] + "\n"
    found = imported(saved(tmp_path, cut))
    assert rows(found) == []
    assert any("without an end" in one.what for one in found.findings)


def test_only_the_first_and_the_last_time(tmp_path):
    part = NEW.partition("3. In-Meeting")[0]
    assert rows(imported(saved(tmp_path, part))) == [["p0", "2024-03-25", "50"]]


def test_titles_and_names_never_enter(tmp_path):
    found = imported(saved(tmp_path, NEW))
    text = repr(found) + found.tables["meetings"].to_csv()
    for word in ("Rossi", "Bianchi", "Carla", "salary", "example.org"):
        assert word not in text
    assert any("without an e-mail" in one.what for one in found.findings)


def test_days_are_never_guessed(tmp_path):
    ambiguous = NEW.replace("3/25/24", "3/4/24")
    with pytest.raises(DataError) as error:
        imported(saved(tmp_path, ambiguous), dates=None)
    problem = next(one for one in error.value.problems if one.severity == "refused")
    assert problem.rule == "ambiguous_dates"
    assert "2024-04-03" in problem.what and "2024-03-04" in problem.what
    assert rows(imported(saved(tmp_path, ambiguous), dates="dmy"))[0][1] == "2024-04-03"
    assert rows(imported(saved(tmp_path, ambiguous), dates="mdy"))[0][1] == "2024-03-04"
    with pytest.raises(DataError, match="no such day"):
        imported(saved(tmp_path, NEW), dates="dmy")


def test_a_call_that_was_started_again_is_one_meeting(tmp_path):
    first = saved(
        tmp_path, joined(("j0@example.org", "10:00", "10:20"), ("s0@example.org", "10:00", "10:25")), "a.csv"
    )
    then = saved(
        tmp_path, joined(("j0@example.org", "10:30", "11:00"), ("s0@example.org", "10:28", "11:00")), "b.csv"
    )
    assert rows(imported([first, then])) == [["p0", "2024-03-25", "50"]]
    assert rows(imported([then, first, first])) == [["p0", "2024-03-25", "50"]]


def test_two_devices_count_once(tmp_path):
    text = joined(
        ("j0@example.org", "10:00", "11:00"),
        ("j0@example.org", "10:30", "11:00"),
        ("s0@example.org", "10:00", "11:00"),
    )
    assert rows(imported(saved(tmp_path, text))) == [["p0", "2024-03-25", "60"]]


@pytest.mark.parametrize(
    ("people", "day", "says"),
    [
        ([("j0", "10:00", "11:00")], "2024-03-25", "with one of a pair only"),
        ([("x9", "10:00", "11:00"), ("y9", "10:00", "11:00")], "2024-03-25", "with nobody of the programme"),
        ([("j0", "10:00", "11:00"), ("s1", "10:00", "11:00")], "2024-03-25", "with people who are no pair"),
        ([("j0", "10:00", "11:00"), ("s0", "10:00", "11:00")], "2024-01-14", "of a pair outside its days"),
        ([("j0", "10:00", "11:00"), ("s0", "10:00", "11:00")], "2024-07-02", "of a pair outside its days"),
        ([("j0", "10:00", "10:30"), ("s0", "10:30", "11:00")], "2024-03-25", "but never at the same time"),
    ],
)
def test_what_is_no_meeting_is_counted(tmp_path, people, day, says):
    text = joined(*((f"{who}@example.org", start, end) for who, start, end in people), day=day)
    found = imported(saved(tmp_path, text))
    assert rows(found) == []
    (one,) = [one for one in found.findings if "no meetings: 1" in one.what]
    assert says in one.what and one.severity == "to know"


def test_two_partners_of_one_person_in_one_call(tmp_path):
    text = joined(*((f"{who}@example.org", "10:00", "10:30") for who in ("j0", "s0", "s2")))
    found = imported(saved(tmp_path, text))
    assert rows(found) == [["p0", "2024-03-25", "30"], ["p2", "2024-03-25", "30"]]
    (one,) = [one for one in found.findings if one.severity == "to decide"]
    assert one.rule == "several_mentees"
    # before the second pair began, the third person is one too many
    early = imported(saved(tmp_path, text.replace("2024-03-25", "2024-01-20")))
    assert rows(early) == []
    assert [one.severity for one in early.findings] == ["to decide"]


def test_a_gathering_of_many_is_no_meeting(tmp_path):
    text = joined(*((f"{who}@example.org", "10:00", "10:30") for who in ("j0", "s0", "j1", "s1")))
    found = imported(saved(tmp_path, text))
    assert rows(found) == []
    (one,) = found.findings
    assert "4 people" in one.what and one.severity == "to decide"


def test_other_people_beside_a_pair(tmp_path):
    text = joined(*((f"{who}@example.org", "10:00", "10:30") for who in ("j0", "s0", "stranger")))
    found = imported(saved(tmp_path, text))
    assert rows(found) == [["p0", "2024-03-25", "30"]]
    assert any("not in the programme: 1" in one.what for one in found.findings)


def test_lengths_that_do_not_fit_are_to_decide(tmp_path):
    text = joined(("j0@example.org", "10:00", "10:30"), ("s0@example.org", "10:00", "10:30"))
    found = imported(saved(tmp_path, text.replace("\t\tj0", "\t3h\tj0")))
    assert [one.severity for one in found.findings] == ["to decide"]


def test_meetings_that_the_study_has_are_not_added_again(tmp_path):
    found = imported(saved(tmp_path, OLD))
    there = pd.DataFrame({"meeting_id": ["m1", "m2"], "pair_id": ["p0", "p0"], "date": ["2024-03-25"] * 2})
    tables, said = not_again(found.tables, there)
    assert tables == {} and "1" in said[0].what
    assert not_again(found.tables, there.assign(date="2024-03-26"))[0].keys() == {"meetings"}


def test_without_addresses_or_pairs_nothing_can_be_told(tmp_path):
    nameless = "\n".join(re.sub(r"\t[^\t]*$", "", line) for line in ACTIONS.splitlines())
    with pytest.raises(DataError, match="no e-mail addresses"):
        imported(saved(tmp_path, nameless))
    with pytest.raises(DataError, match="no pairs"):
        imported(saved(tmp_path, OLD), pairs=None)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"who,says\na,b\n", b"\x00\x01\x02", OLD.encode("utf-16")[:301]]
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "report.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        teams.read(path, Form())
    assert error.value.problems[0].next_step


def event(uid, start, people, *, end="", more=""):
    answers = "".join(
        f"ATTENDEE;CN=Anna Rossi;PARTSTAT={answer}:mailto:{who}@example.org\r\n" for who, answer in people
    )
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART{start}\r\n"
        f"{f'DTEND{end}' if end else 'DURATION:PT45M'}\r\n{more}SUMMARY:Salary of Anna Rossi\r\n"
        f"ORGANIZER;CN=Anna Rossi:mailto:j0@example.org\r\n{answers}END:VEVENT\r\n"
    )


def ics(tmp_path, *events):
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Rome\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
        "BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
        "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    )
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{zone}{''.join(events)}END:VCALENDAR\r\n"
    return saved(tmp_path, text, "calendar.ics", "utf-8")


ROME = ";TZID=Europe/Rome:"
YES = [("s0", "ACCEPTED")]


def test_recurring_events_with_exceptions_and_cancelled_ones(tmp_path):
    path = ics(
        tmp_path,
        event(
            "a",
            f"{ROME}20240304T100000",
            YES,
            more="RRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;TZID=Europe/Rome:20240318T100000\r\n",
        ),
        event("a", f"{ROME}20240313T160000", YES, more="RECURRENCE-ID;TZID=Europe/Rome:20240311T100000\r\n"),
        event(
            "a",
            f"{ROME}20240325T100000",
            YES,
            more="RECURRENCE-ID;TZID=Europe/Rome:20240325T100000\r\nSTATUS:CANCELLED\r\n",
        ),
    )
    found = imported(path, "calendar")
    # the 4th as planned, the 11th moved to the 13th, the 18th taken out, the 25th cancelled, the 1st as planned
    assert rows(found) == [["p0", "2024-03-04", "45"], ["p0", "2024-03-13", "45"], ["p0", "2024-04-01", "45"]]
    assert set(found.tables["meetings"]["source"]) == {"calendar"}
    said = " ".join(one.what for one in found.findings)
    assert "who was invited, not who came" in said and "cancelled events, left out: 1" in said


@pytest.mark.parametrize("answer", ["DECLINED", "TENTATIVE", "NEEDS-ACTION"])
def test_whoever_did_not_say_yes_was_not_there(tmp_path, answer):
    found = imported(ics(tmp_path, event("a", f"{ROME}20240304T100000", [("s0", answer)])), "calendar")
    assert rows(found) == []
    assert any("not accepted" in one.what for one in found.findings)


def test_days_are_those_of_the_zone(tmp_path):
    path = ics(tmp_path, event("a", ":20240304T233000Z", YES))
    with pytest.raises(DataError, match="zone: Europe/Rome"):
        imported(path, "calendar")
    assert rows(imported(path, "calendar", file={"zone": "Europe/Rome"}))[0][1] == "2024-03-05"
    assert rows(imported(path, "calendar", file={"zone": "America/New_York"}))[0][1] == "2024-03-04"
    with pytest.raises(DataError, match="unknown time zone"):
        imported(path, "calendar", file={"zone": "../Rome"})


def test_whole_days_are_left_out_and_listed(tmp_path):
    path = ics(tmp_path, event("a", ";VALUE=DATE:20240304", YES, end=";VALUE=DATE:20240305"))
    found = imported(path, "calendar")
    assert rows(found) == []
    (one,) = [one for one in found.findings if "whole days" in one.what]
    assert path.read_text().splitlines()[one.row - 1] == "BEGIN:VEVENT"


def test_events_to_come_are_no_meetings(tmp_path):
    later = dt.date.today() + dt.timedelta(days=20)
    path = ics(
        tmp_path, event("a", f"{ROME}{later:%Y%m%d}T100000", [("s1", "ACCEPTED")]).replace("j0@", "j1@")
    )
    with pytest.raises(DataError, match="without events"):
        imported(path, "calendar")


def test_words_of_a_calendar_never_enter(tmp_path):
    found = imported(ics(tmp_path, event("a", f"{ROME}20240304T100000", YES)), "calendar")
    text = repr(found) + found.tables["meetings"].to_csv()
    assert not any(word in text for word in ("Rossi", "Salary", "example.org"))


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=1"])
def test_rules_that_make_events_without_end_are_refused(tmp_path, rule):
    with pytest.raises(DataError, match="by the hour"):
        calendar.read(
            ics(tmp_path, event("a", f"{ROME}20240304T100000", YES, more=f"RRULE:{rule}\r\n")), Form()
        )


def test_a_daily_event_without_end_is_written_out_for_ten_years_at_most(tmp_path):
    path = ics(tmp_path, event("a", f"{ROME}19950304T100000", YES, more="RRULE:FREQ=DAILY\r\n"))
    sheets, _ = calendar.read(path, Form())
    assert 3_600 * 2 < len(sheets.rows) < 4_100 * 2


def test_cut_and_changed_calendars_and_reports_never_crash(tmp_path):
    rng = random.Random(7)
    whole = ics(
        tmp_path, event("a", f"{ROME}20240304T100000", YES, more="RRULE:FREQ=WEEKLY;COUNT=5\r\n")
    ).read_bytes()
    for number in range(60):
        for reader, content, name in ((calendar, whole, "c.ics"), (teams, NEW.encode(), "r.csv")):
            changed = bytearray(content)
            for _ in range(4):
                place = rng.randrange(len(changed))
                changed[place : place + rng.randrange(9)] = rng.randbytes(rng.randrange(6))
            cut = bytes(changed)[: rng.randrange(len(changed))] if number % 3 == 0 else bytes(changed)
            path = tmp_path / name
            path.write_bytes(cut)
            try:
                reader.read(path, Form(encoding="latin-1"))
            except DataError as error:
                assert all(one.next_step for one in error.problems)


def test_the_command_adds_meetings_once(tmp_path):
    folder = small_study.write(tmp_path / "study")
    codes = tmp_path / "who.csv"
    codes.write_text("code,person_id\n" + "".join(f"{address},{who}\n" for address, who in CODES.items()))
    where = tmp_path / "mapping.yml"
    where.write_text(
        "format: 1\nquestionnaires:\n  calls: {table: meetings}\nsources:\n  teams:\n    calls:\n"
        "      columns: {person: person}\n      identify: email\n      dates: mdy\n"
    )
    report = saved(tmp_path, OLD)
    command = [
        "import",
        "teams",
        str(report),
        "--study",
        str(folder),
        "--map",
        str(where),
        "--codes",
        str(codes),
    ]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    first = (folder / "meetings.csv").read_text()
    assert "p0-2024-03-25,p0,2024-03-25,40,online,platform" in first
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 0, again.output
    assert "not added again: 1" in again.output
    assert (folder / "meetings.csv").read_text() == first


HEADERS = {
    "de": "Name|Erster Beitritt|Letztes Verlassen|Besprechungsdauer|E-Mail|Teilnehmer-ID (UPN)|Rolle",
    "fr": "Nom|Première participation|Dernier départ|Durée de la réunion|E-mail|ID de participant (UPN)|Rôle",
    "es": "Nombre|Primera unión|Última salida|Duración de la reunión|Correo electrónico|Id. de participante (UPN)|Rol",
    "it": "Nome|Primo ingresso|Ultima uscita|Durata in riunione|Indirizzo e-mail|ID partecipante (UPN)|Ruolo",
}


@pytest.mark.parametrize("language", HEADERS)
def test_headers_in_other_languages(tmp_path, language):
    head = HEADERS[language].replace("|", "\t")
    text = f"1. X\nTitel\tY\n\n2. Z\n{head}\n"
    for who in ("j0", "s0"):
        text += f"A B\t25.03.24, 10:00:00\t25.03.24, 10:30:00\t30m\t{who}@example.org\t{who}@example.org\tX\n"
    found = imported(saved(tmp_path, text), dates="dmy")
    assert rows(found) == [["p0", "2024-03-25", "30"]]
    assert any("only the first and the last" in one.what for one in found.findings)


def test_calendars_that_name_their_zone_once(tmp_path):
    path = ics(tmp_path, event("a", ":20240304T233000Z", YES))
    path.write_bytes(path.read_bytes().replace(b"VERSION:2.0", b"VERSION:2.0\r\nX-WR-TIMEZONE:Europe/Rome"))
    assert rows(imported(path, "calendar"))[0][1] == "2024-03-05"


def test_zones_with_the_names_of_outlook(tmp_path):
    path = ics(tmp_path, event("a", ";TZID=W. Europe Standard Time:20240304T233000", YES))
    assert rows(imported(path, "calendar"))[0][1] == "2024-03-04"
