"""`perrin analyze`: from track files to two tables, a record and a report."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from perrin.cli import options as o
from perrin.cli.progress import progress_bar
from perrin.errors import InputError, NothingToAnalyseError, PerrinError

if TYPE_CHECKING:
    from perrin.estimate import Estimator
    from perrin.result import Estimates, Population
    from perrin.run import OutputFolder
    from perrin.tracks import Tracks


class StoppedError(PerrinError):
    """The user pressed Ctrl-C; what is finished is kept."""

    exit_code = 130


def analyze(
    files: o.Files,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results; must be new.")],
    method: Annotated[str, typer.Option("--method", help="exact, tamsd … or MODEL.onnx.")] = "exact",
    window: Annotated[
        int | None, typer.Option("--window", help="Positions in a rolling window. [default: 20]", show_default=False)
    ] = None,
    frame_interval: o.FrameInterval = None,
    pixel_size: o.PixelSize = None,
    format: o.Format = None,
    columns: o.Columns = None,
    column: o.Column = None,
    log: o.Log = False,
    increments: o.Increments = False,
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
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="The exponent, where it is known (1: Brownian).")
    ] = None,
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
    workers: Annotated[int | None, typer.Option("--workers", help="Processes. [default: one a core]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it is an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write the tables and run.json only.")] = False,
) -> None:
    """Estimate alpha(t), D(t) and whole tracks; write points, tracks, population.parquet, run.json and report.html."""
    reading = o.read_options(
        frame_interval=frame_interval, pixel_size=pixel_size, format=format, columns=columns, column=column,
        log=log, increments=increments, condition=condition,
    )  # fmt: skip
    given = {
        "window": window, "sigma": o.parse_error(localization_error), "exposure": exposure,
        "drift": drift or None, "alpha": alpha, "lags": o.parse_lags(lags), "min_length": min_length,
    }  # fmt: skip
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers} is too few", remedy="Give 1 or more.")
    _run(
        files, out, method, {k: v for k, v in given.items() if v is not None}, reading,
        focal_depth=o.parse_depth(focal_depth), seed=seed, workers=workers or os.cpu_count() or 1,
        resume=resume, force=force, report=not no_report,
    )  # fmt: skip


def _run(
    files: list[Path], out: Path, method: str, settings: dict[str, Any], reading: Any, *,
    focal_depth: float | None, seed: int, workers: int, resume: bool, force: bool, report: bool,
) -> None:  # fmt: skip
    from perrin.cli.trial import try_parquet
    from perrin.run import OutputFolder, analyze_into, make_estimator, population_estimator, why_nothing
    from perrin.tracks.read import read_files

    start = time.perf_counter()
    estimator = make_estimator(method, settings, spoken=_option)
    with OutputFolder(out, force=force, resume=resume) as folder:
        try:
            try_parquet(files)
            tracks = read_files(files, reading)
            _check_window(tracks, estimator, asked="window" in settings)
        except BaseException:
            folder.discard()
            raise
        read = time.perf_counter()
        try:
            with progress_bar() as progress:
                estimates = analyze_into(folder, tracks, estimator, seed=seed, workers=workers, progress=progress)
            estimated = time.perf_counter()
            together = population_estimator(estimates.settings, focal_depth=focal_depth, seed=seed)
            found = together.estimate(together.sample(tracks))
            timings = {
                "read": read - start,
                "estimate": estimated - read,
                "population": time.perf_counter() - estimated,
            }
            depth = {} if focal_depth is None else {"focal_depth": focal_depth}
            _write(
                folder, tracks, estimates, found, files,
                options={**settings, **depth, **o.stated(reading), "workers": workers},
                timings=timings, seed=seed, report=report,
            )  # fmt: skip
        except InputError:
            folder.discard()
            raise
        except KeyboardInterrupt:
            raise StoppedError("stopped; run the same command with --resume to go on") from None
        except OSError as error:
            raise InputError(
                f"cannot be written ({error.strerror or error})",
                file=out,
                remedy="Make room or choose another disk, then run again with --resume.",
            ) from error
    _tell(out, estimates, found, report=report)
    if found.facts.reason and (reasons := why_nothing(estimates, tracks)) is not None:
        raise NothingToAnalyseError(f"nothing could be analysed: {reasons}. See {out / 'run.json'}")


def _write(
    folder: OutputFolder, tracks: Tracks, estimates: Estimates, population: Population, files: list[Path], *,
    options: dict[str, Any], timings: dict[str, float], seed: int, report: bool,
) -> None:  # fmt: skip
    """The tables, the record and the report, and the folder gets its name; raises OSError where the disk is full."""
    import json

    from perrin.run import disk_errors, make_record, write_text
    from perrin.tracks.read import source_names

    start = time.perf_counter()
    with disk_errors():
        estimates.write(folder.work)
        population.write(folder.work)
    record = make_record(
        tracks, estimates,
        command=shlex.join(["perrin", *sys.argv[1:]]),
        options=options,
        timings=timings,
        seed=seed,
        population=population,
        paths=dict(zip(source_names(files), map(str, files), strict=True)),
    )  # fmt: skip
    if report:
        from perrin.report import write_report

        write_report(folder.work / "report.html", estimates, tracks, record, population)
    record["timings"]["report"] = round(time.perf_counter() - start, 3)
    write_text(folder.work / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    folder.finish()


def _option(setting: str) -> str:
    """What the command line calls a setting of a method."""
    return "--localization-error" if setting == "sigma" else f"--{setting.replace('_', '-')}"


def _check_window(tracks: Tracks, estimator: Estimator, *, asked: bool) -> None:
    longest = int(tracks.lengths.max(initial=0))
    window = getattr(estimator, "window", 0)
    if asked and window > longest:
        raise InputError(
            f"a window of {window} positions is longer than every track (the longest has {longest})",
            remedy=f"Give --window {longest} or less." if longest >= 4 else "The tracks are too short.",
        )


def _tell(out: Path, estimates: Any, together: Population, *, report: bool) -> None:
    """The result in a few lines on standard output."""
    from perrin.result import summarise

    found = summarise(estimates.tracks)
    counts = estimates.tracks["status"].value_counts(sort=True)
    told = ", ".join(f"{n:,} {name}" for name, n in zip(counts["status"], counts["count"], strict=True))
    print(f"{estimates.tracks.height:,} track{'' if estimates.tracks.height == 1 else 's'} ({told or 'none'})")
    kinds = estimates.tracks["class"].drop_nulls().value_counts(sort=True)
    if kinds.height:
        print(f"class    {', '.join(f'{n:,} {name}' for name, n in kinds.iter_rows())}")
    if found["n"]:
        a, d = found["alpha"], found["D_frame"]
        unit = estimates.units.frame_diffusion
        print(f"alpha    median {a['median']:.3g}  (quartiles {a['lower_quartile']:.3g} to {a['upper_quartile']:.3g})")
        print(f"D_frame  median {d['median']:.3g} {unit}  "
              f"(quartiles {d['lower_quartile']:.3g} to {d['upper_quartile']:.3g})")  # fmt: skip
        if (shared := found["common_D"]) is not None:
            print(f"D        if all share one: {shared['value']:.3g} {estimates.units.diffusion}  "
                  f"(95 % interval {shared['lo']:.3g} to {shared['hi']:.3g})")  # fmt: skip
    if not together.facts.reason:
        rest, modes = together.immobile().row(0, named=True), together.main_modes()
        kinds = ", ".join(f"{d:.3g} ({n:.0%})" for d, n in modes.select("D_frame", "tracks").iter_rows())
        print(f"together {together.facts.n_used:,} tracks of 2 positions or more: D_frame {kinds} "
              f"{estimates.units.frame_diffusion}, immobile ({rest['tracks']:.0%})")  # fmt: skip
    print(f"report   {(out / 'report.html').resolve()}" if report else f"tables   {out.resolve()}")
