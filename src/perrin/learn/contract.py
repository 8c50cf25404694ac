"""The one interface of everything that learns: what it looks at, fitting, predicting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from perrin.estimate.learned import FrameWindows
from perrin.types import FloatArray, Json

Features = Any
"""What a learner makes of windows: an array with one row a window, or something that is indexed like one."""


class Fitted(ABC):
    """A learner that has learned."""

    @abstractmethod
    def predict(self, features: Features) -> FloatArray:
        """(k,) alpha, or (k, classes) probabilities, of k windows."""


class Learner(ABC):
    """Something that learns. Subclasses are final frozen dataclasses; what they find out is in a `Fitted`."""

    name: ClassVar[str]
    title: ClassVar[str]
    route: ClassVar[str]
    """The kind of input, such as "features", "wavelet", "trajectory", or "posterior and wavelet"."""
    portable: ClassVar[bool] = False
    """Whether what it fits is `Portable`, and `describe` is there."""

    @abstractmethod
    def features(self, windows: FrameWindows) -> Features:
        """What it looks at: one row for each of `windows.usable`."""

    def describe(self, windows: FrameWindows, features: Features) -> Features:
        """(k, F) numbers by which windows like those in training are known again; `features` is what that gave."""
        del windows
        return features

    @abstractmethod
    def fit(self, features: Features, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Fitted:
        """Learn from k windows.

        Args:
            features: what `features` gave of them.
            target: (k,) alpha, or the number of the class.
            classes: how many there are; 0 for alpha.
            weight: (k,) how much each window counts.
            seed: the same seed gives the same answer.
        """


class Portable(Fitted):
    """A fitted learner that can be written as an ONNX graph, to be run without what made it."""

    @abstractmethod
    def graph(self, spread: Fitted | None, distance: Any) -> Any:
        """The ONNX model with the outputs that `perrin.estimate.learned` expects.

        Args:
            spread: the same learner fitted to absolute errors; None for classes.
            distance: `perrin.learn.novelty.NoveltyDetector`, how far windows are from those in training.
        """

    @abstractmethod
    def describe(self) -> Json:
        """Its size, for the card."""
