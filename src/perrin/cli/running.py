"""What `analyze` and `test` do around their work: input on the shelf, and how a run that ends early ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from perrin.cli.faults import StoppedError, unwritable
from perrin.cli.progress import progress_bar
from perrin.errors import ChangedInputError, InputError

if TYPE_CHECKING:
    from perrin.run import Inputs, Output, Shelf
    from perrin.tracks.table import ReadOptions


def read_inputs(folder: Output, files: list[str], reading: ReadOptions) -> tuple[Inputs, Shelf]:
    """The input in chunks on this disk; raises InputError where it cannot be read, or where there is no room for it."""
    from perrin.cli.trial import try_parquet
    from perrin.run import find_inputs, shelve

    try:
        inputs = find_inputs(files, folder.scratch)
        try_parquet(inputs.paths)
        with progress_bar("reading") as progress:
            return inputs, shelve(folder, inputs, reading, progress)
    except OSError as error:
        raise unwritable(folder.target, error) from error


def check_input(inputs: Inputs, shelf: Shelf) -> None:
    """Raise ChangedInputError where a file is no longer what was put on the shelf."""
    from perrin.run import check_unchanged

    check_unchanged(inputs, {p.source: p.sha256 for p in shelf.provenance}, "during the run")


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
