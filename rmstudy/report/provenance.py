"""The sidecar of a report: which versions made it and when; the report itself has no clock."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

import rmstudy
from rmstudy.report.cover import data_day
from rmstudy.study.lock import fingerprint, plan_fingerprint, read_lock
from rmstudy.study.study import Study

NAME: Final = "provenance.json"
FORMAT: Final = 1
_PACKAGES: Final = (
    "matplotlib", "nbclient", "numpy", "pandas", "pingouin", "scikit-learn", "scipy", "seaborn", "statsmodels",
)  # fmt: skip


def provenance(
    study: Study,
    written: Mapping[str, str | bytes],
    *,
    templates: Mapping[str, bytes],
    open_points: Sequence[str],
) -> str:
    """Say where the files of a report come from.

    Parameters
    ----------
    study : Study
        The study.
    written : mapping of str to str or bytes
        File names with their contents.
    templates : mapping of str to bytes
        The notebooks that were executed.
    open_points : sequence of str
        What was to be decided when the report was written.

    Returns
    -------
    str
        JSON.
    """
    import pypandoc

    day, lock = data_day(study), read_lock(study.path)
    made: dict[str, Any] = {
        "format": FORMAT,
        "written_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "study": {
            "plan": plan_fingerprint(study.plan),
            "plan_and_data": fingerprint(study),
            "lock": lock and {"date": lock.date.isoformat(), "fingerprint": lock.fingerprint},
            "changed_since_the_lock": [one.key for one in lock.deviations(study.plan)] if lock else [],
            "data_up_to": day.isoformat() if day else None,
        },
        "templates": {f"{name}.ipynb": _sha256(one) for name, one in templates.items()},
        "files": {name: _sha256(content) for name, content in written.items()},
        "to_decide": list(open_points),
        "versions": {
            "rmstudy": rmstudy.__version__,
            "python": platform.python_version(),
            "pandoc": str(pypandoc.get_pandoc_version()),
            **({"typst": version("typst")} if any(name.endswith(".pdf") for name in written) else {}),
            **{name: version(name) for name in _PACKAGES},
        },
        "platform": f"{sys.platform} {platform.machine()}",
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _sha256(content: str | bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()
