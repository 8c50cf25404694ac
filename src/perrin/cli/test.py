"""`perrin test`: whether one Hurst exponent goes with a whole track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from perrin.cli import options as o
from perrin.cli.running import Destination, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perrin.cli.running import Progress
    from perrin.hurst_test.tester import HurstTester
    from perrin.problems import Problems
    from perrin.result import HurstTest
    from perrin.run import ChunkStore, Executor, Output
    from perrin.tracks.table import ReadOptions
    from perrin.types import Json


@o.grouped
def hurst_test(
    files: o.Inputs,
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results. It must not exist.")],
    method: Annotated[
        str, typer.Option("--method", help="Method that estimates H(t) for the band test (see perrin methods).")
    ] = "coeurjolly",
    samples: Annotated[int, typer.Option("--samples", metavar="M", help="Number of simulated tracks per band.")] = 1000,
    level: Annotated[
        float, typer.Option("--level", help="Significance level of both tests, and false discovery rate.")
    ] = 0.05,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            help="Number of positions in a window of the method. [default: that of the method]",
            show_default=False,
        ),
    ] = None,
    *,
    read_as: o.ReadingOptions,
    condition: o.Condition = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the random numbers.")] = 0,
    workers: o.Workers = None,
    dask: o.Dask = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it contains an older result.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write only the tables and run.json.")] = False,
) -> None:
    """Test whether the Hurst exponent (H) changes along each track; write tables and a report."""
    from perrin.hurst_test import make_hurst_tester

    reading = read_as.options(condition)
    settings = {} if window is None else {"window": window}
    tests = make_hurst_tester(method, settings, samples=samples, level=level, seed=seed)
    work = HurstTestWork(tests, {"method": method, "samples": samples, "level": level, **settings}, reading, seed)
    run(work, files, reading, o.executor(workers, dask), Destination(out, resume, force, report=not no_report))


@final
@dataclass(frozen=True)
class HurstTestWork:
    """What the user wants tested: the `Work` of this command.

    Attributes:
        tester: both tests, set as the options say.
        settings: the options of the tests.
        reading: how files are read.
        seed: of everything that is simulated.
    """

    tester: HurstTester
    settings: dict[str, Any]
    reading: ReadOptions
    seed: int

    def check(self, store: ChunkStore) -> None:
        """Any tracks will do."""

    def carry_out(
        self, folder: Output, store: ChunkStore, executor: Executor, progress: Progress, lap: Callable[[str], object],
        problems: Problems,
    ) -> tuple[HurstTest, str]:  # fmt: skip
        """Test all tracks."""
        from perrin.hurst_test import run_hurst_test_into

        del problems
        found = run_hurst_test_into(folder, store, self.tester, executor=executor, progress=progress)
        lap("test")
        return found

    def record(
        self, result: tuple[HurstTest, str], store: ChunkStore, *, command: str, timings: Mapping[str, float],
        paths: Mapping[str, str], problems: Problems,
    ) -> Json:  # fmt: skip
        """What run.json holds."""
        from perrin.hurst_test import make_test_record

        tested, plan = result
        return make_test_record(
            store, tested, command=command, options={**self.settings, **o.stated(self.reading)}, timings=timings,
            seed=self.seed, paths=paths, plan=plan, problems=problems,
        )  # fmt: skip

    def write_report(self, path: Path, result: tuple[HurstTest, str], record: Json, problems: Problems) -> None:
        """Write the report."""
        from perrin.report import write_hurst_test_report

        write_hurst_test_report(path, result[0], record, problems)

    def print_result(self, result: tuple[HurstTest, str], kind: str, path: str) -> None:
        """The result in a few lines on standard output."""
        tested = result[0]
        found, total = tested.summary(), tested.tests.height
        print(f"{found['tested']:,} of {total:,} track{'' if total == 1 else 's'} tested")
        if found["tested"]:
            print(f"H changes     {found['changes']:,}  (false discovery rate {found['level']:g})")
            print(
                f"p <= {found['level']:<8g} {found['p_below_level']:,}  (by chance {found['expected_by_chance']:.1f})"
            )
        if found["band_tested"]:
            print(f"band test     {found['band_mfbm']:,} of {found['band_tested']:,} multifractional (as published; "
            "not calibrated)")  # fmt: skip
        print(f"{kind:<14}{path}")

    def why_nothing(self, result: tuple[HurstTest, str], store: ChunkStore, out: str) -> str | None:
        """Where no track could be tested, the reasons."""
        del store
        tested = result[0]
        if tested.summary()["tested"]:
            return None
        counts = tested.tests["status"].value_counts(sort=True).rows()
        reasons = ", ".join(f"{n:,} {name}" for name, n in counts) or "no tracks"
        return f"no track could be tested: {reasons}. See {out}/tests.parquet"
