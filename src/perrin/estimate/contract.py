"""The one contract that every method keeps: `Estimator`. `perrin.testing.check_estimator` runs it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np

from perrin.result import Estimates, EstimatorInfo
from perrin.tracks import Tracks

__all__ = ["Estimator", "EstimatorInfo"]


class Estimator(ABC):
    """A method that turns Tracks into Estimates. Subclasses are final frozen dataclasses without state.

    Every implementation keeps the same promises: translation changes nothing; reordering tracks reorders
    results; x → c·x leaves alpha and scales D by c²; t → c·t leaves alpha and scales D by c^-alpha; a batch
    equals one by one; the same seed gives the same answer; the input is not touched; a bad track gets a
    status, not an exception.
    """

    info: ClassVar[EstimatorInfo]

    @abstractmethod
    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """The points and tracks tables for `tracks`.

        Raises InputError only where the call as a whole makes no sense for these tracks.
        """

    def summarize(self, tracks: Tracks, *, chunks: int = 1) -> Any:
        """What `prepare` must know of some of the tracks; None where the method needs no such pass.

        `chunks` is how many such summaries there will be: all of them together must stay small.
        """
        del tracks, chunks

    def prepare(self, summaries: Sequence[Any]) -> Self:
        """A copy that carries population values found in the `summarize` of all chunks; by default none are needed."""
        del summaries
        return self

    def files(self) -> tuple[str, ...]:
        """Files of the user that the method reads; they travel to workers on other machines."""
        return ()

    def settings(self) -> Mapping[str, Any]:
        """The parameters as plain values, for the record of a run."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
