"""`coeurjolly`: H(t) from local variations, as Szarek et al. (2022) set it against their network.

V_m(t) = Σ_q a_q X(t - m q), a the 8 taps of Daubechies' wavelet, m = 1 … 5; S_m(t) is the mean of V_m² over the
positions at most w frames from t; H(t) is half the slope of log S_m(t) against log m. As published, w is 100 at 512
and at 2,560 frames and 50 at 256: here a fifth of the track, at most 100. The neighbourhood is cut short at the ends
of a track; there is no value within its first 35 frames, where the dilated filter does not fit; and H(t) is not held
to (0, 1).

Limits of validity: localisation error lowers H; what changes within a neighbourhood is smoothed away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.local.variations import Variations, tabulate_points
from perrin.estimate.motion_parameters import MotionParameters, initial_status
from perrin.features import (
    DAUBECHIES_8,
    SECOND_DIFFERENCE,
    Clock,
    frame_clock,
    frames_from_ends,
    local_sums,
    neighborhoods,
    track_sums,
)
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import IntArray

FILTERS: Final = {"daubechies-8": DAUBECHIES_8, "second-difference": SECOND_DIFFERENCE}
_SHARE: Final = 5
_WIDEST: Final = 100
"""By default a neighbourhood reaches over this part of the track, and no farther than so many frames."""


@final
@dataclass(frozen=True)
class Coeurjolly(Estimator):
    """H(t) and D(t) from the local mean of squared variations.

    Attributes:
        window: frames of a neighbourhood, 201 reaching 100 frames to either side; None: a fifth of the track to
            either side, at most 100 frames.
        dilations: the filter is stretched 1, 2, … so many times.
        filter: daubechies-8 or second-difference.
        min_length: positions a track needs.
    """

    window: int | None = None
    dilations: int = 5
    filter: str = "daubechies-8"
    min_length: int = 64

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="coeurjolly",
        title="Coeurjolly's local variations",
        summary=(
            "Around each position, the track is filtered with Daubechies' 8-tap wavelet filter, dilated 1 to 5 times. "
            "The mean squared result grows with the dilation as a power law: its exponent is alpha(t), its prefactor "
            "gives D(t)."
        ),
        limits=(
            "Localization error lowers alpha. Changes within a neighborhood are smoothed out. A large change gives "
            "values outside 0 to 2, which are reported unchanged. There are no error bars."
        ),
        citations=(
            "Coeurjolly (2005) Identification of multifractional Brownian motion. Bernoulli 11, 987. "
            "doi:10.3150/bj/1137421637",
            "Szarek, Jabłoński, Krapf & Wyłomańska (2022) Multifractional Brownian motion characterization based on "
            "Hurst exponent estimation and statistical learning. Chaos 32, 083148. doi:10.1063/5.0093836",
        ),
        shortest_track=64,
        uncertainty=False,
    )

    def __post_init__(self) -> None:
        if self.filter not in FILTERS:
            raise InputError(f"unknown filter {self.filter!r}", remedy=f"Choose one of: {', '.join(FILTERS)}.")
        if self.dilations < 2:
            raise InputError(
                f"a slope needs 2 dilations or more, not {self.dilations}", remedy="Use 2 or more; 5 is usual."
            )
        if self.window is not None and self.window < 3:
            raise InputError(f"a window of {self.window} frames is too small", remedy="Use 3 or more; 201 is usual.")
        if self.min_length <= self._reach:
            raise InputError(
                f"the dilated filter needs {self._reach + 1} frames, more than {self.min_length} positions span",
                remedy="Use a larger min_length or fewer dilations.",
            )

    @property
    def _reach(self) -> int:
        """Frames from the first to the last tap of the filter at its widest."""
        return (len(FILTERS[self.filter]) - 1) * self.dilations

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from the neighbourhood of each position, and one law per track; `rng` is not needed."""
        del rng
        time = frame_clock(tracks)
        taps = FILTERS[self.filter]
        # written for X(t - m q): the last tap of the reversed filter stands at t
        variations = Variations.of(tracks, time, taps[::-1], range(1, self.dilations + 1), origin=len(taps) - 1)
        points, whole = MotionParameters.empty(tracks.n_points), MotionParameters.empty(len(tracks))
        whole.status[:] = initial_status(tracks, self.min_length)
        equal = np.ones(self.dilations)
        half = self._half_widths(tracks, time)
        hurst, log_s2, outcome = variations.lines(
            *local_sums(variations.values, *neighborhoods(tracks, time, half)), equal
        )
        since, until = frames_from_ends(tracks, time)
        outcome[since < self._reach] = status.NO_ESTIMATE
        points.status[:] = outcome
        rows = np.flatnonzero(outcome == status.OK)
        variations.set_rows(points, rows, variations.track[rows], hurst[rows], log_s2[rows])
        points.status[(points.status == status.OK) & (np.minimum(since, until) < half[variations.track])] = status.EDGE
        good = np.flatnonzero(whole.status == status.OK)
        sums, counts = track_sums(variations.values, tracks)
        hurst, log_s2, outcome = variations.lines(sums[:, good], counts[:, good], equal)
        whole.status[good] = outcome
        some = np.flatnonzero(outcome == status.OK)
        variations.set_rows(whole, good[some], good[some], hurst[some], log_s2[some])
        return tabulate_points(tracks, time, points, whole, estimator=self, shortest=self.min_length)

    def _half_widths(self, tracks: Tracks, time: Clock) -> IntArray:
        if self.window is not None:
            return np.full(len(tracks), self.window // 2)
        filled = tracks.lengths > 0
        frames = np.zeros(len(tracks))
        since, _ = frames_from_ends(tracks, time)
        frames[filled] = since[tracks.offsets[1:][filled] - 1] + 1
        return np.clip(frames // _SHARE, 1, _WIDEST).astype(np.int64)
