"""`MODEL.onnx`: what was learned from somebody's own tracks, applied to others.

Rolling windows become the numbers that the model was trained on. For alpha the model gives a value and how far such
values are usually off; the interval is conformal: its width was calibrated on tracks that the model had not seen, and
its coverage (90 %) was measured. For classes the model gives a probability of each; alpha and D are then those of the
exact estimator on the same windows. Windows unlike those in training get no value.

Limits of validity: tracks like those it learned from, seen as those were seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Self, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.learned.model import FLOOR, LearnedModel, read_model
from perrin.estimate.learned.predictions import WindowPredictions, one_frame_msd, predict_windows
from perrin.estimate.motion_parameters import MotionParameters, StringArray, tabulate
from perrin.estimate.settings import FOUND
from perrin.features import window_of_each_point
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import FloatArray
from perrin.weights import local_path

_ALPHA_RANGE = (0.0, 2.0)


@final
@dataclass(frozen=True)
class LearnedEstimator(Estimator):
    """alpha(t), or the kind of motion, by a model that `perrin learn` made.

    Attributes:
        model: the .onnx file.
        window: positions in a rolling window; the model's own, and no other.
        pooled: the localisation error that all tracks share, as `prepare` finds it where the model gives classes.
    """

    model: str
    window: int = 0
    pooled: PooledError | None = field(default=None, metadata=FOUND)

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="learned",
        title="Model trained on your own tracks",
        summary=(
            "Each window is described by features that do not depend on units, position or direction: the exact "
            "posterior of fractional Brownian motion and its residuals, wavelet scalograms, or classical statistics, "
            "as the model card states. Extremely randomized trees, trained on labeled windows, predict alpha with a "
            "conformal 90 % interval, or the probability of each class. Networks use the steps along the axes of the "
            "window instead; the features then only detect windows unlike the training data."
        ),
        limits=(
            "Valid for tracks like the training data; windows unlike them are marked outside_training_range. With a "
            "model of alpha, D follows from alpha and the mean squared displacement over one frame, without "
            "subtracting the localization error. With a model of classes, alpha and D are those of the method exact."
        ),
        citations=(
            "Geurts, Ernst & Wehenkel (2006) Extremely randomized trees. Machine Learning 63, 3. "
            "doi:10.1007/s10994-006-6226-1",
            "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018) Distribution-free predictive inference for "
            "regression. Journal of the American Statistical Association 113, 1094. doi:10.1080/01621459.2017.1307116",
        ),
    )

    def __post_init__(self) -> None:
        known = read_model(self.model).window
        if self.window not in (0, known):
            raise InputError(
                f"{self.model} uses windows of {known} positions, not {self.window}", remedy="Remove --window."
            )
        object.__setattr__(self, "window", known)

    @property
    def _loaded_model(self) -> LearnedModel:
        return read_model(self.model)

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values, which file it was, and what was measured of it."""
        card = self._loaded_model.card
        return {
            **super().settings(),
            "pooled": None if self.pooled is None else asdict(self.pooled),
            "sha256": hashlib.sha256(local_path(self.model).read_bytes()).hexdigest(),
            "target": card["task"],
            "interval": card["interval"]["level"] if card["task"] == "alpha" else 0.95,
            "measured": card["measured"],
        }

    def files(self) -> tuple[str, ...]:
        """The model."""
        return (self.model,)

    def summarize(self, tracks: Tracks, *, chunks: int = 1) -> Any:
        """What the exact estimator must know of the population, where the model gives classes."""
        return self._exact.summarize(tracks, chunks=chunks) if self._loaded_model.task == "class" else None

    def prepare(self, summaries: Sequence[Any]) -> Self:
        """A copy that knows the shared error, where the exact estimator needs it."""
        return replace(self, pooled=self._exact.prepare(summaries).pooled)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t) or classes from rolling windows, and the mean over them for every track.

        Raises InputError where the tracks have another dimension than those that the model learned from.
        """
        known = int(self._loaded_model.card["dimension"])
        if tracks.dimension != known:
            raise InputError(
                f"{self.model} was trained on {known}-D tracks and cannot analyze {tracks.dimension}-D tracks",
                remedy="Train a model on such tracks with perrin learn.",
            )
        seen = predict_windows(self._loaded_model, tracks)
        return self._alpha(seen) if self._loaded_model.task == "alpha" else self._classes(seen, rng)

    @property
    def _exact(self) -> Exact:
        return Exact(window=self.window, pooled=self.pooled)

    def _alpha(self, predictions: WindowPredictions) -> Estimates:
        windows, whole = MotionParameters.empty(len(predictions.first)), MotionParameters.empty(len(predictions.tracks))
        windows.status[:] = predictions.window_status
        rows = predictions.rows
        value = np.clip(predictions.values["value"], *_ALPHA_RANGE)
        card = self._loaded_model.card["interval"]
        spread = np.maximum(predictions.values["spread"], FLOOR * card["mean_spread"])
        low = np.clip(value - card["factor"] * spread, *_ALPHA_RANGE)
        high = np.clip(value + card["factor"] * spread, *_ALPHA_RANGE)
        windows.set_rows(rows, status.OK, alpha=value, alpha_lo=low, alpha_hi=high, D=predictions.diffusion(value))
        self._average_over_windows(predictions, windows, whole)
        return tabulate(
            predictions.tracks, predictions.time, window=self.window, windows=windows, whole=whole,
            advice=self._advice(predictions, whole.status), estimator=self,
        )  # fmt: skip

    def _average_over_windows(
        self, predictions: WindowPredictions, windows: MotionParameters, whole: MotionParameters
    ) -> None:
        """Laws of whole tracks: the mean of alpha and of its interval over their windows, and D that goes with it."""
        whole.status[:] = predictions.track_status()
        good = np.flatnonzero(whole.status == status.OK)
        for name in ("alpha", "alpha_lo", "alpha_hi"):
            getattr(whole, name)[good] = predictions.mean_over_windows(getattr(windows, name)[predictions.rows])[good]
        offsets = predictions.tracks.offsets
        msd = np.array(
            [
                one_frame_msd(
                    predictions.tracks, predictions.time, offsets[i : i + 1], int(predictions.tracks.lengths[i])
                )[0]
                for i in good
            ]
        )
        dt, d = predictions.time.dt[good], predictions.tracks.dimension
        whole.set_rows(good, status.OK, D=msd / (2 * d * dt ** whole.alpha[good]), D_frame=msd / (2 * d * dt))

    def _classes(self, predictions: WindowPredictions, rng: np.random.Generator) -> Estimates:
        exact = self._exact.estimate(predictions.tracks, rng=rng)
        names = np.array(self._loaded_model.classes, dtype=object)
        chance = predictions.values["probabilities"]
        index, _ = window_of_each_point(predictions.tracks.lengths, predictions.tracks.offsets, self.window)
        per_window = np.full((len(predictions.first), len(names)), np.nan)
        per_window[predictions.rows] = chance
        per_point = np.where((index >= 0)[:, None], per_window[index], np.nan) if len(per_window) else (
            np.full((len(index), len(names)), np.nan))  # fmt: skip
        states = predictions.track_status()
        per_track = np.column_stack([predictions.mean_over_windows(column) for column in chance.T])
        per_track[states != status.OK] = np.nan
        words = (
            np.where(index >= 0, predictions.window_status[index], status.TOO_SHORT)
            if len(predictions.window_status)
            else (np.full(len(index), status.TOO_SHORT, dtype=object))
        )
        tracks = _with_class(exact.tracks, per_track, names, states)
        advice = [
            told if word == status.OK else other
            for told, word, other in zip(tracks["advice"], states, self._advice(predictions, states), strict=True)
        ]
        return replace(
            exact,
            points=_with_class(exact.points, per_point, names, words),
            tracks=tracks.with_columns(pl.Series("advice", advice, dtype=pl.String)),
            method=self.info.name,
            info=self.info,
            settings=self.settings(),
        )

    def _advice(self, predictions: WindowPredictions, outcome: StringArray) -> StringArray:
        remarks = {
            status.OUTSIDE_TRAINING_RANGE: "unlike the tracks on which the model was trained: look at the track, or "
            "train a model on similar tracks",
            status.NO_ESTIMATE: "irregular times or too many gaps for this model: use --method exact",
        }
        still = "immobile in most windows; the model was trained on moving particles only"
        flaws = predictions.tracks.info["flaw"].to_list()
        whole = np.asarray(predictions.time.regular & (predictions.time.gaps == 0))
        return np.array(
            [
                (still if word == status.NO_ESTIMATE and whole[i] else remarks.get(word))
                or track_advice(word, n_points=int(n), shortest=self.window, flaw=flaw, window=self.window)
                for i, (word, n, flaw) in enumerate(zip(outcome, predictions.tracks.lengths, flaws, strict=True))
            ],
            dtype=object,
        )


def _with_class(table: pl.DataFrame, chance: FloatArray, names: StringArray, outcome: StringArray) -> pl.DataFrame:
    """The table with the likeliest class and its probability; rows that get none lose alpha and D too.

    A class is given whatever exact says of the row: that a particle does not move may be what makes its class.
    """
    valued = table["status"].is_in([status.OK, status.EDGE]).to_numpy()
    known = np.asarray(np.isfinite(chance).all(axis=1))
    lost = pl.Series(valued & ~known)
    state = np.where(valued & ~known, outcome, table["status"].to_numpy())
    best = np.where(known, np.nan_to_num(chance).argmax(axis=1), 0)
    words = [str(names[b]) if k else None for b, k in zip(best, known, strict=True)]
    values = [float(chance[i, b]) if known[i] else None for i, b in enumerate(best)]
    numbers = [
        name
        for name in ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame", "fit_p")
        if name in table.columns
    ]
    return table.with_columns(
        *(pl.when(~lost).then(pl.col(name)).alias(name) for name in numbers),
        pl.Series("class", words, dtype=pl.String),
        pl.Series("class_p", values, dtype=pl.Float64),
        pl.Series("status", state.tolist(), dtype=pl.String),
    )
