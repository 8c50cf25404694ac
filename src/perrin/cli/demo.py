"""`perrin demo`: a first look at what perrin does, without any tracks of one's own."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.report.demo import DemoAnalysis

_OURS = frozenset(("index.html", "example.html", "mixture.html", "mixture.csv", "bulk_water.csv"))


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results.")] = Path(
        "perrin-demo"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it contains an older demo.")] = False,
) -> None:
    """Analyze two examples, beads in water and simulated tracks, and write one page that shows both."""
    import shutil

    from perrin.report import write_demo
    from perrin.report.example import NAME, example_file, mixture

    _check(out, force=force)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example_file(), out / NAME)
    simulation = mixture()
    simulation.write(out / "mixture.csv")
    example = _analyzed(out, NAME, "example.html", os.cpu_count() or 1)
    known = _analyzed(out, "mixture.csv", "mixture.html")
    write_demo(out / "index.html", example, known, simulation.table().select("track", "alpha"))
    print(f"page     {(out / 'index.html').resolve()}")


def _check(out: Path, *, force: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir() or not force:
        raise InputError(
            "already exists", file=out, remedy="Choose another -o, or use --force to replace an older demo."
        )
    if foreign := sorted({path.name for path in out.iterdir()} - _OURS):
        raise InputError(f"contains other files than a demo ({foreign[0]})", file=out, remedy="Choose another -o.")


def _analyzed(out: Path, name: str, report: str, workers: int = 1) -> DemoAnalysis:
    from perrin.problems import Problems
    from perrin.report import write_report
    from perrin.report.demo import DemoAnalysis
    from perrin.run import analyze, make_record, population
    from perrin.run.populations import POPULATION
    from perrin.tracks import read

    tracks = read(out / name)
    estimates = analyze(tracks, workers=workers)
    command = shlex.join(["perrin", "analyze", name, "-o", "results"])
    problems = Problems()
    together = problems.attempt(POPULATION, lambda: population(tracks, draws=20), lambda _: None)
    record = make_record(tracks, estimates, command=command, population=together, problems=problems)
    write_report(out / report, estimates, tracks, record, together, problems=problems)
    return DemoAnalysis(tracks, estimates, report, command)
