"""Options that several commands share, and how their words become numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, final

import typer

from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.run import Executor
    from perrin.tracks.table import ReadOptions

Files = Annotated[list[Path], typer.Argument(help="Track files. Each file is a separate source.", show_default=False)]
Inputs = Annotated[
    list[str],
    typer.Argument(help="Track files, patterns or URLs. Each file is a separate source.", show_default=False,
                   metavar="FILE..."),
]  # fmt: skip
Workers = Annotated[int | None, typer.Option("--workers", help="Number of processes. [default: one per core]")]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Compute on a Dask cluster: tcp://HOST:8786, or local to start one on this computer.",
    ),
]
Condition = Annotated[
    str | None, typer.Option("--condition", metavar="NAME", help="Experimental condition of the tracks.")
]

_LARGEST: Final = 1e9
"""Largest length in µm and time in s that is taken seriously, and the inverse of the smallest."""
_LONGEST_LAG: Final = 1_000


@final
@dataclass(frozen=True)
class ReadingOptions:
    """How files are read, as the command line says it."""

    frame_interval: Annotated[
        str | None, typer.Option("--frame-interval", metavar="S", help="Seconds between frames (0.05, or 50ms).")
    ] = None
    pixel_size: Annotated[
        str | None, typer.Option("--pixel-size", metavar="XY[,Z]", help="µm per pixel (0.107, or 107nm).")
    ] = None
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Format of the file. [default: detected from the content]"),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="ROLE=NAME,…", help="Roles of the columns: track=cell,frame=n,x=cx,y=cy."),
    ] = None
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="Column that contains a 1-D series.")
    ] = None
    log: Annotated[bool, typer.Option("--log", help="Take the logarithm of the series.")] = False
    increments: Annotated[bool, typer.Option("--increments", help="The series contains steps, not positions.")] = False

    def options(self, condition: str | None = None) -> ReadOptions:
        """The same as numbers; raises InputError where one is no number, not positive, or malformed."""
        from perrin.tracks.table import ReadOptions
        from perrin.tracks.units import parse_quantity

        interval = None
        if self.frame_interval is not None:
            found = parse_quantity(self.frame_interval, kind="time", option="--frame-interval")
            interval = _sane(found, "--frame-interval")
        size = None
        if self.pixel_size is not None:
            sizes = [parse_quantity(part, kind="length", option="--pixel-size") for part in self.pixel_size.split(",")]
            size = tuple(_sane(value, "--pixel-size") for value in sizes)
            if len(size) > 2:
                raise InputError(f"--pixel-size {self.pixel_size!r} has {len(size)} values", remedy="Give XY or XY,Z.")
        return ReadOptions(
            format=self.format, frame_interval=interval, pixel_size=size, columns=parse_columns(self.columns),
            column=self.column, log=self.log, increments=self.increments, condition=condition,
        )  # fmt: skip


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of a dataclass one by one, in the place of each argument of such a type."""
    said = signature(command, eval_str=True)
    kinds = {name: one.annotation for name, one in said.parameters.items()}
    groups = {name: kind for name, kind in kinds.items() if isinstance(kind, type) and is_dataclass(kind)}

    @wraps(command)
    def flat(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    singles = [
        part.replace(kind=Parameter.KEYWORD_ONLY)
        for name, one in said.parameters.items()
        for part in (signature(groups[name], eval_str=True).parameters.values() if name in groups else [one])
    ]
    flat.__signature__ = said.replace(parameters=singles)  # type: ignore[attr-defined]
    return flat


def stated(reading: ReadOptions) -> dict[str, Any]:
    """The reading options that were given."""
    from dataclasses import asdict

    return {k: v for k, v in asdict(reading).items() if v not in (None, False, {})}


def _sane(value: float, option: str) -> float:
    if not 1 / _LARGEST <= value <= _LARGEST:
        raise InputError(
            f"{option} {value:g} is too large or too small",
            remedy="Give the pixel size in µm and the frame interval in s.",
        )
    return value


def parse_columns(text: str | None) -> dict[str, str]:
    """`track=cell,x=X (µm)` as a mapping; raises InputError where a part is not role=name."""
    chosen: dict[str, str] = {}
    for part in [] if text is None else text.split(","):
        role, equals, name = part.partition("=")
        if not equals or not role.strip() or not name.strip():
            raise InputError(
                f"{part!r} in --columns is not of the form role=name", remedy="Write track=id,frame=f,x=x,y=y."
            )
        if role.strip() in chosen:
            raise InputError(f"--columns gives {role.strip()!r} twice", remedy="Give each role once.")
        chosen[role.strip()] = name.strip()
    return chosen


def parse_error(text: str | None) -> float | tuple[float, ...] | None:
    """`0.03` or `0.03,0.08` as one or two localisation errors; raises InputError for anything else."""
    if text is None:
        return None
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--localization-error {text!r} is not a number", remedy="Give µm (px if uncalibrated), as XY or XY,Z."
        ) from None
    if len(values) > 2 or not all(0 <= v <= _LARGEST for v in values):
        raise InputError(f"--localization-error {text!r} must be one or two numbers, 0 or positive")
    return values[0] if len(values) == 1 else values


def parse_depth(text: str | None) -> float | None:
    """`0.7` or `700nm` as a depth of focus; raises InputError where it is no positive length."""
    from perrin.tracks.units import parse_quantity

    if text is None:
        return None
    return _sane(parse_quantity(text, kind="length", option="--focal-depth"), "--focal-depth")


def parse_lags(text: str | None) -> tuple[int, ...] | None:
    """`1-4` or `1,2,8` as lags in frames; raises InputError for anything else."""
    if text is None:
        return None
    lags: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        if not low.isdecimal() or (high and not high.isdecimal()):
            raise InputError(f"--lags {text!r} is not a list of lags", remedy="Write 1-4, or 1,2,3,8.")
        if not 1 <= int(low) <= int(high or low) <= _LONGEST_LAG:
            raise InputError(
                f"--lags {text!r} must increase, from 1 to at most {_LONGEST_LAG}", remedy="Write 1-4, or 1,2,3,8."
            )
        lags.extend(range(int(low), int(high or low) + 1))
    return tuple(lags)


def executor(workers: int | None, dask: str | None) -> Executor:
    """Who does the work; raises InputError for fewer workers than one, or where Dask is not installed."""
    import os

    from perrin.run import Cores, DaskCluster

    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers} is too small", remedy="Use 1 or more.")
    count = workers or os.cpu_count() or 1
    return Cores(count) if dask is None else DaskCluster(dask, count)
