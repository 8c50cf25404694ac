"""What is simulated, and what the estimators are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np

from perrin.processes import increment_covariance
from perrin.simulate import fractional_brownian_motion
from perrin.tracks import Tracks, Units
from perrin.types import FloatArray, IntArray

LENGTHS: Final = (20, 128, 512)
"""Positions of a track."""
DIMENSIONS: Final = (1, 2, 3)
DT: Final = 0.1
PATTERNS: Final = 10
"""Different patterns of gaps, or of times, in a cell: each serves its share of the tracks."""
POOL: Final = 500
SIGMA: Final = 1.0
"""The localisation error of all that have one; the motion is scaled to it."""
_EXPONENTS: Final = 100
"""Different H in a pattern of irregular times, each of which costs a factorisation."""

ErrorGiven = Literal["none", "sigma", "pooled", "nothing"]


@final
@dataclass(frozen=True)
class Setting:
    """One way to observe fractional Brownian motion.

    Attributes:
        name: what it is called.
        ratio: localisation error in steps; None: drawn from the prior, log-uniform on [.05, 5]; 0: none.
        error_given: what the estimators know of it.
        exposure: motion blur, which they are told.
        missing: part of the frames that are missing.
        uneven: steps of time vary by up to this factor either way.
        spread: decades over which D is spread.
    """

    name: str
    ratio: float | None
    error_given: ErrorGiven
    exposure: float = 0.0
    missing: float = 0.0
    uneven: float = 0.0
    spread: float = 0.0

    @property
    def prior(self) -> bool:
        """Whether truth is drawn from the estimator's prior, so that its intervals must cover."""
        return self.ratio is None or self.ratio == 0


SETTINGS: Final = (
    Setting("clean", 0.0, "none"),
    Setting("ratio .2", 0.2, "sigma"),
    Setting("ratio .5", 0.5, "sigma"),
    Setting("ratio 1", 1.0, "sigma"),
    Setting("sigma known, any ratio", None, "sigma"),
    Setting("sigma pooled", 0.5, "pooled", spread=1.0),
    Setting("sigma unknown, ratio .5", 0.5, "nothing"),
    Setting("sigma unknown, any ratio", None, "nothing"),
    Setting("40 % missing", 0.5, "sigma", missing=0.4),
    Setting("blur", 0.5, "sigma", exposure=1.0),
    Setting("irregular times", 0.5, "sigma", uneven=0.5),
)


@final
@dataclass(frozen=True, eq=False)
class SettingTracks:
    """Simulated tracks and their truth; `pattern` (n,) tells which of them share their times (k, m + 1), in frames."""

    tracks: Tracks
    hurst: FloatArray
    log_s2: FloatArray
    pattern: IntArray
    times: FloatArray

    def displacements(self, rows: IntArray) -> FloatArray:
        """(rows, m, d) increments."""
        n = int(self.tracks.lengths[0])
        return np.diff(self.tracks.positions.reshape(-1, n, self.tracks.dimension)[rows], axis=1)


def simulate(setting: Setting, n: int, d: int, tracks: int, seed: int) -> SettingTracks:
    """`tracks` tracks of n positions in d dimensions, H ~ U(0, 1)."""
    rng = np.random.default_rng([seed, n, d])
    pattern = np.arange(tracks) % PATTERNS if setting.missing or setting.uneven else np.zeros(tracks, dtype=np.int64)
    times = np.stack([_times(setting, n, rng) for _ in range(int(pattern.max()) + 1)])
    hurst = rng.uniform(5e-4, 1 - 5e-4, tracks)
    if setting.uneven:
        hurst = hurst[: PATTERNS * _EXPONENTS][np.arange(tracks) % (PATTERNS * _EXPONENTS)]
        motion = _irregular(times, pattern, hurst, d, rng)
    else:
        frames = int(times.max()) + 1
        flat = fractional_brownian_motion(np.repeat(hurst, d), frames, paths=tracks * d, rng=rng, blur=setting.exposure)
        whole = flat.reshape(tracks, d, frames).swapaxes(1, 2)
        motion = np.take_along_axis(whole, times.astype(np.int64)[pattern][:, :, None], axis=1)
    ratio = np.exp(rng.uniform(np.log(0.05), np.log(5), tracks)) if setting.ratio is None else setting.ratio or SIGMA
    log_s2 = 2 * np.log(SIGMA / ratio) + np.log(10) * setting.spread * rng.uniform(-0.5, 0.5, tracks)
    positions = motion * np.exp(0.5 * log_s2)[:, None, None]
    if setting.ratio != 0:
        positions = positions + SIGMA * rng.standard_normal(positions.shape)
    seen = Tracks.from_arrays(list(positions), times=list(DT * times[pattern]), units=Units("µm", "s"))
    return SettingTracks(seen, hurst, log_s2, pattern, times)


def _times(setting: Setting, n: int, rng: np.random.Generator) -> FloatArray:
    """(n,) times in frames; those of uneven pace have a median step of one frame."""
    if setting.uneven:
        steps = rng.uniform(1 - setting.uneven, 1 + setting.uneven, n - 1)
        return np.concatenate([[0.0], np.cumsum(steps / np.median(steps))])
    frames = round(n / (1 - setting.missing))
    inner = rng.choice(np.arange(1, frames - 1), n - 2, replace=False)
    return np.sort(np.concatenate([[0], inner, [frames - 1]])).astype(np.float64)


def _irregular(times: FloatArray, pattern: IntArray, hurst: FloatArray, d: int, rng: np.random.Generator) -> FloatArray:
    """(tracks, n, d) positions at the times of each track's pattern."""
    n = times.shape[1]
    positions = np.zeros((len(pattern), n, d))
    for first in range(min(len(pattern), PATTERNS * _EXPONENTS)):
        alike = np.arange(first, len(pattern), PATTERNS * _EXPONENTS)
        lower = np.linalg.cholesky(increment_covariance(times[pattern[first]], hurst[first : first + 1])[0])
        steps = lower @ rng.standard_normal((len(alike), n - 1, d))
        positions[alike, 1:] = np.cumsum(steps, axis=1)
    return positions
