"""How good a learner is, said honestly: no track is ever in training and test at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.learned.model import FLOOR
from perrin.learn.contract import Features, Learner
from perrin.learn.examples import Examples
from perrin.types import FloatArray, IntArray, Json

FOLDS: Final = 5
LEVEL: Final = 0.9
"""Of conformal intervals."""
Step = Callable[[str], None]
_RESAMPLED: Final = 400
_CURVE: Final = (0.125, 0.25, 0.5)


@final
@dataclass(frozen=True, eq=False)
class Validation:
    """What every window was given by a model that had not seen its track.

    Attributes:
        fold: (k,) in which fold each window was held out.
        predicted: (k,) alpha, or (k, classes) probabilities.
    """

    fold: IntArray
    predicted: FloatArray


def folds(examples: Examples, classes: int, seed: int) -> IntArray:
    """(k,) fold of each window: whole tracks, shared out evenly (in each class)."""
    owners, first = np.unique(examples.track, return_index=True)
    rng = np.random.default_rng([seed, 7])
    place = rng.permutation(len(owners))
    kind = examples.target[first] if classes else np.zeros(len(owners))
    fold = np.empty(len(owners), dtype=np.int64)
    fold[np.lexsort((place, kind))] = np.arange(len(owners)) % FOLDS
    return fold[np.searchsorted(owners, examples.track)]


def cross_validate(
    learner: Learner,
    features: Features,
    examples: Examples,
    fold: IntArray,
    *,
    classes: int,
    seed: int,
    share: float = 1.0,
    step: Step = lambda _: None,
) -> Validation:
    """Hold each fold out once; learn from the others, or from a `share` of their tracks; `step` is told of each."""
    predicted = np.zeros((len(features), classes)) if classes else np.zeros(len(features))
    for number in np.unique(fold):
        step(f"fold {number + 1} of {FOLDS}" + (f", a share of {share:g}" if share < 1 else ""))
        train = np.flatnonzero(fold != number)
        if share < 1:
            train = train[_some_tracks(examples.track[train], share, seed + int(number))]
        model = learner.fit(
            features[train], examples.target[train], classes=classes, weight=examples.weight[train], seed=seed
        )
        out = fold == number
        predicted[out] = model.predict(features[out])
    return Validation(fold, predicted)


def _some_tracks(track: IntArray, share: float, seed: int) -> IntArray:
    owners = np.unique(track)
    kept = np.random.default_rng([seed, 11]).choice(owners, max(2, round(share * len(owners))), replace=False)
    return np.flatnonzero(np.isin(track, kept))


def errors(examples: Examples, predicted: FloatArray, classes: int) -> FloatArray:
    """(k,) absolute error of alpha, or 1 where the likeliest class is wrong."""
    if classes:
        return np.asarray(predicted.argmax(axis=1) != examples.target, dtype=np.float64)
    return np.asarray(np.abs(predicted - examples.target))


def per_track(examples: Examples, values: FloatArray) -> FloatArray:
    """(tracks,) mean over each track's windows."""
    _, owner = np.unique(examples.track, return_inverse=True)
    return np.asarray(np.bincount(owner, values) / np.bincount(owner))


def mean_with_interval(values: FloatArray, seed: int = 0) -> Json:
    """Mean over tracks with a 95 % interval from resampled tracks."""
    rng = np.random.default_rng([seed, 5])
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLED)]
    low, high = np.quantile(means, [0.025, 0.975])
    return {"value": round(float(values.mean()), 4), "lo": round(float(low), 4), "hi": round(float(high), 4)}


def learning_curve(
    learner: Learner,
    features: Features,
    examples: Examples,
    full: Validation,
    *,
    classes: int,
    seed: int,
    step: Step = lambda _: None,
) -> tuple[list[Json], str]:
    """Error against the number of tracks learned from, and whether more of them would help, in a sentence."""
    tracks = examples.tracks * (FOLDS - 1) / FOLDS
    rows: list[Json] = []
    last: FloatArray | None = None
    for share in _CURVE:
        if share * tracks < max(5, 2 * classes):
            continue
        found = cross_validate(
            learner, features, examples, full.fold, classes=classes, seed=seed, share=share, step=step
        )
        last = per_track(examples, errors(examples, found.predicted, classes))
        rows.append({"tracks": round(share * tracks), "error": mean_with_interval(last, seed)})
    whole = per_track(examples, errors(examples, full.predicted, classes))
    rows.append({"tracks": round(tracks), "error": mean_with_interval(whole, seed)})
    return rows, _sentence(last, whole, round(tracks), seed)


def _sentence(half: FloatArray | None, whole: FloatArray, tracks: int, seed: int) -> str:
    if half is None:
        return "There are too few tracks to predict whether more tracks would help."
    gain = mean_with_interval(half - whole, seed)
    fell = f"from {round(tracks / 2):,} to {tracks:,} tracks the error fell by {gain['value']:.3f} " \
           f"(95 % interval {gain['lo']:.3f} to {gain['hi']:.3f})"  # fmt: skip
    if gain["lo"] <= 0:
        return f"More tracks of this kind would hardly reduce the error: {fell}."
    again = "doubling their number again would reduce it by at most as much."
    if gain["value"] < 0.02 * whole.mean():
        return f"More tracks would reduce the error slightly: {fell}; {again}"
    return f"More tracks would reduce the error: {fell}; {again}"


def scaled_errors(error: FloatArray, spread: FloatArray) -> FloatArray:
    """Absolute errors in units of the usual error of such windows."""
    return np.asarray(error / np.maximum(spread, FLOOR * spread.mean()))


def conformal_factor(score: FloatArray, weight: FloatArray, tracks: int, level: float = LEVEL) -> float:
    """How many usual errors an interval reaches, that `level` of new tracks lie in it (split conformal, by track).

    Each track counts once; one more, infinitely far off, makes it hold for finitely many.
    """
    order = np.argsort(score)
    mass = np.cumsum(weight[order]) / weight.sum() * tracks / (tracks + 1)
    index = int(np.searchsorted(mass, level))
    return float(score[order][min(index, len(score) - 1)])


def measured_coverage(examples: Examples, score: FloatArray, fold: IntArray, seed: int) -> Json:
    """Share of held-out windows inside intervals that the other folds calibrated."""
    inside = np.zeros(len(score))
    for number in np.unique(fold):
        out = fold == number
        factor = conformal_factor(score[~out], examples.weight[~out], len(np.unique(examples.track[~out])))
        inside[out] = score[out] <= factor
    return mean_with_interval(per_track(examples, inside), seed)
