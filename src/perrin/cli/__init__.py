"""The command line: one file per command, loaded only when it is called."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from perrin.errors import PerrinError


def main() -> NoReturn:
    """Entry point of the `perrin` command; errors become one line and an exit code (2 input, 3 nothing to analyse)."""
    # One BLAS thread a process: workers do the rest, and results do not depend on their number.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
    from perrin.cli.app import app

    try:
        app()
    except PerrinError as error:
        sys.exit(_say(str(error), error.exit_code))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(_say(f"{where}{error.strerror or error}", 2))
    except KeyboardInterrupt:
        sys.exit(_say("stopped; run the same command with --resume to go on", 130))
    sys.exit(0)


def _say(message: str, code: int) -> int:
    print(f"perrin: {message}", file=sys.stderr)
    return code
