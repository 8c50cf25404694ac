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

STOPPED: Final = "stopped; run the same command with --resume to go on"

_REMEDIES: Final = {
    errno.ENOSPC: "Make room or choose another disk, then run again with --resume.",
    errno.EDQUOT: "Make room or choose another disk, then run again with --resume.",
    errno.EACCES: "Give back the right to write there, then run again with --resume.",
    errno.EPERM: "Give back the right to write there, then run again with --resume.",
    errno.EROFS: "Make the disk writable again, then run again with --resume.",
    errno.ENOTCONN: "See that it can be reached and that you may write there, then run again with --resume.",
    errno.ENOENT: "It was taken away during the run; what is left of it goes on with --resume.",
}


class StoppedError(PerrinError):
    """The user pressed Ctrl-C, or a batch system ended the command; what is finished is kept."""

    exit_code = 130

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__(STOPPED)
        self.exit_code = 128 + number


def unwritable(out: object, error: OSError) -> InputError:
    """What to say where results cannot be kept."""
    remedy = _REMEDIES.get(error.errno or 0, "Make room or choose another disk, then run again with --resume.")
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
