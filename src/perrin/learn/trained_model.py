"""From tracks and labels to a model with its card, in one call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.learned.features import feature_names
from perrin.estimate.learned.model import FORMAT_VERSION, METADATA_KEY
from perrin.features import time_step
from perrin.learn import validate
from perrin.learn.card import card_text
from perrin.learn.contract import Features, Learner, Portable
from perrin.learn.examples import Examples, examples, usual_window
from perrin.learn.labels import Labels
from perrin.learn.left_out import describe_left_out
from perrin.learn.novelty import NoveltyDetector
from perrin.learn.trees import Trees
from perrin.learn.validate import Step
from perrin.problems import Problems
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray, Json, Seed
from perrin.validate import seed_number
from perrin.version import __version__

CARD_KEY: Final = "perrin.card"
LEAST_TRACKS: Final = 10
LEAST_A_CLASS: Final = 5
_COMPLETE: Final = "The model is complete. Please report this."
_DEFAULT: Final = Trees()


@final
@dataclass(frozen=True, eq=False)
class TrainedModel:
    """What was learned.

    Attributes:
        model: the ONNX model, without its card.
        card: what it is, what it learned from, what was measured of it.
        problems: what beside the model could not be made.
    """

    model: Any
    card: Json
    problems: Problems = field(default_factory=Problems)

    @property
    def text(self) -> str:
        """The card as Markdown."""
        return card_text(self.card)

    def write(self, path: str | Path) -> None:
        """Write model and card as one ONNX file."""
        from perrin.tracks.store import replace_file

        del self.model.metadata_props[:]
        for key, value in ((METADATA_KEY, json.dumps(self.card, ensure_ascii=False)), (CARD_KEY, self.text)):
            entry = self.model.metadata_props.add()
            entry.key, entry.value = key, value
        replace_file(Path(path), lambda temporary: Path(temporary).write_bytes(self.model.SerializeToString()))


def learn_model(
    tracks: Tracks,
    labels: Labels,
    *,
    window: int | None = None,
    learner: Learner = _DEFAULT,
    seed: Seed = 0,
    step: Step = lambda _: None,
) -> TrainedModel:
    """Learn alpha, or classes, of tracks from labels, and measure how well.

    Args:
        tracks: what was seen.
        labels: what is known of them (see `perrin.learn.labels`).
        window: positions of a window; by default those for which tracks taught themselves, or the largest of 100,
            64, 50, 32, 20 that nine of ten labelled tracks can fill.
        learner: what learns; it must be one that can be written as ONNX.
        seed: of the folds and of the learner (an int, a generator or None, as everywhere).
        step: told what is being done.

    Raises:
        InputError: where labelled tracks are too few or too short, or the learner cannot be written.
    """
    _check_portable(learner)
    seed = seed_number(seed)
    problems = Problems()
    n = _window(tracks, labels, window)
    classes = len(labels.classes)
    step("cutting windows")
    sample = examples(tracks, labels.target, n)
    _check_enough(sample, labels, n)
    features = learner.features(sample.windows)
    described = learner.describe(sample.windows, features)
    fold = validate.folds(sample, classes, seed)
    held_out, rows, sentence = _validated(learner, features, sample, fold, classes, seed, step, problems)
    step("fitting the model")
    model = learner.fit(features, sample.target, classes=classes, weight=sample.weight, seed=seed)
    assert isinstance(model, Portable)
    familiar = NoveltyDetector.of(described, fold, sample.tracks)
    interval: Json = {"level": validate.LEVEL, "factor": None, "mean_spread": None}
    measured = _measured_errors(sample, held_out, classes, seed)
    spread = None
    if not classes:
        spread, interval, coverage = _interval(
            learner, features, sample, held_out, seed, _within(step, "calibrating intervals")
        )
        measured["coverage of the 90 % intervals"] = coverage
        measured |= problems.attempt(
            "the comparison with the exact posterior",
            lambda: _posterior_alone(described, learner, sample, seed),
            lambda _: {},
            remedy=_COMPLETE,
        )
    card: Json = {
        "format": FORMAT_VERSION, "perrin": __version__, "task": "class" if classes else "alpha", "window": n,
        "dimension": tracks.dimension, "input": model.describe()["kinds"], "classes": list(labels.classes),
        "interval": interval, "learner": model.describe(), "measured": measured, "curve": rows, "more": sentence,
        "seed": seed, "data": _data(tracks, sample, labels),
    }  # fmt: skip
    return TrainedModel(model.graph(spread, familiar), card, problems)


def _window(tracks: Tracks, labels: Labels, asked: int | None) -> int:
    """Positions of a window; raises InputError where they are more than the labels are good for."""
    n = asked or labels.largest_window or usual_window(tracks.lengths[labels.known])
    if labels.largest_window is not None and n > labels.largest_window:
        raise InputError(
            f"the window of {n} positions is larger than the window of {labels.largest_window} positions for which "
            "the tracks were chosen",
            remedy="Use the same window for both.",
        )
    return n


def _validated(
    learner: Learner,
    features: Features,
    sample: Examples,
    fold: IntArray,
    classes: int,
    seed: int,
    step: Step,
    problems: Problems,
) -> tuple[validate.Validation, list[Json], str]:
    """Predictions for held-out tracks, the learning curve, and what it says."""
    held_out = validate.cross_validate(
        learner, features, sample, fold, classes=classes, seed=seed, step=_within(step, "cross-validating")
    )
    rows, sentence = problems.attempt(
        "the learning curve",
        lambda: validate.learning_curve(
            learner, features, sample, held_out, classes=classes, seed=seed,
            step=_within(step, "drawing the learning curve"),
        ),
        lambda problem: ([], problem.sentence), remedy=_COMPLETE,
    )  # fmt: skip
    return held_out, rows, sentence


def _within(step: Step, what: str) -> Step:
    return lambda detail: step(f"{what}: {detail}")


def _interval(
    learner: Learner, features: Features, sample: Examples, held_out: validate.Validation, seed: int, step: Step
) -> tuple[Any, Json, Json]:
    """The model of the usual error, the conformal factor, and the measured coverage."""
    error = np.abs(held_out.predicted - sample.target)
    about = replace(sample, target=error)
    usual = validate.cross_validate(learner, features, about, held_out.fold, classes=0, seed=seed, step=step)
    score = validate.scaled_errors(error, usual.predicted)
    factor = validate.conformal_factor(score, sample.weight, sample.tracks)
    coverage = validate.measured_coverage(sample, score, held_out.fold, seed)
    spread = learner.fit(features, error, classes=0, weight=sample.weight, seed=seed)
    return spread, {"level": validate.LEVEL, "factor": factor, "mean_spread": float(usual.predicted.mean())}, coverage


def _measured_errors(sample: Examples, held_out: validate.Validation, classes: int, seed: int) -> Json:
    wrong = validate.per_track(sample, validate.errors(sample, held_out.predicted, classes))
    found = validate.mean_with_interval(wrong, seed)
    if not classes:
        middle = np.average(sample.target, weights=sample.weight)
        constant = validate.per_track(sample, np.abs(sample.target - middle))
        return {
            "mean absolute error of alpha": found,
            "the same, always answering the mean": validate.mean_with_interval(constant, seed),
        }
    right = {"value": 1 - found["value"], "lo": 1 - found["hi"], "hi": 1 - found["lo"]}
    table = np.zeros((classes, classes))
    np.add.at(table, (sample.target.astype(int), held_out.predicted.argmax(axis=1)), sample.weight)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-12)
    return {
        "micro-F1 (share of right answers)": {k: round(v, 4) for k, v in right.items()},
        "the same, always answering the most frequent": {
            "value": round(float(table.sum(axis=1).max() / table.sum()), 4)
        },
        "confusion (rows: truth)": share.round(4).tolist(),
    }


def _posterior_alone(described: Features, learner: Learner, sample: Examples, seed: int) -> Json:
    """What the exact posterior alone says of the same windows, where the learner looks at it."""
    kinds: tuple[str, ...] = getattr(learner, "kinds", ())
    if "posterior" not in kinds:
        return {}
    alpha: FloatArray = described[:, feature_names(kinds).index("posterior: alpha")].astype(np.float64)
    error = validate.per_track(sample, np.abs(alpha - sample.target))
    return {"the same, by the exact posterior, error unknown": validate.mean_with_interval(error, seed)}


def _data(tracks: Tracks, sample: Examples, labels: Labels) -> Json:
    return {
        "tracks": sample.tracks, "windows": len(sample.track), "labels": labels.source, "unlabelled": labels.missing,
        "labels of no track": labels.unmatched, "left out": sample.left_out,
        "windows left out": sample.windows_left_out,
        "sources": sorted({p.source for p in tracks.provenance})[:50],
        "frame interval": time_step(tracks.select(np.unique(sample.track))), "time unit": tracks.units.time,
        "alpha": None if labels.classes else [float(sample.target.min()), float(sample.target.max())],
        "tracks a class": None if not labels.classes else {
            name: len(np.unique(sample.track[sample.target == i])) for i, name in enumerate(labels.classes)},
    }  # fmt: skip


def _check_portable(learner: Learner) -> None:
    if not learner.portable:
        raise InputError(
            f"{learner.title} is for comparison only and cannot be written to a file",
            remedy="Use trees, posterior-trees, wavelet-trees or a network.",
        )
    if find_spec("onnx") is None:  # told before it learns for minutes, not after
        raise InputError(
            "writing a model needs the package onnx", remedy="Install it with: pip install 'perrin[learn]'"
        )


def _check_enough(sample: Examples, labels: Labels, window: int) -> None:
    more = "Label more tracks, or use a smaller --window."
    rest = describe_left_out(
        sample.left_out, windows=sample.windows_left_out, unlabeled=labels.missing, unmatched=labels.unmatched
    )
    besides = f" (left out: {rest})" if rest else ""
    if sample.tracks < LEAST_TRACKS:
        raise InputError(
            f"{sample.tracks} labeled tracks are as long as a window of {window} positions{besides}; training needs "
            f"{LEAST_TRACKS}",
            remedy=more,
        )
    if not labels.classes and np.ptp(sample.target) == 0:
        raise InputError(
            f"all labels are {sample.target[0]:g}, so there is nothing to learn",
            remedy="Label tracks of different alpha.",
        )
    for i, name in enumerate(labels.classes):
        count = len(np.unique(sample.track[sample.target == i]))
        if count < LEAST_A_CLASS:
            raise InputError(
                f"class {name!r} has {count} tracks that are as long as a window of {window} positions; it needs "
                f"{LEAST_A_CLASS}",
                remedy=more,
            )
