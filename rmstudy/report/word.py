"""Pandoc Markdown into a Word document: real headings, real tables, captions that Word numbers."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from rmstudy.errors import RmstudyError
from rmstudy.report.exhibit import printable
from rmstudy.report.pandoc import convert, template

_LOGOS: Final = (".png", ".jpg", ".jpeg", ".gif")
_W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SECTION: Final = (
    f'<w:sectPr><w:footerReference xmlns:r="{_R}" w:type="default" r:id="rId90"/>'
    '<w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1020" w:right="1020" w:bottom="1020" w:left="1020" w:header="600" w:footer="600" w:gutter="0"/>'
    "</w:sectPr>"
)


def to_docx(
    markdown: Path, *, words: Mapping[str, Any], epoch: int = 0, reference: Path | None = None
) -> bytes:
    """Turn Markdown and the figures beside it into a Word document.

    Parameters
    ----------
    markdown : Path
        From `rmstudy.report.hub.to_markdown`.
    words : mapping of str to str
        What the cover says: title, language, client and so on.
    epoch : int
        Seconds since 1970 that stand for the day of writing.
    reference : Path, optional
        A client's own document, whose styles and page are taken.

    Returns
    -------
    bytes
        The document, the same for the same text.

    Raises
    ------
    RmstudyError
        When the client's document cannot be used, or the text cannot be set.
    """
    if not words.get("logo", "").endswith(_LOGOS):  # Word shows no other picture without a second one
        words = {name: value for name, value in words.items() if not name.startswith("logo")}
    there = markdown.parent / "reference.docx"
    there.write_bytes(_own(words) if reference is None else _given(reference))
    filters, more = ("exhibits.lua", "word.lua"), ("--reference-doc=reference.docx",)
    return convert(markdown, "docx+native_numbering", words=words, filters=filters, more=more, epoch=epoch)


def _given(reference: Path) -> bytes:
    """A client's document, looked at before anything is run."""
    try:
        content = reference.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            known = "word/styles.xml" in parts.namelist()
    except OSError as error:
        raise RmstudyError(f"{reference}: the document cannot be read ({error.strerror}).") from error
    except zipfile.BadZipFile:
        known = False
    if not known:
        raise RmstudyError(f"{reference}: not a Word document. Save the template as .docx.")
    return content


def _own(words: Mapping[str, Any]) -> bytes:
    """The reference document: pandoc's own with the report's styles, an A4 page and a footer with page numbers."""
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--print-default-data-file=reference.docx"]
    basis = subprocess.run(command, capture_output=True, check=True).stdout
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(basis)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), _part(name, old.read(name).decode("utf-8"), words))
        new.writestr(zipfile.ZipInfo("word/footer1.xml"), _footer(words))
    return made.getvalue()


def _part(name: str, content: str, words: Mapping[str, Any]) -> str:
    """One part of the reference document."""
    if name == "word/styles.xml":
        content = template("word.xml")
        light = words["on-brand"] != "#ffffff"
        colours = {one: words[one] for one in ("brand", "on-brand", "accent")}
        for one, value in (colours | {"head": "#1D2733" if light else words["brand"]}).items():
            content = content.replace(f"${one}$", value.removeprefix("#").upper())
    elif name == "word/document.xml":
        content = content[: content.rindex("<w:sectPr")] + _SECTION + "</w:body></w:document>"
    elif name == "word/_rels/document.xml.rels":
        footer = f'<Relationship Id="rId90" Type="{_R}/footer" Target="footer1.xml"/></Relationships>'
        content = content.replace("</Relationships>", footer)
    elif name == "[Content_Types].xml":
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
        footer = f'<Override PartName="/word/footer1.xml" ContentType="{kind}"/></Types>'
        content = content.replace("</Types>", footer)
    return content


def _footer(words: Mapping[str, Any]) -> str:
    """Client and title on the left, the page's number on the right."""
    said = [printable(words.get(name, "")) for name in ("client", "title", "kind", "confidentiality")]
    left = escape("  ·  ".join(part for part in said if part))
    field = '<w:fldSimple w:instr=" {} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    pages = field.format("PAGE") + '<w:r><w:t xml:space="preserve"> / </w:t></w:r>' + field.format("NUMPAGES")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:ftr {_W}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{left}</w:t></w:r><w:r><w:tab/></w:r>{pages}</w:p></w:ftr>'
    )
