"""Write reports/example/ again: a sample's report and annex in both languages, and page one as a picture.

python tools/write_examples.py
"""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from PIL import Image

import rmstudy as rm
from rmstudy.report.provenance import NAME
from rmstudy.study.files import write_files

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "reports" / "example"
SAMPLE = "digital-skills"
PICTURE = "page-one.png"
DOTS = 125  # an inch: readable on the project's page, and a small file
COLOURS = 128


def examples() -> dict[str, bytes]:
    """Every file of the example: the documents as `write` makes them, and the picture of page one.

    The sidecar is left out, because it has the clock in it.
    """
    with TemporaryDirectory() as made:
        files = rm.report.write(
            rm.load_sample(SAMPLE), made, formats=("html", "pdf"), languages=("en", "it"), progress=_told
        )
        written = {file.name: file.read_bytes() for file in files if file.name != NAME}
        return written | {PICTURE: page_one(Path(made) / "report.pdf")}


def page_one(pdf: Path) -> bytes:
    """The first page of a PDF as a PNG of few colours."""
    sheet = pdf.with_name("page.typ")
    sheet.write_text(
        f'#set page(width: auto, height: auto, margin: 0pt)\n#image("{pdf.name}", page: 1)\n',
        encoding="utf-8",
    )
    drawn = typst.compile(str(sheet), root=str(pdf.parent), format="png", ppi=DOTS)
    few = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _told(done: int, steps: int, name: str) -> None:
    print(f"{done}/{steps} {name}", flush=True)


if __name__ == "__main__":
    for path in write_files(FOLDER, examples()):
        print(f"written: {path.relative_to(ROOT)}")
