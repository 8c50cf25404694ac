"""`perrin test`: whether one Hurst exponent goes with a whole track."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from perrin.cli import options as o
from perrin.cli.progress import progress_bar
from perrin.errors import InputError, NothingToAnalyseError

if TYPE_CHECKING:
    from perrin.decide import Decisions
    from perrin.run import Executor, OutputFolder
    from perrin.tracks import Tracks


@o.grouped
def decide(
    files: o.Files,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results; must be new.")],
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
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it is an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write the tables and run.json only.")] = False,
) -> None:
    """Test every track for a changing Hurst exponent; write tests.parquet, bands.parquet, run.json and report.html."""
    reading = read_as.options(condition)
    settings = {} if window is None else {"window": window}
    asked = {"method": method, "samples": samples, "level": level, **settings}
    _run(
        files, out, asked, reading, seed=seed, executor=o.executor(workers, dask), force=force,
        report=not no_report,
    )  # fmt: skip


def _run(
    files: list[Path], out: Path, asked: dict[str, Any], reading: Any, *, seed: int, executor: Executor, force: bool,
    report: bool,
) -> None:  # fmt: skip
    from perrin.cli.trial import try_parquet
    from perrin.decide import decide as decide_tracks
    from perrin.run import OutputFolder
    from perrin.run.plan import Plan
    from perrin.tracks.read import read_files

    start = time.perf_counter()
    with OutputFolder(out, force=force) as folder:
        try:
            try_parquet(files)
            tracks = read_files(files, reading)
            read = time.perf_counter()
            folder.begin(Plan((0,), seed, "perrin test"))
            with progress_bar() as progress:
                decisions = decide_tracks(tracks, seed=seed, executor=executor, progress=progress, **asked)
            _write(
                folder, tracks, decisions, files, options={**asked, **o.stated(reading)},
                timings={"read": read - start, "test": time.perf_counter() - read}, seed=seed, report=report,
            )  # fmt: skip
        except OSError as error:
            folder.discard()
            raise InputError(
                f"cannot be written ({error.strerror or error})", file=out, remedy="Make room or choose another disk."
            ) from error
        except BaseException:
            folder.discard()
            raise
    _tell(out, decisions, report=report)
    if not decisions.summary()["tested"]:
        counts = decisions.tests["status"].value_counts(sort=True).rows()
        reasons = ", ".join(f"{n:,} {name}" for name, n in counts) or "no tracks"
        raise NothingToAnalyseError(f"no track could be tested: {reasons}. See {out / 'tests.parquet'}")


def _write(
    folder: OutputFolder, tracks: Tracks, decisions: Decisions, files: list[Path], *, options: dict[str, Any],
    timings: dict[str, float], seed: int, report: bool,
) -> None:  # fmt: skip
    """The tables, the record and the report, and the folder gets its name; raises OSError where the disk is full."""
    import json

    from perrin.decide import make_test_record
    from perrin.run import disk_errors, write_text
    from perrin.tracks.read import source_names

    start = time.perf_counter()
    with disk_errors():
        decisions.write(folder.draft)
    record = make_test_record(
        tracks, decisions,
        command=shlex.join(["perrin", *sys.argv[1:]]),
        options=options,
        timings=timings,
        seed=seed,
        paths=dict(zip(source_names(files), map(str, files), strict=True)),
    )  # fmt: skip
    if report:
        from perrin.report import write_test_report

        write_test_report(folder.draft / "report.html", decisions, record)
    record["timings"]["report"] = round(time.perf_counter() - start, 3)
    write_text(folder.draft / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    folder.finish()


def _tell(out: Path, decisions: Decisions, *, report: bool) -> None:
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
    print(f"report        {(out / 'report.html').resolve()}" if report else f"tables        {out.resolve()}")
