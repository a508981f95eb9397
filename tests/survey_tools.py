"""Survey tools as their manuals describe them: each imports a questionnaire, is answered, and exports.

Nothing here knows how rmstudy names or codes anything: a person reads the words of a question and ticks
the words of an answer, and the export is written as the tool's manual says.

- Qualtrics: *Import & Export Surveys* (Advanced Format TXT) and *Understanding Your Dataset* (three header
  rows; a matrix gives a column ``TAG_n`` a statement; numeric values are the recode values).
- LimeSurvey: manual, *Tab Separated Value survey structure* and *Exporting results* (``Q[SQ]``; codes).
- The page: its form's fields, as a browser submits them.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from html.parser import HTMLParser


def clean(text: str) -> str:
    """Words as a person sees them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


class Qualtrics:
    """A survey made from an Advanced Format text."""

    def __init__(self, text: str) -> None:
        head, *lines = text.splitlines()
        assert head == "[[AdvancedFormat]]"
        self.embedded: dict[str, str] = {}
        self.fields: dict[str, tuple[str, dict[str, str] | None]] = {}
        self._begin("")
        for line in lines:
            found = re.fullmatch(r"\[\[(\w+)(?::(.*))?\]\]", line)
            if found:
                self._tag(*found.groups())
            elif line:
                assert "[[" not in line and "${" not in line, (
                    "words that would be taken for a tag or piped text"
                )
                self._words[self._part].append((self._code, clean(line)))
        self._finish()
        tags = [column for column, _ in self.fields.values()]
        assert len(tags) == len(set(tags)), "Qualtrics refuses an export tag that is used twice"

    def _begin(self, kind: str) -> None:
        self._kind, self._name, self._part, self._code = kind, "", "text", ""
        self._words: dict[str, list[tuple[str, str]]] = {"text": [], "Choice": [], "Answer": []}

    def _tag(self, word: str, value: str) -> None:
        if word == "ED":
            name, _, content = value.partition(":")
            self.embedded[name] = content
        elif word == "Question":
            self._finish()
            self._begin(value.partition(":")[0])
        elif word == "ID":
            self._name = value
        elif word in ("Choice", "Answer"):
            self._part, self._code = word, value
        else:
            assert word in ("Block", "AdvancedChoices", "AdvancedAnswers", "PageBreak"), word

    def _finish(self) -> None:
        words = " ".join(text for _, text in self._words["text"])
        if self._kind == "MC":
            self.fields[words] = (self._name, {text: code for code, text in self._words["Choice"]})
        elif self._kind == "TE":
            self.fields[words] = (self._name, None)
        elif self._kind == "Matrix":
            answers = {text: code for code, text in self._words["Answer"]}
            for number, (_, statement) in enumerate(self._words["Choice"], start=1):
                self.fields[statement] = (f"{self._name}_{number}", answers)

    def export(self, sheets: list[dict[str, str]], previews: int = 0) -> str:
        """Answers by words, as a CSV with three header rows."""
        columns = [column for column, _ in self.fields.values()]
        head = ["StartDate", "Status", "Finished", "ResponseId", *columns, *self.embedded]
        file = io.StringIO()
        out = csv.writer(file)
        out.writerow(head)
        out.writerow([f"text of\n{name}" for name in head])
        out.writerow([json.dumps({"ImportId": name}) for name in head])
        for number, sheet in enumerate([*[{}] * previews, *sheets]):
            row = {}
            for words, given in sheet.items():
                column, options = self.fields[words]
                row[column] = given if options is None else options[given]
            status = "1" if number < previews else "0"
            start = ["2024-01-08 09:00:00", status, "1", f"R_{number:015d}"]
            out.writerow([*start, *(row.get(column, "") for column in columns), *self.embedded.values()])
        return "\ufeff" + file.getvalue()


class LimeSurvey:
    """A survey made from a tab-separated structure; answered in any of its languages."""

    def __init__(self, text: str) -> None:
        head, *lines = (line.split("\t") for line in text.rstrip("\n").split("\n"))
        assert all(len(cells) == len(head) for cells in lines), "a row with another number of cells"
        assert not any("{" in cell for cells in lines for cell in cells), "an expression would be computed"
        rows = [dict(zip(head, cells, strict=True)) for cells in lines]
        self.fields: dict[str, tuple[str, dict[str, str] | None]] = {}
        self.hidden: dict[str, str] = {}
        self.columns: list[str] = []
        for number, row in enumerate(rows):
            if row["class"] == "Q":
                after = rows[number + 1 :]
                end = next((n for n, one in enumerate(after) if one["class"] in ("Q", "G")), len(after))
                self._question(row, after[:end])
        self._check_languages(rows)

    def _question(self, row: dict[str, str], below: list[dict[str, str]]) -> None:
        code, kind = row["name"], row["type/scale"]
        assert re.fullmatch(r"[A-Za-z][0-9A-Za-z]{0,19}", code), code
        if kind == "*":
            self.hidden[code] = row["text"]
            return
        words = clean(row["text"]) + (f" ({clean(row['help'])})" if row["help"] else "")
        parts = [one for one in below if one["class"] == "SQ"]
        answers = [one for one in below if one["class"] == "A"]
        assert all(re.fullmatch(r"[0-9A-Za-z]{1,20}", one["name"]) for one in parts)
        assert all(re.fullmatch(r"[0-9A-Za-z]{1,5}", one["name"]) for one in answers)
        assert all(one["id"] == row["id"] for one in answers), "an answer carries the number of its question"
        options = {clean(one["text"]): one["name"] for one in answers} if kind in "LF" else None
        for column, label in [(f"{code}[{one['name']}]", clean(one["text"])) for one in parts] or [
            (code, words)
        ]:
            self.fields[label] = (column, options)
            if column not in self.columns:
                self.columns.append(column)

    def _check_languages(self, rows: list[dict[str, str]]) -> None:
        settings = {row["name"]: row["text"] for row in rows if row["class"] == "S"}
        wanted = [settings["language"], *settings.get("additional_languages", "").split()]
        shapes = [
            [
                [row[name] for name in ("id", "class", "type/scale", "name", "mandatory")]
                for row in rows
                if row["class"] in ("Q", "SQ", "A") and row["language"] == lang
            ]
            for lang in wanted
        ]
        numbers = [cells[0] for cells in shapes[0] if cells[1] != "A"]
        assert len(numbers) == len(set(numbers)), "questions and subquestions have numbers of their own"
        assert {row["language"] for row in rows if row["class"] == "G"} == set(wanted)
        assert all(shape == shapes[0] for shape in shapes), (
            "every language needs the same rows in the same order"
        )

    def export(self, sheets: list[dict[str, str]], brackets: bool = True) -> str:
        """Answers by words, as a CSV with codes."""
        file = io.StringIO()
        out = csv.writer(file, quoting=csv.QUOTE_ALL)
        names = self.columns if brackets else [re.sub(r"\[(.*)\]", r"_\1", name) for name in self.columns]
        out.writerow(["id", "submitdate", "lastpage", "startlanguage", "seed", *self.hidden, *names])
        for number, sheet in enumerate(sheets, start=1):
            row = {}
            for words, given in sheet.items():
                column, options = self.fields[words]
                row[column] = given if options is None else options[given]
            start = [number, "2024-01-08 09:00:00", 5, "it", 123456, *self.hidden.values()]
            out.writerow([*start, *(row.get(column, "") for column in self.columns)])
        return "\ufeff" + file.getvalue()


class Page(HTMLParser):
    """A page of our own in a browser: its fields by the words of their legends and labels."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, tuple[str, dict[str, str] | None]] = {}
        self.codes, self.id, self.lang = [], "", ""
        self.sources, self.open, self.labels = [], [], {}
        self._words = {"legend": "", "label": ""}
        self._radio = self._for = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.sources += [found[name] for name in ("src", "href", "action") if name in found]
        if tag == "html":
            self.lang = found["lang"]
        if tag == "form":
            self.id, self.codes = found["data-id"], json.loads(found["data-codes"])
        if tag in self._words:
            self._words[tag] = ""
            self.open.append(tag)
            self._for = found.get("for")
        if tag == "input" and found["type"] == "radio":
            self._radio = (found["name"], found["value"])
        elif tag == "input":
            self.fields[clean(self.labels[found["id"]])] = (found["name"], None)

    def handle_endtag(self, tag):
        if self.open and tag == self.open[-1]:
            self.open.pop()
        if tag == "label" and self._for:
            self.labels[self._for] = self._words["label"]
        elif tag == "label" and self._radio:
            name, value = self._radio
            options = self.fields.setdefault(clean(self._words["legend"]), (name, {}))[1]
            options[clean(self._words["label"])] = value
            self._radio = None

    def handle_data(self, text):
        if self.open:
            self._words[self.open[-1]] += text

    def save(self, sheet: dict[str, str]) -> str:
        """The file that the button saves."""
        row = {}
        for words, given in sheet.items():
            name, options = self.fields[words]
            row[name] = given if options is None else options[given]
        assert set(row) <= set(self.codes)
        file = io.StringIO()
        out = csv.writer(file, quoting=csv.QUOTE_ALL)
        out.writerow(["questionnaire", "lang", *self.codes])
        out.writerow([self.id, self.lang, *(row.get(code, "") for code in self.codes)])
        return "\ufeff" + file.getvalue()
