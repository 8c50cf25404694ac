"""What is known of the localisation error: given, stated for each point, none, or to be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.exact.grid import ErrorKnowledge
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.motion_parameters import StringArray
from perrin.features import Windows
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray


@final
@dataclass(frozen=True)
class LocalizationError:
    """What is known of the localisation error: its source, its typical size, and how it varies.

    `typical` is the size in units of length (0: none; NaN: unknown); `axes` each axis relative to it; `stated`
    means that each point has its own, found in the tracks; `interval` is that of an error found in the population.
    """

    source: str
    typical: float
    axes: tuple[float, ...] = ()
    stated: bool = False
    interval: tuple[float, float] | None = None

    @classmethod
    def of(
        cls, given: float | tuple[float, ...] | None, tracks: Tracks, pooled: PooledError | None = None
    ) -> LocalizationError:
        """What was given (one value or lateral and axial), else what the tracks state, else `pooled`, else unknown."""
        if given is None:
            if tracks.sigma is not None and bool(np.any(tracks.sigma > 0)):
                return cls("per_point", np.nan, stated=True)
            if pooled is None:
                return cls("fitted", np.nan)
            return cls("pooled", pooled.sigma, interval=(pooled.low, pooled.high))
        values = np.atleast_1d(np.asarray(given, dtype=np.float64))
        if len(values) > 1 and tracks.dimension < 3:
            raise InputError(
                f"got {len(values)} localization errors for {tracks.dimension} axes",
                remedy="Give one value for 1-D and 2-D.",
            )
        if not values.any():
            return cls("zero", 0.0)
        each = values if len(values) == tracks.dimension else np.array([values[0], values[0], values[-1]])
        each = each[: tracks.dimension]
        typical = float(np.sqrt(np.mean(each**2)))
        return cls("given", typical, () if np.all(each == each[0]) else tuple(each / typical))

    def relative(self, part: Windows, size: float | None = None) -> FloatArray | None:
        """(n, m + 1, d) stated errors relative to each window's typical one, or None where all are alike.

        With `size` they are relative to that, which blocks of one track have in common.
        """
        if not self.stated or part.errors is None:
            return None
        own = self.sizes(part)
        relative = part.errors / own[:, None, None]
        return relative if size is None else relative * (own / size)[:, None, None]

    def profile(self, part: Windows) -> FloatArray:
        """(n, m + 1, d) errors relative to each window's typical one, wherever they come from."""
        n, m, d = part.displacements.shape
        relative = self.relative(part)
        return np.broadcast_to(self.axes or (1.0,) * d, (n, m + 1, d)) if relative is None else relative

    def sizes(self, part: Windows) -> FloatArray:
        """(n,) typical error of each window."""
        if self.stated and part.errors is not None:
            size: FloatArray = np.sqrt(np.mean(part.errors**2, axis=(1, 2)))
            return np.maximum(size, float(np.finfo(np.float64).tiny))
        return np.full(len(part), self.typical)

    def bounds(self, size: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Ends (n,) of what is known of errors of this typical `size`: themselves, unless found in the population."""
        if self.interval is None:
            return size, size
        return np.full_like(size, self.interval[0]), np.full_like(size, self.interval[1])

    def on_axes(self, d: int) -> FloatArray:
        """(d,) error of each axis, where all points have the same."""
        return self.typical * np.asarray(self.axes or (1.0,) * d)

    def sources(self, used: BoolArray) -> StringArray:
        """(n,) where the error comes from, for each track that used it; else None."""
        found = np.full(len(used), None, dtype=object)
        found[used] = self.source
        return found

    @property
    def knowledge(self) -> ErrorKnowledge:
        """That there is none, that its size is known, or nothing."""
        if self.source == "zero" or self.typical == 0:
            return "none"
        return "known" if self.known else "unknown"

    @property
    def known(self) -> bool:
        """True where its absolute size is known and not zero."""
        return self.source in ("given", "per_point") or (self.source == "pooled" and self.typical > 0)
