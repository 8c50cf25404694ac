"""`perrin analyze`: from track files to two tables, a record and a report."""

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
from perrin.errors import InputError, NothingToAnalyseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perrin.estimate import Estimator
    from perrin.run import Executor, Inputs, Outcome, Output, Shelf
    from perrin.tracks.table import ReadOptions


@o.grouped
def analyze(
    files: o.Inputs,
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results; must be new.")],
    method: Annotated[str, typer.Option("--method", help="exact, tamsd … (perrin methods), or MODEL.onnx.")] = "exact",
    window: Annotated[
        int | None, typer.Option("--window", help="Positions in a rolling window. [default: 20]", show_default=False)
    ] = None,
    *,
    read_as: o.Reading,
    localization_error: Annotated[
        str | None,
        typer.Option(
            "--localization-error", metavar="XY[,Z]", help="µm if calibrated, else px; 0 for none. [default: unknown]"
        ),
    ] = None,
    exposure: Annotated[
        float | None, typer.Option("--exposure", metavar="PHI", help="Exposure as a fraction of the frame.")
    ] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Allow for an unknown steady velocity.")] = False,
    alpha: Annotated[float | None, typer.Option("--alpha", help="The exponent, if known (1: Brownian).")] = None,
    focal_depth: Annotated[
        str | None,
        typer.Option(
            "--focal-depth", metavar="Z", help="Depth of focus, µm (px if uncalibrated), to correct fractions."
        ),
    ] = None,
    lags: Annotated[str | None, typer.Option("--lags", help="Lags of the TAMSD fit, as 1-4 or 1,2,8.")] = None,
    condition: o.Condition = None,
    min_length: Annotated[
        int | None, typer.Option("--min-length", metavar="N", help="Positions a track needs.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of methods that draw random numbers.")] = 0,
    workers: o.Workers = None,
    dask: o.Dask = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it is an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write the tables and run.json only.")] = False,
) -> None:
    """Estimate alpha(t), D(t) and whole tracks; write points, tracks, population.parquet, run.json and report.html."""
    reading = read_as.options(condition)
    given = {
        "window": window, "sigma": o.parse_error(localization_error), "exposure": exposure,
        "drift": drift or None, "alpha": alpha, "lags": o.parse_lags(lags), "min_length": min_length,
    }  # fmt: skip
    asked = Asked(
        method, _stated(given), reading, o.parse_depth(focal_depth), seed,
        _stated({"dask": dask, "workers": workers}), report=not no_report,
    )  # fmt: skip
    _run(files, out, asked, o.executor(workers, dask), resume=resume, force=force)


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in options.items() if value is not None}


@final
@dataclass(frozen=True)
class Asked:
    """What the user wants done with the tracks, and how they are to be read."""

    method: str
    settings: dict[str, Any]
    reading: ReadOptions
    focal_depth: float | None
    seed: int
    work: dict[str, Any]
    report: bool

    def options(self) -> dict[str, Any]:
        """All that was stated, for the record."""
        depth = {} if self.focal_depth is None else {"focal_depth": self.focal_depth}
        return {**self.settings, **depth, **o.stated(self.reading), **self.work}


def _run(files: list[str], out: str, asked: Asked, executor: Executor, *, resume: bool, force: bool) -> None:
    from perrin.run import make_estimator, open_output, why_nothing

    watch = Stopwatch()
    estimator = make_estimator(asked.method, asked.settings, spoken=_option)
    with two_interrupts(), open_output(out, force=force, resume=resume) as folder:
        with nothing_done_yet(folder):
            inputs, shelf = read_inputs(folder, files, asked.reading)
            _check_window(shelf, estimator, asked="window" in asked.settings)
        watch.lap("read")
        with resumable(folder):
            outcome = _estimate(folder, shelf, estimator, asked, executor, watch)
            check_input(inputs, shelf)
            _write(folder, outcome, inputs, asked, watch)
    _tell(out, outcome, report=asked.report)
    if outcome.population.facts.reason and (reasons := why_nothing(outcome.overview, shelf.provenance)) is not None:
        raise NothingToAnalyseError(f"nothing could be analysed: {reasons}. See {out}/run.json")


def _estimate(
    folder: Output, shelf: Shelf, estimator: Estimator, asked: Asked, executor: Executor, watch: Stopwatch
) -> Outcome:
    from perrin.run import analyze_into

    with executor, progress_bar() as progress:
        return analyze_into(
            folder, shelf, estimator, seed=asked.seed, focal_depth=asked.focal_depth, executor=executor,
            progress=progress, lap=watch.lap,
        )  # fmt: skip


def _write(folder: Output, outcome: Outcome, inputs: Inputs, asked: Asked, watch: Stopwatch) -> None:
    """The record and the report, and the folder gets its name; raises OSError where the disk is full."""
    import json

    from perrin.run import disk_errors, make_record, write_text

    with disk_errors():
        outcome.population.write(folder.draft)
    record = make_record(
        outcome.tracks, outcome.estimates,
        command=shlex.join(["perrin", *sys.argv[1:]]),
        options=asked.options(),
        timings=watch.seconds,
        seed=asked.seed,
        population=outcome.population,
        paths=dict(zip(inputs.names, inputs.said, strict=True)),
        overview=outcome.overview,
        plan=outcome.plan,
    )  # fmt: skip
    if asked.report:
        from perrin.report import write_report

        write_report(
            folder.draft / "report.html", outcome.estimates, outcome.tracks, record, outcome.population,
            outcome.overview,
        )  # fmt: skip
    record["timings"]["report"] = round(watch.lap("report"), 3)
    write_text(folder.draft / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    folder.finish()


def _option(setting: str) -> str:
    """What the command line calls a setting of a method."""
    return "--localization-error" if setting == "sigma" else f"--{setting.replace('_', '-')}"


def _check_window(shelf: Shelf, estimator: Estimator, *, asked: bool) -> None:
    longest = shelf.longest
    window = getattr(estimator, "window", 0)
    if asked and window > longest:
        raise InputError(
            f"a window of {window} positions is longer than every track (the longest has {longest})",
            remedy=f"Give --window {longest} or less." if longest >= 4 else "The tracks are too short.",
        )


def _ranked(counts: Mapping[str, int]) -> str:
    """`12 this, 3 that`: the most frequent first."""
    return ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items(), key=lambda entry: -entry[1]))


def _tell(out: str, outcome: Outcome, *, report: bool) -> None:
    """The result in a few lines on standard output."""
    overview, together, units = outcome.overview, outcome.population, outcome.estimates.units
    found, total = overview.summary.as_json(), overview.tracks
    print(f"{total:,} track{'' if total == 1 else 's'} ({_ranked(overview.tracks_by_status) or 'none'})")
    if overview.tracks_by_class:
        print(f"class    {_ranked(overview.tracks_by_class)}")
    if found["n"]:
        a, d = found["alpha"], found["D_frame"]
        unit = units.frame_diffusion
        print(f"alpha    median {a['median']:.3g}  (quartiles {a['lower_quartile']:.3g} to {a['upper_quartile']:.3g})")
        print(f"D_frame  median {d['median']:.3g} {unit}  "
              f"(quartiles {d['lower_quartile']:.3g} to {d['upper_quartile']:.3g})")  # fmt: skip
        if (shared := found["common_D"]) is not None:
            print(f"D        if all share one: {shared['value']:.3g} {units.diffusion}  "
                  f"(95 % interval {shared['lo']:.3g} to {shared['hi']:.3g})")  # fmt: skip
    if not together.facts.reason:
        rest, modes = together.immobile().row(0, named=True), together.main_modes()
        kinds = ", ".join(f"{d:.3g} ({n:.0%})" for d, n in modes.select("D_frame", "tracks").iter_rows())
        print(f"together {together.facts.n_used:,} tracks of 2 positions or more: D_frame {kinds} "
              f"{units.frame_diffusion}, immobile ({rest['tracks']:.0%})")  # fmt: skip
    where = out if "://" in out else str(Path(out).resolve())
    print(f"report   {where}/report.html" if report else f"tables   {where}")
