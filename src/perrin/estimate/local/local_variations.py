"""`local-variations`: Coeurjolly's idea with a better filter, better dilations, and a window that each track chooses.

Second differences X(t - m) - 2 X(t) + X(t + m), m = 1, 2, 4, 8, 16, weighted by how many independent ones there are
(1/m). The neighbourhood of each track is the one that best predicts the variations in its midst, left out for the
purpose: the score is the Gaussian deviance log E + V²/E of every V² under the law found around it. A law for the
whole track competes as the widest. H(t) is held to [.01, .99].

Limits of validity: localisation error lowers H; one width serves all of a track.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.local.variations import HURST_RANGE, Variations, tabulate_points
from perrin.estimate.motion_parameters import MotionParameters, StringArray, initial_status
from perrin.features import (
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
from perrin.types import FloatArray, IntArray

_DILATIONS: Final = (1, 2, 4, 8, 16)
_IMPORTANCE: Final = 1.0 / np.array(_DILATIONS)
_LEFT_OUT: Final = 8
"""Frames to either side that do not take part in predicting the variations of a position."""


@final
@dataclass(frozen=True)
class LocalVariations(Estimator):
    """H(t) and D(t) from second differences in a neighbourhood chosen by cross-validation.

    Attributes:
        window: frames of the neighbourhood; None to let each track choose among `windows`.
        windows: what it chooses among, beside the whole track.
        min_length: positions a track needs.
    """

    window: int | None = None
    windows: tuple[int, ...] = (51, 81, 127, 201, 321, 501)
    min_length: int = 40

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="local-variations",
        title="Local variations with a cross-validated window",
        summary=(
            "Around each position, mean squared second differences over 1, 2, 4, 8 and 16 frames grow as a power law: "
            "its exponent is alpha(t), its prefactor gives D(t). For each track, cross-validation chooses the width "
            "of the neighborhood."
        ),
        limits="Localization error lowers alpha. Each track has a single width. There are no error bars.",
        citations=(
            "Istas & Lang (1997) Quadratic variations and estimation of the local Hölder index of a Gaussian process. "
            "Annales de l'Institut Henri Poincaré B 33, 407. doi:10.1016/S0246-0203(97)80099-4",
            "Coeurjolly (2005) Identification of multifractional Brownian motion. Bernoulli 11, 987. "
            "doi:10.3150/bj/1137421637",
        ),
        shortest_track=40,
        uncertainty=False,
    )

    def __post_init__(self) -> None:
        narrowest = 2 * _LEFT_OUT + 3
        if min(self._choice()) < narrowest:
            raise InputError(
                f"a window of less than {narrowest} frames is too small", remedy="Use a larger window; 201 is usual."
            )
        if self.min_length < 2 * max(_DILATIONS[:2]) + 2:
            raise InputError(
                f"local variations need longer tracks than {self.min_length} positions", remedy="Use 40 or more."
            )

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values."""
        return {**super().settings(), "windows": list(self.windows)}

    def _choice(self) -> tuple[int, ...]:
        return self.windows if self.window is None else (self.window,)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from the neighbourhood of each position, and one law per track; `rng` is not needed."""
        del rng
        time = frame_clock(tracks)
        variations = Variations.of(tracks, time, SECOND_DIFFERENCE, _DILATIONS, origin=1)
        points, whole = MotionParameters.empty(tracks.n_points), MotionParameters.empty(len(tracks))
        whole.status[:] = initial_status(tracks, self.min_length)
        hurst, log_s2, outcome = variations.lines(*track_sums(variations.values, tracks), _IMPORTANCE)
        good = np.flatnonzero(whole.status == status.OK)
        whole.status[good] = outcome[good]
        _set_rows(
            variations, whole, np.arange(len(tracks)), hurst, log_s2, np.where(whole.status == status.OK, outcome, "")
        )
        hurst, log_s2, outcome, half = self._local(tracks, time, variations)
        _set_rows(variations, points, variations.track, hurst, log_s2, outcome)
        near = np.minimum(*frames_from_ends(tracks, time)) < half[variations.track]
        points.status[(points.status == status.OK) & near] = status.EDGE
        return tabulate_points(tracks, time, points, whole, estimator=self, shortest=self.min_length)

    def _local(
        self, tracks: Tracks, time: Clock, variations: Variations
    ) -> tuple[FloatArray, FloatArray, StringArray, IntArray]:
        """H, log s² and status of every position, and half the width (0: the whole track) chosen for each track."""
        found = []
        core = local_sums(variations.values, *neighborhoods(tracks, time, _LEFT_OUT))
        start, stop = (np.repeat(ends, tracks.lengths) for ends in (tracks.offsets[:-1], tracks.offsets[1:]))
        half_widths = [w // 2 for w in self._choice()] + [0] * (self.window is None)
        for half in half_widths:
            around = local_sums(variations.values, *(neighborhoods(tracks, time, half) if half else (start, stop)))
            law = variations.lines(*around, _IMPORTANCE)
            score = np.zeros(len(tracks))
            if len(half_widths) > 1:
                rest = variations.lines(around[0] - core[0], around[1] - core[1], _IMPORTANCE)
                score = _deviance(tracks, variations, *rest)
            found.append((law, score))
        # widths that reach about all of a track predict alike but for rounding: the first of them is taken
        best = np.argmin(np.round([score for _, score in found], 9), axis=0)
        chosen = best[variations.track]
        hurst, log_s2, outcome = (
            np.choose(chosen, [law[i] for law, _ in found]) if i < 2 else np.stack([law[i] for law, _ in found])[
                chosen, np.arange(len(chosen))
            ]
            for i in range(3)
        )  # fmt: skip
        return hurst, log_s2, outcome, np.array(half_widths)[best]


def _set_rows(
    variations: Variations,
    parameters: MotionParameters,
    track: IntArray,
    hurst: FloatArray,
    log_s2: FloatArray,
    outcome: StringArray,
) -> None:
    """Write what was found, H held to its range."""
    rows = np.flatnonzero(outcome == status.OK)
    parameters.status[(outcome != status.OK) & (outcome != "")] = status.NO_ESTIMATE
    parameters.status[outcome == status.IMMOBILE] = status.IMMOBILE
    held = np.clip(hurst[rows], *HURST_RANGE)
    variations.set_rows(parameters, rows, track[rows], held, log_s2[rows])


def _deviance(
    tracks: Tracks, variations: Variations, hurst: FloatArray, log_s2: FloatArray, outcome: StringArray
) -> FloatArray:
    """(n_tracks,) mean of log E + V²/E over positions and dilations, weighted; infinite where nothing is predicted."""
    log_m = np.log(variations.dilations)[:, None]
    expected = log_s2 + np.log(variations.gamma(hurst)) + 2 * hurst * log_m
    with np.errstate(over="ignore"):
        deviance = expected + variations.values * np.exp(-expected)
    deviance[:, outcome != status.OK] = np.nan
    sums, counts = track_sums(deviance, tracks)
    weighted = (_IMPORTANCE[:, None] * sums / np.maximum(counts, 1)).sum(axis=0)
    return np.where(counts.sum(axis=0) > 0, weighted, np.inf)
