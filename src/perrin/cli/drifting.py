"""`perrin simulate drifting`: motion that changes smoothly along the track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, final

import typer

from perrin.cli import options as o
from perrin.cli import simulate as s

if TYPE_CHECKING:
    import numpy as np

    from perrin.simulate import Measurement, Simulation
    from perrin.types import FloatArray, Seed


@o.grouped
def drifting(
    out: s.Out,
    tracks: s.Count = 100,
    length: s.Length = 100,
    alpha: Annotated[
        str,
        typer.Option(
            "--alpha",
            metavar="A[,A…]",
            help="Anomalous exponents (alpha) at equal distances from the first frame to the last, interpolated "
            "linearly; or a range A-A, from which the first and the last value of each track are drawn.",
        ),
    ] = "0.5,1.5",
    D: Annotated[
        str,
        typer.Option(
            "--D",
            metavar="D[,D…]",
            help="Diffusion coefficients (D) in µm²/s^alpha, given in the same way; interpolated and drawn on a log "
            "scale.",
        ),
    ] = "1",
    dimension: s.Dimension = 2,
    frame_interval: s.Interval = 1.0,
    localization_error: s.Error = "0",
    missing: s.Missing = 0.0,
    *,
    making: s.SimulationOptions,
) -> None:
    """Simulate motion whose alpha and D change slowly along the track."""
    import numpy as np

    rng = np.random.default_rng([making.seed, 1])
    recipe = Drifting(
        tracks, length, _along(alpha, "--alpha", tracks, rng) / 2, _along(D, "--D", tracks, rng, log=True), dimension,
        frame_interval, s.measurement(localization_error, missing=missing),
    )  # fmt: skip
    making.write(recipe, out)


@final
@dataclass(frozen=True, eq=False)
class Drifting:
    """Tracks along which alpha and D drift: (m,) values for all, or (tracks, 2) ends for each."""

    tracks: int
    length: int
    hurst: FloatArray
    D: FloatArray
    dimension: int
    dt: float
    measurement: Measurement

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """Some of them."""
        from perrin.simulate import simulate_drifting as simulate
        from perrin.tracks import Units

        some = slice(first, first + count)
        hurst, D = (values[some] if values.ndim == 2 else values for values in (self.hurst, self.D))
        return simulate(
            count, self.length, hurst=hurst, D=D, dimension=self.dimension, dt=self.dt, units=Units("µm", "s"),
            seed=seed, measurement=self.measurement,
        )  # fmt: skip


def _along(text: str, option: str, tracks: int, rng: np.random.Generator, *, log: bool = False) -> FloatArray:
    """Values along all tracks, or the (tracks, 2) ends of each, drawn from a range."""
    import numpy as np

    if "," in text:
        return s.parse_numbers(text, option)
    ends = s.parse_range(text, option, positive=log)
    if ends[0] == ends[1]:
        return ends[:1]
    drawn = s.between(np.log(ends) if log else ends, 2 * tracks, rng).reshape(tracks, 2)
    return np.exp(drawn) if log else drawn
