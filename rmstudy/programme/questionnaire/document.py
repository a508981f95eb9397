"""A questionnaire as a Word document, written as plain WordprocessingML (ECMA-376): no program is needed.

The same questionnaire gives the same bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape

from rmstudy.programme.questionnaire.description import Question, Questionnaire, Section

BOX = "☐"
LINE = "_" * 16
DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WIDTH = 9638  # text width of A4 with margins of two centimetres, in twentieths of a point

CONTENT_TYPES = (
    f'{XML}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
RELATIONS = (
    f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="r2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
DOCUMENT_RELATIONS = (
    f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


def word(questionnaire: Questionnaire) -> bytes:
    """Write a questionnaire as a ``.docx`` file.

    Parameters
    ----------
    questionnaire : Questionnaire
        What is asked.

    Returns
    -------
    bytes
        Content of the file.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> asked = rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid")
    >>> rm.programme.questionnaire.word(asked)[:2]
    b'PK'
    """
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS,
        "word/_rels/document.xml.rels": DOCUMENT_RELATIONS,
        "word/document.xml": _document(questionnaire),
        "word/styles.xml": _styles(questionnaire.lang),
        "docProps/core.xml": _properties(questionnaire),
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, DAY_OF_ZIP), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _document(questionnaire: Questionnaire) -> str:
    """The body."""
    body = [_paragraph(questionnaire.title, "Title")]
    for section in questionnaire.sections:
        body += _section(section)
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" '
        'w:gutter="0"/></w:sectPr>'
    )
    return f"{XML}<w:document {W}><w:body>{''.join(body)}{page}</w:body></w:document>"


def _section(section: Section) -> Iterator[str]:
    """A heading, its words and its questions."""
    yield _paragraph(section.title, "Heading1")
    yield from (_paragraph(text, keep=bool(section.questions)) for text in section.paragraphs)
    numbered = sum(question.kind == "choice" for question in section.questions) > 1
    for number, question in enumerate(section.questions, start=1):
        yield from _question(question, f"{number}. " if numbered else "", section.title)


def _question(question: Question, number: str, title: str) -> Iterator[str]:
    """One question: a table for a matrix, boxes for a choice, a line to write on for the rest."""
    if question.kind == "matrix":
        yield _matrix(question)
        yield _paragraph("")
        return
    if question.kind == "numbers":
        yield _table([(row.text, LINE) for row in question.rows], (WIDTH - 2400, 2400))
        yield _paragraph("")
        return
    hint = f" ({question.hint})" if question.hint else ""
    text = f"{number}{question.text or title}{hint}"
    if question.kind == "choice":
        yield _paragraph(text, "Question", keep=True)
        *others, last = question.options
        yield from (_paragraph(f"{BOX}  {option.text}", "Answer", keep=True) for option in others)
        yield _paragraph(f"{BOX}  {last.text}", "Answer")
    else:
        yield _paragraph(f"{text}:  {LINE}", "Question")


def _matrix(question: Question) -> str:
    """Rows against answers."""
    wide = WIDTH * 45 // 100
    widths = (wide, *((WIDTH - wide) // len(question.options) for _ in question.options))
    head = ("", *(option.text for option in question.options))
    rows = [(row.text, *(BOX for _ in question.options)) for row in question.rows]
    return _table(rows, widths, head)


def _table(rows: list[tuple[str, ...]], widths: tuple[int, ...], head: tuple[str, ...] = ()) -> str:
    """A table with thin lines; its first row is repeated on each page."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="AAB2BB"/>'
        for side in ("top", "bottom", "insideH")
    )
    top = _table_row(head, widths, "<w:tblHeader/>", "Step") if head else ""
    body = "".join(_table_row(row, widths) for row in rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{lines}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{top}{body}</w:tbl>'
    )


def _table_row(cells: tuple[str, ...], widths: tuple[int, ...], more: str = "", style: str = "Box") -> str:
    """One row: words on the left, answers in the middle of their columns."""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{_paragraph(text, style if position else 'Row')}</w:tc>"
        for position, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{made}</w:tr>"


def _paragraph(text: str, style: str = "", *, keep: bool = False) -> str:
    """A paragraph of one run; ``keep`` holds it on the page of the next one."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    kept = "<w:keepNext/>" if keep else ""
    run = f'<w:r><w:t xml:space="preserve">{_xml(text)}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{named}{kept}</w:pPr>{run}</w:p>"


def _styles(lang: str) -> str:
    """Type, sizes and distances."""
    tag = {"en": "en-GB", "it": "it-IT"}[lang]
    styles = (
        _style("Title", 36, before=0, after=160, bold=True, name="Title"),
        _style("Heading1", 26, before=320, after=80, bold=True, keep=True, name="heading 1"),
        _style("Question", 21, before=140, after=40),
        _style("Answer", 21, after=20, indent=340),
        _style("Row", 20, before=50, after=50),
        _style("Box", 24, before=30, after=30, centred=True),
        _style("Step", 16, before=30, after=30, centred=True),
    )
    return (
        f"{XML}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>"
        '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri" w:eastAsia="Segoe UI Symbol"/>'
        f'<w:sz w:val="21"/><w:lang w:val="{tag}"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="80"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        f"{''.join(styles)}</w:styles>"
    )


def _style(
    style: str,
    size: int,
    *,
    before: int = 0,
    after: int = 80,
    indent: int = 0,
    bold: bool = False,
    centred: bool = False,
    keep: bool = False,
    name: str = "",
) -> str:
    """One paragraph style; sizes in half points, distances in twentieths of a point."""
    kept = "<w:keepNext/>" if keep else ""
    indented = f'<w:ind w:left="{indent}"/>' if indent else ""
    middle = '<w:jc w:val="center"/>' if centred else ""
    outline = '<w:outlineLvl w:val="0"/>' if style == "Heading1" else ""
    strong = "<w:b/>" if bold else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name or style}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{kept}<w:spacing w:before="{before}" w:after="{after}"/>'
        f"{indented}{middle}{outline}</w:pPr>"
        f'<w:rPr>{strong}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


def _properties(questionnaire: Questionnaire) -> str:
    """Title and language of the document; nobody's name and no day."""
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{_xml(questionnaire.title)}</dc:title><dc:language>{_xml(questionnaire.lang)}</dc:language>"
        f"<dc:identifier>{_xml(questionnaire.id)}</dc:identifier></cp:coreProperties>"
    )


def _xml(text: str) -> str:
    """Words as XML, without the control characters that XML forbids."""
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text))
