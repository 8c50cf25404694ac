"""`perrin analyze`: from track files to two tables, a record and a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from perrin.cli import options as o
from perrin.cli.running import Destination, run
from perrin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perrin.cli.running import Progress
    from perrin.estimate import Estimator
    from perrin.problems import Problems
    from perrin.result import Population
    from perrin.run import AnalysisOutcome, ChunkStore, Executor, Output
    from perrin.tracks import Units
    from perrin.tracks.table import ReadOptions
    from perrin.types import Json


@o.grouped
def analyze(
    files: o.Inputs,
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results. It must not exist.")],
    method: Annotated[str, typer.Option("--method", help="Method (see perrin methods), or MODEL.onnx.")] = "exact",
    window: Annotated[
        int | None,
        typer.Option("--window", help="Number of positions in a rolling window. [default: 20]", show_default=False),
    ] = None,
    *,
    read_as: o.ReadingOptions,
    localization_error: Annotated[
        str | None,
        typer.Option(
            "--localization-error",
            metavar="XY[,Z]",
            help="Localization error in µm (px if uncalibrated); 0 if none. [default: unknown]",
        ),
    ] = None,
    exposure: Annotated[
        float | None,
        typer.Option("--exposure", metavar="PHI", help="Exposure time as a fraction of the frame interval."),
    ] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Allow for an unknown constant velocity.")] = False,
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="Anomalous exponent (alpha), if known (1: Brownian motion).")
    ] = None,
    focal_depth: Annotated[
        str | None,
        typer.Option(
            "--focal-depth",
            metavar="Z",
            help="Focal depth in µm (px if uncalibrated), to correct the fractions of the population.",
        ),
    ] = None,
    lags: Annotated[str | None, typer.Option("--lags", help="Lags of the MSD fit in frames, as 1-4 or 1,2,8.")] = None,
    condition: o.Condition = None,
    min_length: Annotated[
        int | None, typer.Option("--min-length", metavar="N", help="Fewest positions that a track needs.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the random numbers.")] = 0,
    workers: o.Workers = None,
    dask: o.Dask = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it contains an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write only the tables and run.json.")] = False,
) -> None:
    """Estimate the anomalous exponent (alpha) and the diffusion coefficient (D); write tables and a report."""
    reading = read_as.options(condition)
    given = {
        "window": window, "sigma": o.parse_error(localization_error), "exposure": exposure,
        "drift": drift or None, "alpha": alpha, "lags": o.parse_lags(lags), "min_length": min_length,
    }  # fmt: skip
    from perrin.run import make_estimator

    stated = _stated(given)
    analysis = AnalysisWork(
        make_estimator(method, stated, option_name=_option), stated, reading, o.parse_depth(focal_depth), seed,
        _stated({"dask": dask, "workers": workers}),
    )  # fmt: skip
    run(analysis, files, reading, o.executor(workers, dask), Destination(out, resume, force, report=not no_report))


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in options.items() if value is not None}


@final
@dataclass(frozen=True)
class AnalysisWork:
    """What the user wants estimated: the `Work` of this command.

    Attributes:
        estimator: the method, set as the options say.
        settings: those of them that were stated.
        reading: how files are read.
        focal_depth: for the fractions of particles.
        seed: of everything that is drawn.
        work: who does it, as stated.
    """

    estimator: Estimator
    settings: dict[str, Any]
    reading: ReadOptions
    focal_depth: float | None
    seed: int
    work: dict[str, Any]

    def options(self) -> dict[str, Any]:
        """All that was stated, for the record."""
        depth = {} if self.focal_depth is None else {"focal_depth": self.focal_depth}
        return {**self.settings, **depth, **o.stated(self.reading), **self.work}

    def check(self, store: ChunkStore) -> None:
        """Raise InputError where a window that was asked for is longer than every track."""
        longest, window = store.longest, getattr(self.estimator, "window", 0)
        if "window" in self.settings and window > longest:
            raise InputError(
                f"the window has {window} positions, but the longest track has only {longest}",
                remedy=f"Use --window {longest} or less." if longest >= 4 else "The tracks are too short.",
            )

    def carry_out(
        self, folder: Output, store: ChunkStore, executor: Executor, progress: Progress, lap: Callable[[str], object],
        problems: Problems,
    ) -> AnalysisOutcome:  # fmt: skip
        """Estimate all tracks, and their population."""
        from polars.exceptions import PolarsError

        from perrin.run import analyze_into, disk_errors

        outcome = analyze_into(
            folder, store, self.estimator, seed=self.seed, focal_depth=self.focal_depth, executor=executor,
            progress=progress, lap=lap, problems=problems,
        )  # fmt: skip
        with disk_errors():
            problems.attempt(
                "the table of the population", lambda: outcome.population.write(folder.draft), lambda _: None,
                unless=lambda error: isinstance(error, OSError | PolarsError),
            )  # fmt: skip
        return outcome

    def record(
        self,
        result: AnalysisOutcome,
        store: ChunkStore,
        *,
        command: str,
        timings: Mapping[str, float],
        paths: Mapping[str, str],
        problems: Problems,
    ) -> Json:
        """What run.json holds."""
        from perrin.run import make_record

        del store
        return make_record(
            result.tracks, result.estimates, command=command, options=self.options(), timings=timings, seed=self.seed,
            population=result.population, paths=paths, overview=result.overview, plan=result.plan, problems=problems,
        )  # fmt: skip

    def write_report(self, path: Path, result: AnalysisOutcome, record: Json, problems: Problems) -> None:
        """Write the report."""
        from perrin.report import write_report

        write_report(path, result.estimates, result.tracks, record, result.population, result.overview, problems)

    def print_result(self, result: AnalysisOutcome, kind: str, path: str) -> None:
        """The result in a few lines on standard output."""
        overview = result.overview
        print(f"{overview.tracks:,} track{'' if overview.tracks == 1 else 's'} "
              f"({_ranked(overview.tracks_by_status) or 'none'})")  # fmt: skip
        if overview.tracks_by_class:
            print(f"class    {_ranked(overview.tracks_by_class)}")
        _tell_summary(overview.summary.as_json(), result.estimates.units)
        _tell_population(result.population)
        print(f"{kind:<9}{path}")

    def why_nothing(self, result: AnalysisOutcome, store: ChunkStore, out: str) -> str | None:
        """Where no track could be estimated, the reasons."""
        from perrin.run import why_nothing

        if not result.population.facts.reason:
            return None
        reasons = why_nothing(result.overview, store.provenance)
        return None if reasons is None else f"no track could be analyzed: {reasons}. See {out}/run.json"


def _option(setting: str) -> str:
    """What the command line calls a setting of a method."""
    return "--localization-error" if setting == "sigma" else f"--{setting.replace('_', '-')}"


def _ranked(counts: Mapping[str, int]) -> str:
    """`12 this, 3 that`: the most frequent first."""
    return ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items(), key=lambda entry: -entry[1]))


def _tell_summary(found: Json, units: Units) -> None:
    """alpha, D_frame, and the D that all tracks share if they do."""
    if not found["n"]:
        return
    a, d = found["alpha"], found["D_frame"]
    print(f"alpha    median {a['median']:.3g}  (quartiles {a['lower_quartile']:.3g} to {a['upper_quartile']:.3g})")
    print(f"D_frame  median {d['median']:.3g} {units.frame_diffusion}  "
          f"(quartiles {d['lower_quartile']:.3g} to {d['upper_quartile']:.3g})")  # fmt: skip
    if (shared := found["common_D"]) is not None:
        print(f"D        shared: {shared['value']:.3g} {units.diffusion}  "
              f"(95 % interval {shared['lo']:.3g} to {shared['hi']:.3g})")  # fmt: skip


def _tell_population(together: Population) -> None:
    """Its modes, and how much of it is immobile."""
    if together.facts.reason:
        return
    rest, modes = together.immobile().row(0, named=True), together.main_modes()
    kinds = ", ".join(f"{d:.3g} ({n:.0%})" for d, n in modes.select("D_frame", "tracks").iter_rows())
    print(f"together {together.facts.n_used:,} tracks of 2 positions or more: D_frame {kinds} "
          f"{together.units.frame_diffusion}, immobile ({rest['tracks']:.0%})")  # fmt: skip
