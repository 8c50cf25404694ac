"""The command line: one file per command, loaded only when it is called."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from perrin.errors import PerrinError, PluginWarning


def main() -> NoReturn:
    """Entry point of the `perrin` command."""
    carry_out(_perrin)


def _perrin() -> None:
    _check_names()
    from perrin.cli.app import app

    app()


def carry_out(command: Callable[[], object]) -> NoReturn:
    """Call a command and exit; errors become one line and an exit code (1 a mistake, 2 input, 3 nothing to analyse)."""
    # One BLAS thread a process: workers do the rest, and results do not depend on their number.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
    _forgive_encodings()
    _tell_plugins_in_a_line()
    try:
        command()
    except PerrinError as error:
        sys.exit(_say(str(error), error.exit_code))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(_say(f"{where}{error.strerror or error}", 2))
    except MemoryError as error:
        words = ["out of memory; analyze fewer tracks at a time, or use fewer --workers", *_notes(error)]
        sys.exit(_say(". ".join(words), 2))
    except KeyboardInterrupt:
        sys.exit(_say("stopped", 130))
    except BaseException as error:
        from perrin.problems import unforeseen

        if os.environ.get("PERRIN_DEBUG") or not unforeseen(error):
            raise
        sys.exit(_say(_unforeseen(error), 1))
    sys.exit(0)


def _unforeseen(error: BaseException) -> str:
    """What to say of an exception that nobody foresaw; its details go to a file."""
    import shlex

    from perrin.problems import cause_of, details, trace_of

    file = _write_details(details(shlex.join(["perrin", *sys.argv[1:]]), [trace_of(error)]))
    words = [f"an error in perrin stopped the command ({cause_of(error)})", *_notes(error)]
    return ". ".join([*words, f"Please report it, with the details in {file}"])


def _write_details(text: str) -> str:
    """Write them to a new file here, or where temporary files go; returns its name."""
    import tempfile

    for folder in (os.getcwd(), tempfile.gettempdir()):
        try:
            with tempfile.NamedTemporaryFile(
                "w", prefix="perrin-details-", suffix=".txt", dir=folder, delete=False, encoding="utf-8",
                errors="backslashreplace",
            ) as file:  # fmt: skip
                file.write(text)
        except OSError:
            continue
        return file.name
    return f"PERRIN_DEBUG=1 ({folder} cannot be written)"


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _check_names() -> None:
    """Raises PerrinError for a name in another encoding than the system's, which tables and JSON cannot hold."""
    for word in sys.argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise PerrinError(f"the name {word!r} is not valid text. Rename the file or folder") from None


def _forgive_encodings() -> None:
    """A terminal or a file that cannot show µ or ² gets its code instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _tell_plugins_in_a_line() -> None:
    """What a broken package adds is skipped; that is told as errors are, not as Python tells warnings."""
    import warnings

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, PluginWarning):
            print(f"perrin: {message}", file=sys.stderr)
        else:
            usual(message, category, *where, **more)

    warnings.showwarning = show


def _say(message: str, code: int) -> int:
    print(f"perrin: {message}", file=sys.stderr)
    return code
