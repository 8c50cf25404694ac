"""`perrin test`: whether one Hurst exponent goes with a whole track."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from perrin.cli import options as o
from perrin.cli.faults import Stopwatch, two_interrupts
from perrin.cli.progress import progress_bar
from perrin.cli.running import check_input, nothing_done_yet, read_inputs, resumable
from perrin.errors import NothingToAnalyseError

if TYPE_CHECKING:
    from perrin.result import Decisions
    from perrin.run import Executor, Inputs, Output, Shelf
    from perrin.tracks.table import ReadOptions


@o.grouped
def decide(
    files: o.Inputs,
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results; must be new.")],
    method: Annotated[
        str, typer.Option("--method", help="What estimates H(t) for the band test; see perrin methods.")
    ] = "coeurjolly",
    samples: Annotated[int, typer.Option("--samples", metavar="M", help="Simulated tracks a band.")] = 1000,
    level: Annotated[float, typer.Option("--level", help="Of both tests; also the false discovery rate.")] = 0.05,
    window: Annotated[
        int | None, typer.Option("--window", help="Of the method. [default: its own]", show_default=False)
    ] = None,
    *,
    read_as: o.Reading,
    condition: o.Condition = None,
    seed: Annotated[int, typer.Option("--seed", help="Of everything that is simulated.")] = 0,
    workers: o.Workers = None,
    dask: o.Dask = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it is an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write the tables and run.json only.")] = False,
) -> None:
    """Test every track for a changing Hurst exponent; write tests.parquet, bands.parquet, run.json and report.html."""
    reading = read_as.options(condition)
    settings = {} if window is None else {"window": window}
    asked = Asked(method, settings, samples, level, reading, seed, report=not no_report)
    _run(files, out, asked, o.executor(workers, dask), resume=resume, force=force)


@final
@dataclass(frozen=True)
class Asked:
    """What the user wants tested, and how it is to be read."""

    method: str
    settings: dict[str, Any]
    samples: int
    level: float
    reading: ReadOptions
    seed: int
    report: bool

    def options(self) -> dict[str, Any]:
        """All that was stated, for the record."""
        test = {"method": self.method, "samples": self.samples, "level": self.level}
        return {**test, **self.settings, **o.stated(self.reading)}


def _run(files: list[str], out: str, asked: Asked, executor: Executor, *, resume: bool, force: bool) -> None:
    from perrin.decide import decide_into, make_tests
    from perrin.run import open_output

    watch = Stopwatch()
    tests = make_tests(
        asked.method, asked.settings, samples=asked.samples, level=asked.level, seed=asked.seed
    )  # fmt: skip
    with two_interrupts(), open_output(out, force=force, resume=resume) as folder:
        with nothing_done_yet(folder):
            inputs, shelf = read_inputs(folder, files, asked.reading)
        watch.lap("read")
        with resumable(folder):
            with executor, progress_bar() as progress:
                decisions, plan = decide_into(folder, shelf, tests, executor=executor, progress=progress)
            check_input(inputs, shelf)
            watch.lap("test")
            _write(folder, shelf, decisions, inputs, asked, watch, plan)
    _tell(out, decisions, report=asked.report)
    if not decisions.summary()["tested"]:
        counts = decisions.tests["status"].value_counts(sort=True).rows()
        reasons = ", ".join(f"{n:,} {name}" for name, n in counts) or "no tracks"
        raise NothingToAnalyseError(f"no track could be tested: {reasons}. See {out}/tests.parquet")


def _write(
    folder: Output, shelf: Shelf, decisions: Decisions, inputs: Inputs, asked: Asked, watch: Stopwatch, plan: str
) -> None:
    """The record and the report, and the folder gets its name; raises OSError where the disk is full."""
    import json

    from perrin.decide import make_test_record
    from perrin.run import write_text

    record = make_test_record(
        shelf, decisions,
        command=shlex.join(["perrin", *sys.argv[1:]]),
        options=asked.options(),
        timings=watch.seconds,
        seed=asked.seed,
        paths=dict(zip(inputs.names, inputs.said, strict=True)),
        plan=plan,
    )  # fmt: skip
    if asked.report:
        from perrin.report import write_test_report

        write_test_report(folder.draft / "report.html", decisions, record)
    record["timings"]["report"] = round(watch.lap("report"), 3)
    write_text(folder.draft / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    folder.finish()


def _tell(out: str, decisions: Decisions, *, report: bool) -> None:
    """The result in a few lines on standard output."""
    found = decisions.summary()
    total = decisions.tests.height
    print(f"{found['tested']:,} of {total:,} track{'' if total == 1 else 's'} tested")
    if found["tested"]:
        print(f"H changes     {found['changes']:,}  (false discovery rate {found['level']:g})")
        print(f"p <= {found['level']:<8g} {found['p_below_level']:,}  (by chance {found['expected_by_chance']:.1f})")
    if found["band_tested"]:
        print(
            f"band test     {found['band_mfbm']:,} of {found['band_tested']:,} MFBM (as published; size not controlled)"
        )
    where = out if "://" in out else str(Path(out).resolve())
    print(f"report        {where}/report.html" if report else f"tables        {where}")
