"""`ensemble`: the mean of what trees and a network over scalograms say; the best that can be written, and slow.

Trees know the laws of fractional Brownian motion and of its residuals, the network sees when something happens. They
err differently (docs/decisions/0082).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.learned import FrameWindows
from perrin.estimate.learned.features import STEPS
from perrin.learn.contract import Features, Fitted, Learner, Portable
from perrin.learn.registry import learner
from perrin.learn.trees import Trees
from perrin.types import FloatArray, Json

MEMBERS: Final = ("trees", "wavelet-net")


@final
@dataclass(frozen=True, eq=False)
class MemberFeatures:
    """What every member makes of the same windows; indexed like one array of windows."""

    parts: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, rows: Any) -> MemberFeatures:
        return MemberFeatures(tuple(part[rows] for part in self.parts))


@final
@dataclass(frozen=True)
class Ensemble(Learner):
    """The mean of several learners.

    Attributes:
        members: trees first, whose numbers also tell what is unlike the training; then networks.
    """

    members: tuple[Learner, ...]

    name: ClassVar[str] = "together"
    title: ClassVar[str] = "the mean of trees and a network over scalograms"
    route: ClassVar[str] = "posterior and wavelet"
    portable: ClassVar[bool] = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """Numbers that the trees look at."""
        first = self.members[0]
        assert isinstance(first, Trees)
        return first.kinds

    def features(self, windows: FrameWindows) -> Features:
        """What each member makes of the windows."""
        return MemberFeatures(tuple(member.features(windows) for member in self.members))

    def describe(self, windows: FrameWindows, features: Features) -> Features:
        """The numbers that the trees look at."""
        del windows
        return features.parts[0]

    def fit(self, features: Features, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Fitted:
        """Fit every member."""
        fitted = tuple(
            member.fit(part, target, classes=classes, weight=weight, seed=seed)
            for member, part in zip(self.members, features.parts, strict=True)
        )
        return FittedEnsemble(fitted, (*self.kinds, STEPS), features.parts[0].shape[1])


@final
@dataclass(frozen=True, eq=False)
class FittedEnsemble(Portable):
    """Fitted members.

    Attributes:
        members: of which the mean is taken.
        kinds: what the file is given.
        numbers: how many of what the file is given are for the trees.
    """

    members: tuple[Any, ...]
    kinds: tuple[str, ...]
    numbers: int

    def predict(self, features: Features) -> FloatArray:
        """(k,) alpha, or (k, classes) probabilities."""
        told = [member.predict(part) for member, part in zip(self.members, features.parts, strict=True)]
        return np.asarray(np.mean(told, axis=0))

    def graph(self, spread: Fitted | None, distance: Any) -> Any:
        """One ONNX graph of all members and the mean of what they give."""
        assert spread is None or isinstance(spread, FittedEnsemble)
        spreads = (None,) * len(self.members) if spread is None else spread.members
        models = [member.graph(usual, distance) for member, usual in zip(self.members, spreads, strict=True)]
        return _joined_model(models, self.numbers)

    def describe(self) -> Json:
        """What it looks at and its size."""
        found: Json = {"learner": Ensemble.title, "kinds": list(self.kinds)}
        for member in self.members:
            found |= {k: v for k, v in member.describe().items() if k in ("trees", "nodes")}
        found["weights"] = sum(member.describe().get("weights", 0) for member in self.members)
        return found


def ensemble() -> Ensemble:
    """Trees and a network over scalograms."""
    return Ensemble(tuple(learner(name) for name in MEMBERS))


def _joined_model(models: list[Any], numbers: int) -> Any:
    """One model of several that share their inputs; the first, of trees, is given the first `numbers` alone."""
    try:
        from onnx import checker, compose, helper, numpy_helper
    except ImportError:
        raise InputError(
            "writing a model needs the package onnx", remedy="Install it with: pip install 'perrin[learn]'"
        ) from None
    outputs, given = models[0].graph.output, models[-1].graph.input[0]
    bounds = [numpy_helper.from_array(np.array([n], dtype=np.int64), key) for key, n in (("from", 0), ("to", numbers))]
    axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")
    parts = [compose.add_prefix(model, f"{i}/") for i, model in enumerate(models)]
    nodes = [helper.make_node("Slice", ["features", "from", "to", "axis"], ["0/features"])]
    nodes += [helper.make_node("Identity", ["features"], [f"{i}/features"]) for i in range(1, len(parts))]
    nodes += [node for part in parts for node in part.graph.node]
    for output in outputs:
        names = [f"{i}/{output.name}" for i in range(len(parts))]
        alone = output.name == "distance"
        nodes.append(helper.make_node("Identity" if alone else "Mean", names[:1] if alone else names, [output.name]))
    stored = [tensor for part in parts for tensor in part.graph.initializer]
    graph = helper.make_graph(nodes, "perrin", [given], list(outputs), [*bounds, axis, *stored])
    opsets = {entry.domain: entry for part in parts for entry in part.opset_import}
    model = helper.make_model(
        graph, producer_name="perrin", opset_imports=list(opsets.values()),
        ir_version=max(part.ir_version for part in parts),
    )  # fmt: skip
    checker.check_model(model)
    return model
