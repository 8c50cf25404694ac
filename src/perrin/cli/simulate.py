"""`perrin simulate`: tracks with known truth, to test any method with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, final

import typer

from perrin.cli import options as o
from perrin.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from perrin.run.simulation import Simulator
    from perrin.simulate import Measurement, Simulation
    from perrin.types import FloatArray, Seed

commands = typer.Typer(no_args_is_help=True, help="Simulate tracks with known truth.", rich_markup_mode=None)

_NUMBER: Final = r"\s*(\+?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
Out = Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="New .csv or .parquet file, or a URL.")]
Count = Annotated[int, typer.Option("--tracks", metavar="N", help="Number of tracks.")]
Length = Annotated[int, typer.Option("--length", metavar="N", help="Number of frames per track.")]
Coefficient = Annotated[
    str,
    typer.Option("--D", metavar="D[-D]", help="Diffusion coefficient (D) in µm²/s^alpha, or a range (log-uniform)."),
]
Dimension = Annotated[int, typer.Option("--dimension", help="Axes, 1 to 3.")]
Interval = Annotated[float, typer.Option("--frame-interval", metavar="S", help="Seconds between frames.")]
Error = Annotated[
    str,
    typer.Option("--localization-error", metavar="XY[,Z]", help="Standard deviation of the localization error in µm."),
]
Missing = Annotated[float, typer.Option("--missing", help="Probability that the particle is missing in a frame.")]
Jitter = Annotated[
    float, typer.Option("--jitter", help="Random deviation of the times, as a fraction of the frame interval.")
]


@final
@dataclass(frozen=True)
class SimulationOptions:
    """How all simulated tracks are made and written, as the command line says it."""

    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Seed of the random numbers. The same seed gives the same tracks.")
    ] = 0
    workers: o.Workers = None
    dask: o.Dask = None
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False

    def write(self, simulator: Simulator, out: str) -> None:
        """Write the tracks with their truth, and say what they are; raises InputError where FILE exists."""
        from perrin.cli.progress import progress_bar
        from perrin.run.simulation import simulate_into
        from perrin.run.storage import exists

        if exists(out) and not self.force:
            raise InputError("already exists", file=out, remedy="Choose another name, or use --force to replace it.")
        if simulator.tracks < 1 or simulator.length < 2:
            raise InputError(f"cannot simulate {simulator.tracks} tracks of {simulator.length} frames")
        with o.executor(self.workers, self.dask) as executor, progress_bar() as progress:
            points = simulate_into(out, simulator, seed=self.seed, executor=executor, progress=progress)
        print(f"{simulator.tracks:,} tracks, {points:,} points with true alpha and D written to {out}")


@commands.command("fbm")
@o.grouped
def fbm(
    out: Out,
    tracks: Count = 100,
    length: Length = 100,
    alpha: Annotated[
        str,
        typer.Option(
            "--alpha", metavar="A[-A]", help="Anomalous exponent (alpha), or a range (uniform over the tracks)."
        ),
    ] = "1",
    D: Coefficient = "1",
    dimension: Dimension = 2,
    frame_interval: Interval = 1.0,
    localization_error: Error = "0",
    exposure: Annotated[
        float, typer.Option("--exposure", metavar="PHI", help="Exposure time as a fraction of the frame interval.")
    ] = 0.0,
    missing: Missing = 0.0,
    jitter: Jitter = 0.0,
    *,
    making: SimulationOptions,
) -> None:
    """Simulate fractional Brownian motion with constant alpha and D in each track."""
    import numpy as np

    rng = np.random.default_rng([making.seed, 1])
    recipe = FbmSimulator(
        tracks, length, between(parse_range(alpha, "--alpha"), tracks, rng) / 2,
        np.exp(between(np.log(parse_range(D, "--D", positive=True)), tracks, rng)), dimension, frame_interval,
        measurement(localization_error, exposure=exposure, missing=missing, jitter=jitter),
    )  # fmt: skip
    making.write(recipe, out)


@final
@dataclass(frozen=True, eq=False)
class FbmSimulator:
    """Tracks of fractional Brownian motion, an exponent and a D each."""

    tracks: int
    length: int
    hurst: FloatArray
    D: FloatArray
    dimension: int
    dt: float
    measurement: Measurement

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """Some of them."""
        from perrin.simulate import simulate_fbm as simulate
        from perrin.tracks import Units

        some = slice(first, first + count)
        return simulate(
            count, self.length, hurst=self.hurst[some], D=self.D[some], dimension=self.dimension, dt=self.dt,
            units=Units("µm", "s"), seed=seed, measurement=self.measurement,
        )  # fmt: skip


@commands.command("mfbm")
@o.grouped
def mfbm(
    out: Out,
    tracks: Count = 100,
    length: Length = 512,
    hurst: Annotated[
        str,
        typer.Option(
            "--hurst",
            metavar="H(t)",
            help="any, constant, linear, logistic, periodic, rbm, rou, telegraph (drawn separately for each track), "
            "or a number.",
        ),
    ] = "any",
    step: Annotated[
        float, typer.Option("--step", help="Standard deviation of a one-frame step along each axis, in µm.")
    ] = 1.0,
    dimension: Dimension = 2,
    frame_interval: Interval = 1.0,
    localization_error: Error = "0",
    missing: Missing = 0.0,
    jitter: Jitter = 0.0,
    *,
    making: SimulationOptions,
) -> None:
    """Simulate multifractional Brownian motion, whose alpha changes along the track (exact up to 2,000 frames)."""
    try:
        what: str | float = float(hurst)
    except ValueError:
        what = hurst
    seen = measurement(localization_error, missing=missing, jitter=jitter)
    recipe = MfbmSimulator(tracks, length, what, step, dimension, frame_interval, seen)
    making.write(recipe, out)


@final
@dataclass(frozen=True)
class MfbmSimulator:
    """Tracks of multifractional Brownian motion."""

    tracks: int
    length: int
    hurst: str | float
    step: float
    dimension: int
    dt: float
    measurement: Measurement

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """Some of them."""
        from perrin.simulate import simulate_mfbm as simulate
        from perrin.tracks import Units

        del first
        return simulate(
            count, self.length, hurst=self.hurst, step=self.step, dimension=self.dimension, dt=self.dt,
            units=Units("µm", "s"), seed=seed, measurement=self.measurement,
        )  # fmt: skip


@commands.command("andi")
@o.grouped
def andi(
    out: Out,
    tracks: Count = 100,
    length: Length = 100,
    model: Annotated[
        str, typer.Option("--model", metavar="NAME[,NAME]", help="Models: any, or some of attm, ctrw, fbm, lw, sbm.")
    ] = "any",
    alpha: Annotated[
        str | None,
        typer.Option(
            "--alpha",
            metavar="A[-A]",
            help="Anomalous exponent (alpha), or a range. [default: all values that the model allows]",
        ),
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option("--noise", help="Localization error, in standard deviations of a step. [default: 0.1, 0.5 or 1]"),
    ] = None,
    step: Annotated[
        float | None,
        typer.Option("--step", help="Standard deviation of a step along each axis, in µm. [default: random]"),
    ] = None,
    simulated: Annotated[
        int | None,
        typer.Option(
            "--simulated", metavar="N", help="Number of frames to simulate and normalize. [default: --length]"
        ),
    ] = None,
    dimension: Dimension = 2,
    frame_interval: Interval = 1.0,
    *,
    making: SimulationOptions,
) -> None:
    """Simulate the five models of the AnDi challenge 2020, with its noise. The file states the model of each track."""
    ends = None if alpha is None else parse_range(alpha, "--alpha")
    asked = None if ends is None else float(ends[0]) if ends[0] == ends[1] else (float(ends[0]), float(ends[1]))
    models = "any" if model == "any" else tuple(model.split(","))
    recipe = AndiSimulator(tracks, length, models, asked, noise, step, simulated, dimension, frame_interval)
    making.write(recipe, out)


@final
@dataclass(frozen=True)
class AndiSimulator:
    """Tracks of the models of the first AnDi challenge."""

    tracks: int
    length: int
    models: str | tuple[str, ...]
    alpha: float | tuple[float, float] | None
    noise: float | None
    step: float | None
    simulated: int | None
    dimension: int
    dt: float

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """Some of them."""
        from perrin.simulate import simulate_andi as simulate
        from perrin.tracks import Units

        del first
        return simulate(
            count, self.length, models=self.models, alpha=self.alpha, noise=self.noise, step=self.step,
            simulated=self.simulated, dimension=self.dimension, dt=self.dt, units=Units("µm", "s"), seed=seed,
        )  # fmt: skip


def measurement(error: str, *, exposure: float = 0.0, missing: float = 0.0, jitter: float = 0.0) -> Measurement:
    """The measurement model from the words of the command line."""
    from perrin.simulate import Measurement

    return Measurement(sigma=o.parse_error(error) or 0.0, exposure=exposure, missing=missing, jitter=jitter)


def parse_range(text: str, option: str, *, positive: bool = False) -> FloatArray:
    """`1` or `0.2-1.8` as two ends; raises InputError where they are no numbers or in the wrong order."""
    import numpy as np

    found = re.fullmatch(f"{_NUMBER}(?:-{_NUMBER})?", text)
    ends = np.array([float(found[1]), float(found[2] or found[1])] if found else [np.nan, np.nan])
    if not np.isfinite(ends).all() or ends[0] > ends[1] or (positive and ends[0] <= 0):
        raise InputError(f"{option} {text!r} is not a number or a range", remedy="Write 0.8, or 0.2-1.8.")
    return ends


def parse_numbers(text: str, option: str) -> FloatArray:
    """`0.4,1,1.6` as numbers; raises InputError where one is none."""
    import numpy as np

    parts = [re.fullmatch(_NUMBER, part) for part in text.split(",")]
    numbers = np.array([float(part[1]) if part else np.nan for part in parts])
    if not np.isfinite(numbers).all():
        raise InputError(f"{option} {text!r} is not a list of numbers", remedy="Write 0.4,1,1.6.")
    return numbers


def between(ends: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """(n,) numbers drawn evenly between two ends."""
    values: FloatArray = rng.uniform(ends[0], ends[1], n)
    return values
