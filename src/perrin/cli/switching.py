"""`perrin simulate switching`: particles that change between states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, final

import typer

from perrin.cli import options as o
from perrin.cli import simulate as s
from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.simulate import Measurement, Simulation
    from perrin.types import FloatArray, Seed

Diffusion = Annotated[
    str,
    typer.Option(
        "--D",
        metavar="D[,D…]",
        help="Diffusion coefficients (D) in µm²/s^alpha: one value, one per state, or a range D-D (evenly spaced "
        "on a log scale).",
    ),
]
Transitions = Annotated[
    str | None,
    typer.Option(
        "--transitions",
        metavar="P,P/P,P",
        help="Transition probabilities between states, one row per state, with 0 from a state to itself. "
        "[default: equal]",
    ),
]


@o.grouped
def switching(
    out: s.Out,
    tracks: s.Count = 100,
    length: s.Length = 100,
    states: Annotated[
        int | None,
        typer.Option(
            "--states", min=1, metavar="K", help="Number of states. [default: the number of listed values, or 2]"
        ),
    ] = None,
    alpha: Annotated[
        str,
        typer.Option(
            "--alpha",
            metavar="A[,A…]",
            help="Anomalous exponents (alpha): one value, one per state, or a range A-A (evenly spaced).",
        ),
    ] = "1",
    D: Diffusion = "0.01-1",
    dwell_time: Annotated[
        str | None,
        typer.Option("--dwell-time", metavar="S[,S…]", help="Mean dwell time in a state, in s. [default: 10 frames]"),
    ] = None,
    transitions: Transitions = None,
    dimension: s.Dimension = 2,
    frame_interval: s.Interval = 1.0,
    localization_error: s.Error = "0",
    missing: s.Missing = 0.0,
    jitter: s.Jitter = 0.0,
    *,
    making: s.SimulationOptions,
) -> None:
    """Simulate particles that switch between states, each with its own alpha and D."""
    import numpy as np

    matrix = None
    if transitions is not None:
        rows = [s.parse_numbers(row, "--transitions") for row in transitions.split("/")]
        if any(len(row) != len(rows) for row in rows):
            raise InputError(
                f"--transitions {transitions!r} is not a square matrix", remedy="Write 0,1/1,0 for two states."
            )
        matrix = np.stack(rows)
    listed = [text.count(",") + 1 for text in (alpha, D, dwell_time or "") if "," in text]
    count = states or max([*listed, *([] if matrix is None else [len(matrix)])], default=2)
    if matrix is not None and len(matrix) != count:
        raise InputError(
            f"--transitions has {len(matrix)} rows, but there are {count} states", remedy="Give one row per state."
        )
    recipe = Switching(
        tracks, length, _each(alpha, "--alpha", count) / 2, _each(D, "--D", count, log=True),
        None if dwell_time is None else _each(dwell_time, "--dwell-time", count, log=True), matrix,
        dimension, frame_interval, s.measurement(localization_error, missing=missing, jitter=jitter),
    )  # fmt: skip
    making.write(recipe, out)


@final
@dataclass(frozen=True, eq=False)
class Switching:
    """Tracks that switch between states."""

    tracks: int
    length: int
    hurst: FloatArray
    D: FloatArray
    dwell_time: FloatArray | None
    transitions: FloatArray | None
    dimension: int
    dt: float
    measurement: Measurement

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """Some of them."""
        from perrin.simulate import simulate_switching as simulate
        from perrin.tracks import Units

        del first
        return simulate(
            count, self.length, hurst=self.hurst, D=self.D, dwell_time=self.dwell_time, transitions=self.transitions,
            dimension=self.dimension, dt=self.dt, units=Units("µm", "s"), seed=seed, measurement=self.measurement,
        )  # fmt: skip


def _each(text: str, option: str, states: int, *, log: bool = False) -> FloatArray:
    """(states,) numbers from one, from one a state, or from a range; raises InputError for another number of them."""
    import numpy as np

    if "," in text:
        numbers = s.parse_numbers(text, option)
        if len(numbers) != states:
            raise InputError(
                f"{option} {text} has {len(numbers)} numbers, but there are {states} states",
                remedy="Give one number, or one per state.",
            )
        return numbers
    low, high = s.parse_range(text, option, positive=log)
    if low < high and states == 1:
        raise InputError(f"{option} {text} is a range, but there is only one state", remedy="Give one number.")
    spread: FloatArray = np.geomspace(low, high, states) if log else np.linspace(low, high, states)
    return spread
