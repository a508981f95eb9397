"""``python -m rmstudy.study.sample [FOLDER]``: write the sample studies, and the exports in ``raw``."""

from __future__ import annotations

import sys
from pathlib import Path

from rmstudy.study.sample import REPOSITORY_FOLDER, raw, write

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY_FOLDER
for written in (*write(folder), *raw.write(folder / "raw")):
    sys.stdout.write(f"{written}\n")
