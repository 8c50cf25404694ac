"""How `analyze` and `test` run: input into chunks, work, record, report; and how a run that ends early ends."""

from __future__ import annotations

import errno
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, final

from perrin.cli.faults import StoppedError, Stopwatch, two_interrupts, unwritable
from perrin.cli.progress import progress_bar
from perrin.errors import ChangedInputError, InputError, NothingToAnalyzeError, PerrinError
from perrin.problems import FILE_NAME, Problems, unforeseen

if TYPE_CHECKING:
    from perrin.run import ChunkStore, Executor, Inputs, Output
    from perrin.tracks.table import ReadOptions
    from perrin.types import Json

R = TypeVar("R")
Progress = Callable[[int, int], None] | None
REPORT: Final = "report.html"
_GO_ON: Final = "finished work is kept; run the same command with --resume to continue"


@final
@dataclass(frozen=True)
class Destination:
    """Where a run goes and what it leaves there.

    Attributes:
        out: the folder or address.
        resume: go on with an interrupted run.
        force: replace an older result.
        report: whether there is to be one.
    """

    out: str
    resume: bool
    force: bool
    report: bool

    @property
    def path(self) -> str:
        """The whole of it, to be told."""
        return self.out if "://" in self.out else str(Path(self.out).resolve())


class Work(Protocol[R]):
    """What a command does with the tracks, between reading them and telling what came out."""

    def check(self, store: ChunkStore) -> None:
        """Raise InputError where the work makes no sense for these tracks."""

    def carry_out(
        self, folder: Output, store: ChunkStore, executor: Executor, progress: Progress, lap: Callable[[str], object],
        problems: Problems,
    ) -> R:  # fmt: skip
        """Do it and write the tables to `folder.draft`; `lap` is told the name of each part once it is done."""

    def record(
        self, result: R, store: ChunkStore, *, command: str, timings: Mapping[str, float], paths: Mapping[str, str],
        problems: Problems,
    ) -> Json:  # fmt: skip
        """What run.json holds."""

    def write_report(self, path: Path, result: R, record: Json, problems: Problems) -> None:
        """Write the report."""

    def print_result(self, result: R, kind: str, path: str) -> None:
        """The result in a few lines on standard output; the last one says where its `kind` (report, tables) is."""

    def why_nothing(self, result: R, store: ChunkStore, out: str) -> str | None:
        """Where nothing came out, why, and where in `out` to look; None where something did."""


def run(work: Work[R], files: list[str], reading: ReadOptions, executor: Executor, destination: Destination) -> None:
    """Read, work, write, tell. The tables and run.json are written whatever becomes of the report and its like.

    Raises:
        InputError: for input or options that make no sense.
        NothingToAnalyzeError: where no track gave a result; all files are written.
        StoppedError: where the user stops it.
    """
    from perrin.run import open_output

    watch, problems = Stopwatch(), Problems()
    with two_interrupts(), open_output(destination.out, force=destination.force, resume=destination.resume) as folder:
        with nothing_done_yet(folder):
            inputs, store = read_inputs(folder, files, reading)
            work.check(store)
        watch.lap("read")
        with resumable(folder):
            with executor, progress_bar() as progress:
                result = work.carry_out(folder, store, executor, progress, watch.lap, problems)
            check_input(inputs, store)
            _write(folder, work, result, store, inputs, watch, problems, report=destination.report)
    if destination.report and not any(problem.what == _THE_REPORT for problem in problems):
        work.print_result(result, "report", f"{destination.path}/{REPORT}")
    else:
        work.print_result(result, "tables", destination.path)
    _say_problems(problems, destination.path)
    if (reasons := work.why_nothing(result, store, destination.out)) is not None:
        raise NothingToAnalyzeError(reasons)


_THE_REPORT: Final = "the report"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_is_full(error: BaseException) -> bool:
    """Whether there is no room: then nothing else can be written either, and the run can be resumed once there is."""
    return isinstance(error, OSError) and error.errno in _FULL


def _write(
    folder: Output,
    work: Work[R],
    result: R,
    store: ChunkStore,
    inputs: Inputs,
    watch: Stopwatch,
    problems: Problems,
    *,
    report: bool,
) -> None:
    """The record, the report and the details of problems, and the folder gets its name."""
    from perrin.run import write_text

    command = shlex.join(["perrin", *sys.argv[1:]])
    paths = dict(zip(inputs.names, inputs.given, strict=True))
    record = work.record(
        result, store, command=command, timings=watch.seconds, paths=paths, problems=problems
    )  # fmt: skip
    if report:
        page = folder.draft / REPORT
        problems.attempt(
            _THE_REPORT, lambda: work.write_report(page, result, record, problems),
            lambda _: page.unlink(missing_ok=True), unless=disk_is_full,
        )  # fmt: skip
    record["timings"]["report"] = round(watch.lap("report"), 3)
    record["problems"] = problems.as_json()
    if problems:
        write_text(folder.draft / FILE_NAME, problems.details(command))
    write_text(folder.draft / "run.json", json.dumps(record, indent=1, ensure_ascii=False))
    folder.finish()


def tell_problems(problems: Problems, folder: Path) -> None:
    """Write the details of problems to a folder of results, and say each in one line."""
    from perrin.run import write_text

    if problems:
        write_text(folder / FILE_NAME, problems.details(shlex.join(["perrin", *sys.argv[1:]])))
    _say_problems(problems, str(folder.resolve()))


def _say_problems(problems: Problems, path: str) -> None:
    for problem in problems:
        print(f"perrin: {problem}", file=sys.stderr)
    if problems:
        print(f"perrin: details in {path}/{FILE_NAME}", file=sys.stderr)


def read_inputs(folder: Output, files: list[str], reading: ReadOptions) -> tuple[Inputs, ChunkStore]:
    """The input in chunks on this disk; raises InputError where it cannot be read, or where there is no room for it."""
    from perrin.cli.parquet_check import check_parquet_files
    from perrin.run import find_inputs, store_inputs

    try:
        inputs = find_inputs(files, folder.scratch)
        check_parquet_files(inputs.paths)
        with progress_bar("reading") as progress:
            return inputs, store_inputs(folder, inputs, reading, progress)
    except OSError as error:
        raise unwritable(folder.target, error) from error


def check_input(inputs: Inputs, store: ChunkStore) -> None:
    """Raise ChangedInputError where a file is no longer what was put into the chunk store."""
    from perrin.run import check_unchanged

    check_unchanged(inputs, {p.source: p.sha256 for p in store.provenance}, "during the run")


@contextmanager
def nothing_done_yet(folder: Output) -> Iterator[None]:
    """What fails in this block leaves nothing behind, but what an earlier run left to be resumed."""
    try:
        yield
    except KeyboardInterrupt as asked:
        raise StoppedError(*asked.args) from None
    except BaseException:
        folder.discard()
        raise


@contextmanager
def resumable(folder: Output) -> Iterator[None]:
    """What fails in this block leaves what is finished; what cannot succeed the next time either leaves nothing."""
    try:
        yield
    except ChangedInputError:
        raise
    except InputError:
        folder.discard()
        raise
    except KeyboardInterrupt as asked:
        raise StoppedError(*asked.args) from None
    except OSError as error:
        raise unwritable(folder.target, error) from error
    except BaseException as error:
        if unforeseen(error) and not isinstance(error, PerrinError):
            error.add_note(_GO_ON)
        raise
