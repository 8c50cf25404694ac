"""`mfbm-cnn`: H(t) of multifractional Brownian motion by the network of Szarek et al. (2022), at every point.

Every axis is a signal of its own; H(t) is the mean over the axes. As published the network takes raw signals of
unit variance, and is neither free of their origin nor of their unit: here the first position is subtracted and the
typical step is the unit, and `raw` gives the published input instead. D(t) = s² / (2 dt^alpha(t)) per axis, with s the
typical step: good where there is no localisation error and H changes slowly.

Limits of validity: tracks without gaps or localisation error, of 256 to 2,560 frames at equal intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.motion_parameters import MotionParameters, StringArray, initial_status, tabulate
from perrin.estimate.networks.mfbm_net import PAPER
from perrin.features import Clock, frame_clock
from perrin.features.scale_free import scale_free, typical_step
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import FloatArray
from perrin.validate import check_trained_length
from perrin.weights import load

SHORTEST: Final = 256
LONGEST: Final = 2560
"""Frames of the signals that the paper trains on, and the longest that it applies the network to."""


@final
@dataclass(frozen=True)
class MfbmCnn(Estimator):
    """alpha(t) at every position, by the paper's network.

    Attributes:
        raw: give the network the positions as they are, as published: only for signals of unit scale.
        min_length: positions a track needs.
        model: name of the network, or an .onnx file.
    """

    raw: bool = False
    min_length: int = SHORTEST
    model: str = "mfbm-cnn"

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="mfbm-cnn",
        title="Published network for multifractional Brownian motion",
        summary=(
            "A convolutional network reads four matrices of all pairs of positions as an image (logarithms of "
            "distances and products and of their squares) and estimates the Hurst exponent H(t) = alpha(t) / 2 at "
            "each position."
        ),
        limits=(
            "Needs tracks of 256 to 2,560 frames at equal intervals, without gaps and without localization error. "
            "There are no error bars."
        ),
        citations=(PAPER,),
        shortest_track=SHORTEST,
        gaps=False,
        uncertainty=False,
    )

    def __post_init__(self) -> None:
        check_trained_length("mfbm-cnn", self.min_length, SHORTEST)

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values, and which network it was."""
        return {**super().settings(), "sha256": load(self.model).about.get("sha256")}

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) of every position; `rng` is not needed."""
        del rng
        time = frame_clock(tracks)
        outcome = self._suitable(tracks, time)
        points, whole = MotionParameters.empty(tracks.n_points), MotionParameters.empty(len(tracks))
        points.status[:] = np.repeat(outcome, tracks.lengths)
        whole.status[:] = outcome
        for index in np.flatnonzero(outcome == status.OK):
            rows = np.arange(tracks.offsets[index], tracks.offsets[index + 1])
            positions = tracks.positions[rows].T[None]
            observed = np.ones((1, len(rows)), dtype=bool)
            scale = typical_step(positions, observed)
            signals = positions[0] if self.raw else scale_free(positions, observed, scale)[0]
            (hurst,) = load(self.model).session.run(None, {"signal": signals.astype(np.float32)})
            alpha = 2 * hurst.mean(axis=0).astype(np.float64)
            points.set_rows(rows, status.OK, **_law(alpha, scale[0], time.dt[index]))
            law = _law(np.array([alpha.mean()]), scale[0], time.dt[index])
            whole.set_rows(np.array([index]), status.OK, **law, D_frame=scale**2 / (2 * time.dt[index]))
        return tabulate(
            tracks, time, window=1, windows=points, whole=whole, advice=self._advice(tracks, outcome),
            estimator=self,
        )  # fmt: skip

    def _suitable(self, tracks: Tracks, time: Clock) -> StringArray:
        """Status of every track before the network sees it."""
        outcome = initial_status(tracks, self.min_length)
        fit = outcome == status.OK
        outcome[fit & (~time.regular | (time.gaps > 0))] = status.NO_ESTIMATE
        outcome[(outcome == status.OK) & (tracks.lengths > LONGEST)] = status.OUTSIDE_TRAINING_RANGE
        return outcome

    def _advice(self, tracks: Tracks, outcome: StringArray) -> StringArray:
        special = {
            status.NO_ESTIMATE: "gaps or irregular times, which mfbm-cnn does not support: use mfbm-net or exact",
            status.OUTSIDE_TRAINING_RANGE: f"more than {LONGEST} frames: cut the track, or use mfbm-net",
        }
        flaws = tracks.info["flaw"].to_list()
        remarks = [
            special.get(found) or track_advice(found, n_points=int(n), shortest=self.min_length, flaw=flaw, window=1)
            for found, n, flaw in zip(outcome, tracks.lengths, flaws, strict=True)
        ]
        return np.array(remarks, dtype=object)


def _law(alpha: FloatArray, step: float, dt: float) -> dict[str, FloatArray]:
    return {"alpha": alpha, "D": step**2 / (2 * dt**alpha)}
