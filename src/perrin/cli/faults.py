"""What a long command says when it is stopped, or when its disk fails it; and how long its parts took."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, final

from perrin.errors import InputError, PerrinError

STOPPED: Final = "stopped; run the same command with --resume to continue"

_REMEDIES: Final = {
    errno.ENOSPC: "Free some space, then run the same command with --resume.",
    errno.EDQUOT: "Free some space, then run the same command with --resume.",
    errno.EACCES: "Restore the permission to write there, then run the same command with --resume.",
    errno.EPERM: "Restore the permission to write there, then run the same command with --resume.",
    errno.EROFS: "Make the disk writable, then run the same command with --resume.",
    errno.ENOTCONN: "Check that it is reachable and that you have permission to write there, then run the same "
    "command with --resume.",
    errno.ENOENT: "It was deleted during the run. Run the same command with --resume to continue with the remaining "
    "files.",
}


class StoppedError(PerrinError):
    """The user pressed Ctrl-C, or a batch system ended the command; what is finished is kept."""

    exit_code = 130

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__(STOPPED)
        self.exit_code = 128 + number


def unwritable(out: object, error: OSError) -> InputError:
    """What to say where results cannot be kept."""
    remedy = _REMEDIES.get(error.errno or 0, "Free some space, then run the same command with --resume.")
    return InputError(f"cannot be written ({error.strerror or error})", file=Path(str(out)), remedy=remedy)


@contextmanager
def two_interrupts() -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends the command in good order, the second at once; both leave what is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            print(f"perrin: {STOPPED}", file=sys.stderr, flush=True)
            os._exit(128 + number)
        asked = True
        raise KeyboardInterrupt(number)

    # A shell starts jobs in the background with SIGINT ignored; that stays so.
    heard = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@final
class Stopwatch:
    """Seconds that parts took, by a clock that nobody sets."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, part: str) -> float:
        """Count the time since the last lap to `part`."""
        now = time.perf_counter()
        self.seconds[part] = now - self._last
        self._last = now
        return self.seconds[part]
