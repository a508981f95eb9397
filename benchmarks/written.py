"""The results as a page and a picture."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from itertools import groupby
from pathlib import Path

import numpy as np

from benchmarks.job import Timed

PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "pingouin",
    "scikit-learn",
    "pyarrow",
    "wildboottest",
    "dask",
)


def table(done: Sequence[Timed]) -> str:
    """The page: a line a job and size, with what was promised."""
    lines = [
        "# Benchmarks",
        "",
        "Medians in seconds, peer and rmstudy in one process and one run, through the public functions. `make bench`",
        "writes this page. Quote ratios: seconds are this machine's. Both have one thread for products of matrices.",
        "",
        f"{_machine()}",
        "",
        "| job | size | peer | peer, s | rmstudy, s | ratio | promised | kept | peer, MB | MB | apart |",
        "|---|---:|---|---:|---:|---:|---:|---|---:|---:|---:|",
    ]
    lines += [_line(one) for one in done]
    exponents = [line for name, group in _sizes(done) if (line := _exponent(name, group))]
    lines += [
        "",
        "## How the time grows",
        "",
        "Time goes with size to the power of (fitted; three sizes or more):",
        "",
    ]
    lines += [
        "| job | sizes | rmstudy | peer |",
        "|---|---|---:|---:|",
        *exponents,
        "",
        "![Cost curves](curves.png)",
        "",
    ]
    notes = list(dict.fromkeys(f"- {one.job.name}: {one.job.note}" for one in done if one.job.note))
    return "\n".join([*lines, *(["## Notes", "", *notes, ""] if notes else [])])


def curves(done: Sequence[Timed], path: Path) -> None:
    """A panel a job with three sizes or more: seconds against size, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    groups = [(name, group) for name, group in _sizes(done) if len(group) > 2]
    if not groups:
        return
    rows = -(-len(groups) // 4)
    figure, axes = plt.subplots(rows, 4, figsize=(16, 3.2 * rows), squeeze=False, layout="constrained")
    for ax in axes.flat[len(groups) :]:
        ax.axis("off")
    for ax, (name, group) in zip(axes.flat, groups, strict=False):
        sizes = [one.job.size for one in group]
        ax.loglog(sizes, [one.ours for one in group], "o-", color="#0072B2", label="rmstudy")
        known = [(one.job.size, one.theirs) for one in group if one.theirs is not None]
        if known:
            ax.loglog(*zip(*known, strict=True), "s--", color="#D55E00", label=group[0].job.peer)
        ax.set_title(name, fontsize=9, loc="left", wrap=True)
        ax.set_ylabel("seconds", fontsize=8)
        ax.legend(fontsize=7, frameon=False)
        ax.tick_params(labelsize=8)
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


def _sizes(done: Sequence[Timed]) -> list[tuple[str, list[Timed]]]:
    """Jobs of one name together."""
    ordered = sorted(done, key=lambda one: one.job.name)
    return [
        (name, sorted(group, key=lambda one: one.job.size))
        for name, group in groupby(ordered, key=lambda one: one.job.name)
    ]


def _line(one: Timed) -> str:
    """One line of the table."""
    job = one.job
    promised = [f">= {job.promised:g}" if job.promised else "", f"< {job.seconds:g} s" if job.seconds else ""]
    promised.append(f"< {job.megabytes:g} MB" if job.megabytes else "")
    cells = [
        job.name,
        f"{job.size:,}",
        job.peer + (f" ({job.share:.0%} of it, scaled)" if job.share < 1 else ""),
        _seconds(one.theirs),
        _seconds(one.ours),
        f"{one.ratio:,.1f}" if one.ratio is not None else "",
        ", ".join(filter(None, promised)),
        ("yes" if one.kept else "**no**") if any(promised) else "",
        f"{one.theirs_mb:,.0f}" if one.theirs_mb is not None else "",
        f"{one.ours_mb:,.0f}",
        f"{one.apart:.1g}" if one.apart is not None else "",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    """Seconds with three figures."""
    return "" if value is None else f"{value:.3g}"


def _exponent(name: str, group: Sequence[Timed]) -> str:
    """The power of the size that time grows with."""
    if len(group) < 3:
        return ""
    sizes = np.log([one.job.size for one in group])
    ours = np.polyfit(sizes, np.log([one.ours for one in group]), 1)[0]
    known = [(size, one.theirs) for size, one in zip(sizes, group, strict=True) if one.theirs is not None]
    theirs = (
        f"{np.polyfit(*np.array([(a, np.log(b)) for a, b in known]).T, 1)[0]:.1f}" if len(known) > 2 else ""
    )
    return f"| {name} | {', '.join(f'{one.job.size:,}' for one in group)} | {ours:.1f} | {theirs} |"


def _machine() -> str:
    """Processor, Python and packages."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} -")
    return (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; {', '.join(found)}."
    )
