"""Units of length and time: what files call them, and what perrin reports in.

perrin reports in µm and s once a file is calibrated, and in px and frames before. A unit that a file
does not state is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from perrin.errors import InputError

MICRON: Final = "µm"
PIXEL: Final = "px"
SECOND: Final = "s"
FRAME: Final = "frame"

_TO_MICRON: Final = {
    **dict.fromkeys(
        (
            "µm",
            "um",
            "micron",
            "microns",
            "micrometer",
            "micrometers",
            "micrometre",
            "micrometres",
            "mum",
            "microm",
            "mcm",
        ),
        1.0,
    ),
    **dict.fromkeys(("nm", "nanometer", "nanometers", "nanometre", "nanometres"), 1e-3),
    **dict.fromkeys(("å", "angstrom", "angstroms"), 1e-4),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 1e3),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 1e4),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1e6),
}
_PIXELS: Final = frozenset(("px", "pixel", "pixels", "pix"))
_TO_SECOND: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("µs", "us", "usec", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
_FRAMES: Final = frozenset(("frame", "frames", "fr"))


@dataclass(frozen=True, slots=True)
class Units:
    """The units every number of a result is in.

    `length` is µm, px, or the name of the quantity of a one-dimensional series; `time` is s or frame.
    """

    length: str = PIXEL
    time: str = FRAME

    @property
    def diffusion(self) -> str:
        """Unit of the generalised diffusion coefficient D, for axis labels."""
        return f"{self.length}²/{self.time}^α"

    @property
    def frame_diffusion(self) -> str:
        """Unit of D_frame, which is comparable between tracks of different alpha."""
        return f"{self.length}²/{self.time}"


def _normal(unit: str) -> str:
    plain = unit.strip("()[]{}. \t").lower().replace("μ", "µ").replace("\\u00b5", "µ")
    # "Âµ" is what a µ in UTF-8 looks like to programs that take it for Latin-1.
    return re.sub(r"\s+", " ", plain.replace("âµ", "µ"))


def length_factor(unit: str | None) -> float | None:
    """Factor from `unit` to µm; None for pixels or for a unit that perrin does not know."""
    return None if unit is None else _TO_MICRON.get(_normal(unit))


def time_factor(unit: str | None) -> float | None:
    """Factor from `unit` to s; None for frames or for a unit that perrin does not know."""
    return None if unit is None else _TO_SECOND.get(_normal(unit))


def is_length(unit: str) -> bool:
    """True when `unit` names a length or pixels."""
    return _normal(unit) in _TO_MICRON or _normal(unit) in _PIXELS


def is_time(unit: str) -> bool:
    """True when `unit` names a time or frames."""
    return _normal(unit) in _TO_SECOND or _normal(unit) in _FRAMES


def is_frames(unit: str | None) -> bool:
    """True when `unit` says that times are counted in frames."""
    return unit is not None and _normal(unit) in _FRAMES


_BRACKETED = re.compile(r"^(?P<name>.*?)\s*[(\[{]\s*(?P<unit>[^)\]}]+?)\s*[)\]}]\s*$")
_SUFFIXED = re.compile(r"^(?P<name>.+?)[\s_/.\-]+(?P<unit>[^\s_/.\-]+)$")


def split_unit(heading: str) -> tuple[str, str | None]:
    """Split a column heading such as `X pos (µm)` or `t_s` into its name and its unit, if it has one."""
    bracketed = _BRACKETED.match(heading)
    if bracketed and (is_length(bracketed["unit"]) or is_time(bracketed["unit"])):
        return bracketed["name"], _normal(bracketed["unit"])
    suffixed = _SUFFIXED.match(heading.strip())
    if suffixed and (is_length(suffixed["unit"]) or is_time(suffixed["unit"])):
        unit = _normal(suffixed["unit"])
        # "position_m" is metres, but "POSITION_T" and "time_point" are names: only known units split.
        return suffixed["name"], unit
    return heading.strip(), None


_QUANTITY = re.compile(r"^\s*(?P<value>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)\s*(?P<unit>[^\d\s].*)?$")


def parse_quantity(text: str, *, kind: str, option: str) -> float:
    """Read a positive quantity such as `0.107`, `107nm` or `50 ms` in µm (kind 'length') or s (kind 'time').

    Raises InputError when it is not a number, not positive, or carries a unit of another kind.
    """
    match = _QUANTITY.match(text)
    if match is None:
        raise InputError(f"{option} {text!r} is not a number", remedy=f"Write it like {option} 0.1")
    value = float(match["value"])
    if match["unit"]:
        factor = length_factor(match["unit"]) if kind == "length" else time_factor(match["unit"])
        if factor is None:
            raise InputError(
                f"{option} {text!r} has the unit {match['unit']!r}, which is not a unit of {kind}",
                remedy="Use µm or nm." if kind == "length" else "Use s or ms.",
            )
        value *= factor
    if not value > 0 or value == float("inf"):
        raise InputError(f"{option} must be positive and finite, not {text}", remedy="Give its value in µm or s.")
    return value
