"""What stands in ``data/sample/raw``: how to try it, and which file has which mess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rmstudy.study.messes import MESSES
from rmstudy.study.sample.raw.planted import Plant, Source

_ABOUT: Final = """\
# Raw exports

The flagship study (`digital-skills`) as the tools would export it, with what is usually wrong in such files put in
on purpose, and counted. Nothing here is about a real person: first names are plants and stones, surnames are made of
syllables, addresses end in `example.org` or `example.com`, which belong to nobody, staff numbers follow from a seed.

| folder | source | what it is |
|---|---|---|
{folders}

In each folder:

- the exports as they come;
- `mapping.yml`, what a person decided after looking at them: where columns belong, and each decision with its reason;
- `codebook.yml`, what was planted: number and rule of the mess, file, column, rows as a spreadsheet shows them, how
  many, the decision that undoes it, and who finds it when nothing is decided: the `import`, the `check` of the study
  afterwards, the `form` (before anything else it must be said what the file is), or `never` (the reader knows it);
- `people-outside-the-study.csv`, who is who, and in two folders `links-outside-the-study.csv`, the links that somebody
  confirmed. Both say whose pseudonym is whose: such files never lie in a study. They are here because these people are
  nobody.

A copy of the flagship without its answers, filled again from any of the five surveys, gives the flagship's answers
cell by cell and its verdicts to the last digit; so do the flagship's answers with the people, lottery and pairs of
`hr-excel`:

```sh
cp -r data/sample/digital-skills again && rm again/responses.csv
raw=data/sample/raw/google-forms
for name in mentee-pre mentee-mid mentee-post mentor-pre mentor-post observer-pre observer-post \\
    departments-pre departments-post; do
  rmstudy import google "$raw/$name.csv" --study again --map "$raw/mapping.yml" \\
    --codes "$raw/people-outside-the-study.csv" --questionnaire "$name"
done
rmstudy check again
```

## Which file has which mess

The numbers are those of the list in `rmstudy/study/messes.py`; in brackets how many.

| mess | rule | what it is | where |
|---|---|---|---|
{messes}

`python -m rmstudy.study.sample` writes every file again; the generator is `rmstudy/study/sample/raw/`. Do not edit the
folders by hand.
"""


def readme(sources: Sequence[Source]) -> str:
    """The text of the file."""
    folders = [
        f"| `{one.folder}` | `{one.reader}` | {one.about.partition('. ')[0].rstrip('.')} |" for one in sources
    ]
    planted = [(one.folder, plant) for one in sources for plant in one.planted]
    rows = [_row(rule, [(folder, one) for folder, one in planted if one.rule == rule]) for rule in MESSES]
    return _ABOUT.format(folders="\n".join(folders), messes="\n".join(rows))


def _row(rule: str, planted: Sequence[tuple[str, Plant]]) -> str:
    """One mess with the files that have it."""
    mess = MESSES[rule]
    found: dict[str, int] = {}
    for folder, one in planted:
        name = f"{folder}/{one.file}"
        found[name] = found.get(name, 0) + int(one.as_entry()["how_many"])
    where = ", ".join(f"`{name}` ({count})" for name, count in found.items())
    return f"| {mess.number} | `{rule}` | {mess.about} | {where} |"
