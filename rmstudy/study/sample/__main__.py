"""``python -m rmstudy.study.sample [FOLDER]``: write the sample studies."""

from __future__ import annotations

import sys
from pathlib import Path

from rmstudy.study.sample import REPOSITORY_FOLDER, write

for study in write(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY_FOLDER):
    sys.stdout.write(f"{study}\n")
