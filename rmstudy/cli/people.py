"""``rmstudy key``; and what an import keeps outside the study: the list of people and the links."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.top import Spoken, app, spoken_language
from rmstudy.errors import DataError, Problem, RmstudyError
from rmstudy.wording import number, say

if TYPE_CHECKING:
    import pandas as pd

    from rmstudy.readers.people.identity import Identity, Link

KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The key of the pseudonyms, kept outside; or RMSTUDY_KEY."),
]
LinksFile = Annotated[
    Path | None,
    typer.Option("--links", metavar="FILE", help="Candidates for links, to be confirmed; kept outside."),
]


@app.command(name="key")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, outside every study.")],
    lang: Spoken = None,
) -> None:
    """Write a new key, with which names become pseudonyms."""
    import secrets

    from rmstudy.readers.people.keys import BYTES, kept_apart

    spoken = spoken_language(lang)
    kept_apart(file, "the key")
    write_private(file, secrets.token_hex(BYTES) + "\n", over=False)
    typer.echo(say("written: {path}", spoken, path=str(file)))
    words = (
        "Keep it, with a copy in another safe place. Whoever has it can tell who is who; without it the "
        "next wave cannot be linked."
    )
    typer.echo(say(words, spoken))


def write_private(path: Path, text: str, *, over: bool) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What it holds.
    over : bool
        Whether it may take the place of a file that is there.

    Raises
    ------
    RmstudyError
        When it cannot be written, or is there already.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 600
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if over:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # unlike a rename, this never takes another file's place
    except FileExistsError:
        words = f"{path}: there is a file already, and a key is never written over. Choose another name."
        raise RmstudyError(words) from None
    except OSError as error:
        what = f"{error.filename or path}: cannot be written ({error.strerror or error})"
        raise RmstudyError(f"{what}. Choose another folder.") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()


def who_is_who(
    study: Path,
    people: Sequence[str],
    *,
    codes: Path | None = None,
    key: Path | None = None,
    links: Path | None = None,
) -> tuple[Identity, list[Problem]]:
    """Read the list, the key and the confirmed links, all of which must lie outside the study.

    Parameters
    ----------
    study : Path
        The study.
    people : sequence of str
        Pseudonyms that it knows already.
    codes, key, links : Path, optional
        The list of people, the key file, the file of candidates. A list that is not there yet is begun,
        where there is a key; a file of candidates is written by `keep_outside`.

    Returns
    -------
    who : Identity
        To be asked.
    findings : list of Problem
        What is to be known of them.

    Raises
    ------
    DataError
        When one lies inside a study, cannot be read, or the study has another key.
    """
    from rmstudy.readers.mapping import read_codes
    from rmstudy.readers.people.candidates import needs_comparing
    from rmstudy.readers.people.identity import identity
    from rmstudy.readers.people.keys import kept_apart, read_key, same_key
    from rmstudy.readers.people.links import on_the_list, read_links
    from rmstudy.study.reading import read_table

    if codes is not None and study.resolve() in codes.resolve().parents:
        what, next_step = "the list of codes lies inside the study", "Keep it outside: it tells who is who."
        raise DataError(Problem(what, next_step, codes.name))
    secret, findings = read_key(key, study)
    if codes is not None and secret is not None:  # new people may be written to it
        kept_apart(codes, "the list of codes", study)
    log = study / "decision_log.csv"
    if secret is not None:
        same_key(secret, read_table(log) if log.exists() else None)
    begun = codes is not None and secret is not None and not codes.exists()
    listed = {} if begun else read_codes(codes) if codes is not None else None
    confirmed: dict[str, Link] = {}
    said: list[Problem] = []
    if links is not None:
        kept_apart(links, "the file of links", study)
        needs_comparing()
        if links.exists():
            confirmed, said = read_links(links)
            known = [*people, *(listed or {}).values()]
            problems = on_the_list(confirmed, known, links.name)
            if problems:
                raise DataError(problems)
    return identity(listed, secret, confirmed, people), [*findings, *said]


def keep_outside(who: Identity, codes: Path | None, links: Path | None, lang: str) -> None:
    """Write new people to the list, and candidates to the file of links; say where.

    Parameters
    ----------
    who : Identity
        After the import.
    codes, links : Path or None
        The two files.
    lang : {'en', 'it'}
        Language of what is said.
    """
    from rmstudy.readers.people.keys import kept_apart
    from rmstudy.readers.people.links import links_table
    from rmstudy.study.reading import read_table

    if codes is not None and who.made:
        kept_apart(codes, "the list of people")
        write_private(codes, _longer(codes, who.made), over=True)
        words = "New people were written to the list {path}: {n:count}."
        typer.echo(say(words, lang, path=str(codes), n=len(who.made)))
    if not any(who.open.values()):
        return
    if links is None:
        words = "Some identifiers are like somebody's of the list: --links FILE writes the candidates down."
        typer.echo(say(words, lang))
        return
    table = links_table(who, read_table(links) if links.exists() else None)
    write_private(links, table.to_csv(index=False, lineterminator="\n"), over=True)
    words = (
        "Candidates are in {path}: write yes or no into the column confirmed, and import again. Nothing "
        "is linked without a yes."
    )
    typer.echo(say(words, lang, path=str(links)))


def _longer(path: Path, made: Mapping[str, str]) -> str:
    """A list of people with new lines below; what is there stays as it is."""
    import csv
    import io

    text = path.read_bytes().decode("utf-8") if path.exists() else "code,person_id\n"
    header = text.removeprefix("\ufeff").partition("\n")[0].rstrip("\r")
    separator = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator))]
    file = io.StringIO()
    out = csv.DictWriter(file, names, delimiter=separator, lineterminator="\n")
    for code, person in made.items():
        out.writerow({"code": code, "person_id": person})
    return text + ("" if text.endswith("\n") else "\n") + file.getvalue()


def show_linkage(report: pd.DataFrame, lang: str) -> None:
    """Print how the answers of each wave were linked, and what cannot be seen in it.

    Parameters
    ----------
    report : DataFrame
        From `rmstudy.readers.linkage_report`.
    lang : {'en', 'it'}
        Language of the lines.
    """
    from rmstudy.readers.people.links import FALSE_LINKS

    if report.empty:
        return
    typer.echo(say("How answers were found to be somebody's, people by wave:", lang))
    words = (
        "{wave}: exact {exact:count}, but for the spelling {normalised:count}, confirmed {confirmed:count}, "
        "of nobody {unmatched:count}"
    )
    for wave, row in report.iterrows():
        counts = {str(name): int(row[name]) for name in ("exact", "normalised", "confirmed", "unmatched")}
        typer.echo(f"- {say(words, lang, wave=str(wave), **counts)}")
    if not report["confirmed"].any():
        return
    words = (
        "Links by self-made codes join two different people in about {share} of 100 cases (McGloin, "
        "Holcomb and Main 1996); the data cannot say which."
    )
    typer.echo(say(words, lang, share=number(FALSE_LINKS, 1, lang)))
