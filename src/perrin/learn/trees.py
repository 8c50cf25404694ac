"""`trees`: extremely randomised trees over numbers of windows; the default, for it takes seconds.

Geurts, Ernst & Wehenkel (2006) Extremely randomized trees. Machine Learning 63, 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.learned import FrameWindows, feature_names, window_features
from perrin.learn.contract import Features, Fitted, Learner, Portable
from perrin.learn.scikit import predicted
from perrin.types import FloatArray, Json

_NODES: Final = 80_000
"""With about as many nodes a model stays below 4 MB."""


@final
@dataclass(frozen=True)
class Trees(Learner):
    """Extremely randomised trees.

    Attributes:
        kinds: of numbers, from `perrin.estimate.learned.FEATURES`.
        count: trees.
        leaf: windows that a leaf holds at least.
        share: of the numbers that are tried at each split.
        nodes: how many all trees may have, about; leaves of large sets hold more windows.
    """

    kinds: tuple[str, ...] = ("posterior", "wavelet")
    count: int = 100
    leaf: int = 4
    share: float = 0.6
    nodes: int = _NODES

    name: ClassVar[str] = "trees"
    title: ClassVar[str] = "extremely randomized trees"
    route: ClassVar[str] = "posterior and wavelet"
    portable: ClassVar[bool] = True

    def features(self, windows: FrameWindows) -> Features:
        """The numbers of each window."""
        return window_features(self.kinds, windows)[windows.usable]

    def fit(self, features: Features, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Forest:
        """Grow the trees; raises InputError where scikit-learn is not installed."""
        try:
            from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
        except ImportError:
            raise InputError(
                "perrin learn needs the package scikit-learn", remedy="Install it with: pip install 'perrin[learn]'"
            ) from None
        kind = ExtraTreesClassifier if classes else ExtraTreesRegressor
        leaf = max(self.leaf, -(-2 * len(features) * self.count // self.nodes))
        forest = kind(self.count, min_samples_leaf=leaf, max_features=self.share, random_state=seed)
        forest.fit(features, target.astype(np.int64) if classes else target, sample_weight=weight)
        return Forest(forest, classes, self.kinds)


def of_the_posterior() -> Trees:
    """Trees over the exact posterior and classical statistics."""
    return Trees(kinds=("posterior", "statistics"))


def of_wavelets() -> Trees:
    """Trees over pooled scalograms alone."""
    return Trees(kinds=("wavelet",))


@final
@dataclass(frozen=True)
class Forest(Portable):
    """Grown trees; `model` is scikit-learn's."""

    model: Any
    classes: int
    kinds: tuple[str, ...]

    def predict(self, features: Features) -> FloatArray:
        """(k,) alpha, or (k, classes) probabilities."""
        return predicted(self.model, features, self.classes)

    def graph(self, spread: Fitted | None, distance: Any) -> Any:
        """One ONNX graph of all trees, those of the spread, and the distance."""
        from perrin.learn.onnx_forest import forest_graph

        return forest_graph(self, spread, distance)

    def describe(self) -> Json:
        """What it looks at and its size."""
        return {
            "learner": Trees.title, "trees": len(self.model.estimators_), "kinds": list(self.kinds),
            "features per window": len(feature_names(self.kinds)),
            "nodes": sum(int(tree.tree_.node_count) for tree in self.model.estimators_),
        }  # fmt: skip
