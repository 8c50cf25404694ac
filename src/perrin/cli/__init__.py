"""The command line: one file per command, loaded only when it is called."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

from perrin.errors import PerrinError


def main() -> NoReturn:
    """Entry point of the `perrin` command; errors become one line and an exit code (2 input, 3 nothing to analyse)."""
    # One BLAS thread a process: workers do the rest, and results do not depend on their number.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
    _forgive_encodings()

    try:
        _check_names()
        from perrin.cli.app import app

        app()
    except PerrinError as error:
        sys.exit(_say(str(error), error.exit_code))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(_say(f"{where}{error.strerror or error}", 2))
    except MemoryError:
        sys.exit(_say("out of memory; analyse fewer tracks at once, or with fewer --workers", 2))
    except KeyboardInterrupt:
        sys.exit(_say("stopped", 130))
    sys.exit(0)


def _check_names() -> None:
    """Raises PerrinError for a name in another encoding than the system's, which tables and JSON cannot hold."""
    for word in sys.argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise PerrinError(f"the name {word!r} is no valid text. Rename the file or folder") from None


def _forgive_encodings() -> None:
    """A terminal or a file that cannot show µ or ² gets its code instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(message: str, code: int) -> int:
    print(f"perrin: {message}", file=sys.stderr)
    return code
