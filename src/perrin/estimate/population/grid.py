"""The laws among which the population is spread: a grid of (alpha, D_frame), and the law of not moving at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self, final

import numpy as np

from perrin.types import FloatArray, IntArray

PER_DECADE: Final = 20
"""Values of D_frame in a factor of ten; the same values in every analysis, so that results can be laid together."""
ALPHAS: Final = tuple(np.round(np.arange(0.1, 1.95, 0.1), 10).tolist())
_REGION: Final = (3, 5)
_BELOW_ERROR: Final = 400.0
"""A step variance so many times below that of the error is not told from rest by short tracks."""
_MARGIN: Final = 4.0
_MOST_DECADES: Final = 8
_ROUNDING: Final = 1e-9
"""An end so near to a value of the grid is that value, in any unit."""
_FAINT: Final = 1e-6
"""Tails of a kernel below this are nothing: denormal numbers would make every product ten times slower."""


Kernels = tuple[FloatArray, FloatArray]
"""By how much each alpha, and each D_frame, shares in the patch around another."""


@final
@dataclass(frozen=True, eq=False)
class Grid:
    """Laws in the order of alpha, then D_frame; the last one is rest.

    Attributes:
        alpha: (a,) anomalous exponents.
        d_frame: (r,) diffusion coefficients over one step dt, equally spaced in their logarithm.
        dt: the step that they refer to: MSD(dt) = 2 d D_frame dt.
    """

    alpha: FloatArray
    d_frame: FloatArray
    dt: float

    @classmethod
    def around(cls, variances: FloatArray, *, alpha: float | None, sigma: float, dt: float) -> Self:
        """The grid for tracks with these mean squared increments (n,) and a typical localisation error.

        It reaches from below the slowest tracks (or what the error hides) to above the fastest. One track must move.
        """
        moving = variances[variances > 0]
        high = float(moving.max()) * _MARGIN
        low = float(np.quantile(moving, 1e-3)) / _MARGIN
        low = max(sigma**2 / _BELOW_ERROR if sigma else low, high * 10.0**-_MOST_DECADES)
        ends = PER_DECADE * np.log10(np.array([min(low, high / 10), high]) / (2 * dt))
        first, last = np.floor(ends[0] + _ROUNDING), np.ceil(ends[1] - _ROUNDING)
        d_frame = 10 ** (np.arange(first, last + 1) / PER_DECADE)
        return cls(np.array(ALPHAS if alpha is None else [alpha]), d_frame, dt)

    def __len__(self) -> int:
        return len(self.alpha) * len(self.d_frame) + 1

    @property
    def variances(self) -> FloatArray:
        """(r,) s² of each D_frame: the variance of a step along one axis."""
        return 2 * self.d_frame * self.dt

    @cached_property
    def regions(self) -> IntArray:
        """(len,) patches of neighbouring laws, for `mixture.maximize`."""
        a, r = np.arange(len(self.alpha)) // _REGION[0], np.arange(len(self.d_frame)) // _REGION[1]
        patch = (a[:, None] * (r[-1] + 1) + r).ravel()
        return np.append(patch, patch[-1] + 1)

    def table(self, weights: FloatArray) -> FloatArray:
        """(…, a, r) of the moving laws from (…, len)."""
        return weights[..., :-1].reshape(*weights.shape[:-1], len(self.alpha), len(self.d_frame))

    def kernels(self, width: float) -> Kernels:
        """(a, a) and (r, r) normal kernels of `width` decades of D_frame, and as much in alpha; rows sum to 1."""
        return _kernel(self.alpha, width), _kernel(np.log10(self.d_frame), width)

    def spread(self, laws: FloatArray, kernels: Kernels) -> FloatArray:
        """(len, n) per law -> per normal patch of laws: each row averaged over its neighbours; rest stays rest."""
        over_alpha, over_d = kernels
        moving = over_d @ laws[:-1].reshape(len(self.alpha), len(self.d_frame), -1)
        if len(self.alpha) > 1:
            moving = np.tensordot(over_alpha, moving, axes=1)
        return np.concatenate([moving.reshape(len(laws) - 1, -1), laws[-1:]])

    def unfold(self, patches: FloatArray, kernels: Kernels) -> FloatArray:
        """(…, len) weights of patches -> weights of single laws: the transpose of `spread`."""
        over_alpha, over_d = kernels
        moving = over_alpha.T @ self.table(patches) @ over_d
        return np.concatenate([moving.reshape(*patches.shape[:-1], -1), patches[..., -1:]], axis=-1)

    def component_weights(self, middle: IntArray, kernels: Kernels) -> FloatArray:
        """(s, len) weights of the laws in the patches around some laws (s,)."""
        over_alpha, over_d = kernels
        found = np.zeros((len(middle), len(self)))
        moving = np.flatnonzero(middle < len(self) - 1)
        a, r = np.divmod(middle[moving], len(self.d_frame))
        found[moving, :-1] = (over_alpha[a][:, :, None] * over_d[r][:, None, :]).reshape(len(moving), len(self) - 1)
        found[middle == len(self) - 1, -1] = 1.0
        return found


def _kernel(places: FloatArray, width: float) -> FloatArray:
    if width == 0 or len(places) == 1:
        return np.eye(len(places))
    bell = np.exp(-0.5 * ((places[:, None] - places) / width) ** 2)
    bell[bell < _FAINT] = 0.0
    return bell / bell.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
