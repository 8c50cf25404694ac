"""What the field learns with from tables of numbers: boosted trees, random forests and linear models.

The baselines of Wang, Zhang & Huang (2025) look at classical statistics of each axis apart; so do these. They are for
comparison and are not written to files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.estimate.learned import FrameWindows
from perrin.estimate.learned.features import features_of_positions
from perrin.learn.contract import Features, Fitted, Learner
from perrin.learn.scikit import predicted
from perrin.types import FloatArray


@final
@dataclass(frozen=True)
class Tabular(Learner):
    """A model of scikit-learn over numbers of windows.

    Attributes:
        model: boosting, forest or linear.
        kind: of numbers, from `perrin.estimate.learned.FEATURES`.
        by_axis: whether each axis is looked at apart.
    """

    model: str
    kind: str = "statistics"
    by_axis: bool = True

    name: ClassVar[str] = "tabular"
    title: ClassVar[str] = "a model of scikit-learn"
    route: ClassVar[str] = "features"

    def features(self, windows: FrameWindows) -> Features:
        """The numbers of each window, those of one axis after those of another."""
        parts = []
        for rows, places in windows.groups:
            axes = [places[:, [a]] for a in range(places.shape[1])] if self.by_axis else [places]
            parts.append((rows, np.hstack([features_of_positions((self.kind,), axis) for axis in axes])))
        order = np.argsort(np.concatenate([rows for rows, _ in parts]))
        return np.concatenate([numbers for _, numbers in parts])[order]

    def fit(self, features: Features, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Fitted:
        """Fit the model."""
        goal = target.astype(np.int64) if classes else target
        model = _made(self.model, bool(classes), seed)
        name = "sample_weight" if self.model != "linear" else "last__sample_weight"
        return _Table(model.fit(features, goal, **{name: weight}), classes)


@final
@dataclass(frozen=True)
class _Table(Fitted):
    model: Any
    classes: int

    def predict(self, features: Features) -> FloatArray:
        return predicted(self.model, features, self.classes)


TABULAR: Final[Mapping[str, Tabular]] = {
    "boosting": Tabular("boosting"),
    "forest": Tabular("forest"),
    "linear": Tabular("linear"),
    "wavelet-boosting": Tabular("boosting", kind="wavelet", by_axis=False),
}


def _made(name: str, classify: bool, seed: int) -> Any:
    from sklearn import ensemble, linear_model
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    if name == "boosting":
        boost = ensemble.HistGradientBoostingClassifier if classify else ensemble.HistGradientBoostingRegressor
        return boost(
            learning_rate=0.05, max_iter=150 if classify else 200, max_leaf_nodes=12, min_samples_leaf=10,
            l2_regularization=1.0, max_features=0.3, random_state=seed,
        )  # fmt: skip
    if name == "forest":
        wood = ensemble.RandomForestClassifier if classify else ensemble.RandomForestRegressor
        return wood(100, min_samples_leaf=2, max_features=0.3, random_state=seed)
    last = linear_model.LogisticRegression(C=0.1, max_iter=500) if classify else linear_model.Ridge(10.0)
    return Pipeline([("scale", StandardScaler()), ("last", last)])
