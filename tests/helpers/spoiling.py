"""Ways to spoil a sound file, shared by the fuzzers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from tests.helpers.dialects import DIALECTS, Dialect

TOKENS = (
    b"", b"nan", b"inf", b"-inf", b"1e308", b"1e400", b"-1", b"0", b"1e-320", b"9" * 40, b"0x1", b"1.5", b"1,5",
    b"=1+1",     b"\x00", b"\xff", b"\r", b"\n", b'"', b"<", b"&x;", b"ID", b"\t", b";", "µ".encode(), b"None",
)  # fmt: skip
_NUMBER = re.compile(rb"[-+]?\d+\.?\d*")


class Choices(Protocol):
    """Where a fuzzer takes its choices from."""

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""


def sound_files(folder: Path) -> dict[str, tuple[Dialect, bytes]]:
    """One small sound file of every dialect that is a single file."""
    found = {}
    for dialect in DIALECTS:
        path = folder / dialect.file
        if dialect.reader == "geff":
            continue
        dialect.write(path, dialect.sample(11))
        found[f"{dialect.reader}: {dialect.name}"] = (dialect, path.read_bytes())
        path.unlink()
    return found


def spoil(data: bytes, choices: Choices) -> bytes:
    """`data` with up to four things wrong with it."""
    for _ in range(choices.number(1, 4)):
        if not data:
            break
        at = choices.number(0, len(data) - 1)
        width = choices.number(0, 40)
        match choices.number(0, 6):
            case 0:
                data = data[:at] + bytes([data[at] ^ (1 << choices.number(0, 7))]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + width :]
            case 2:
                data = data[:at] + TOKENS[choices.number(0, len(TOKENS) - 1)] + data[at:]
            case 3:
                data = data[:at] + data[at : at + width] + data[at:]
            case 4:
                data = data[:at]
            case 5:
                number = _NUMBER.search(data, at)
                token = TOKENS[choices.number(0, len(TOKENS) - 1)]
                data = data[: number.start()] + token + data[number.end() :] if number else data
            case _:
                lines = data.split(b"\n")
                line = choices.number(0, len(lines) - 1)
                lines.insert(choices.number(0, len(lines)), lines[line])
                data = b"\n".join(lines)
    return data
