"""Regular tracks of all lengths at once: what their past does not predict, by one Durbin-Levinson recursion.

Increments one frame apart are stationary, so a recursion over time gives the innovations of every track and the
determinant for every length on the way, in O(m²) for each (H, rho) instead of O(m³) for each length.

Brockwell & Davis, Time Series: Theory and Methods (1991), section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from perrin.estimate.exact.likelihood import LikelihoodGrid, QuadraticForms
from perrin.processes import error_covariance, increment_autocovariance
from perrin.types import FloatArray, IntArray

_ROUNDING: Final = 1e-14
"""What is left of a quadratic form when a drift has taken all but the rounding of it."""


def stationary_forms(likelihood: LikelihoodGrid, displacements: Sequence[FloatArray]) -> list[QuadraticForms]:
    """`QuadraticForms` of tracks of any lengths, one window each.

    Args:
        likelihood: how they were observed; all axes must have the same error.
        displacements: (m_i, d) increments of each track, one frame apart.

    Returns:
        One `QuadraticForms` a track.
    """
    lengths = np.array([len(x) for x in displacements], dtype=np.int64)
    padded, inside = _padded(displacements, lengths, centered=likelihood.drift)
    q, log_det = _evaluate(likelihood, padded, inside, lengths)
    one, d = np.zeros(1, dtype=np.int64), displacements[0].shape[1]
    sizes = (lengths - likelihood.drift) * d
    return [
        QuadraticForms(q[:, :, i, None], d * log_det[:, :, i, None], one, int(size)) for i, size in enumerate(sizes)
    ]


def _padded(displacements: Sequence[FloatArray], lengths: IntArray, *, centered: bool) -> tuple[FloatArray, FloatArray]:
    """Increments (m, n, d) with zeros behind each track's end, and (m, n) ones where the track is.

    Less their mean where they are `centered`: a drift that is marginalised takes it away without rounding then.
    """
    inside = (np.arange(lengths.max())[:, None] < lengths).astype(np.float64)
    padded = np.zeros((*inside.shape, displacements[0].shape[1]))
    for i, track in enumerate(displacements):
        padded[: len(track), i] = track - track.mean(axis=0) if centered else track
    return padded, inside


def _evaluate(
    likelihood: LikelihoodGrid, padded: FloatArray, inside: FloatArray, lengths: IntArray
) -> tuple[FloatArray, FloatArray]:
    """q summed over axes and log|C| of one axis, both (k, r, n)."""
    m, n, d = padded.shape
    shape = (len(likelihood.nodes), len(likelihood.rho2), n)
    covariance = _autocovariance(likelihood, m)
    columns = np.column_stack([padded.reshape(m, n * d), np.ones(m)])
    q, log_det = np.zeros((len(covariance), n)), np.zeros((len(covariance), n))
    along, strength = np.zeros((len(covariance), n, d)), np.zeros((len(covariance), n))
    for at, (innovation, variance) in enumerate(_innovations(covariance, columns)):
        here = inside[at]
        steps, flow = innovation[:, :-1].reshape(-1, n, d), innovation[:, -1:]
        q += here * (steps**2).sum(axis=2) / variance[:, None]
        log_det += here * np.log(variance)[:, None]
        if likelihood.drift:
            along += here[:, None] * steps * (flow / variance[:, None])[:, :, None]
            strength += here * flow**2 / variance[:, None]
    if likelihood.drift:
        q = np.maximum(q - (along**2).sum(axis=2) / strength, _ROUNDING * q)
        log_det += np.log(strength / lengths)
    return q.reshape(shape), log_det.reshape(shape)


def _autocovariance(likelihood: LikelihoodGrid, m: int) -> FloatArray:
    """(k · r, m) covariances of increments 0, 1, … frames apart, for every H and rho."""
    motion = increment_autocovariance(likelihood.nodes, m, likelihood.blur)
    error = error_covariance(np.ones(m + 1))[0]
    covariance: FloatArray = (motion[:, None] + likelihood.rho2[:, None] * error).reshape(-1, m)
    return covariance


def _innovations(covariance: FloatArray, columns: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Durbin-Levinson, for many stationary covariances (g, m) at once.

    Yields, for each row of `columns` (m, c), what its past does not predict, (g, c), and the variance of that, (g,).
    """
    g, m = covariance.shape
    backwards = np.ascontiguousarray(columns[::-1])
    weights, variance = np.zeros((g, m)), covariance[:, 0].copy()
    yield np.broadcast_to(columns[0], (g, columns.shape[1])), variance
    for n in range(1, m):
        past = weights[:, : n - 1]
        reflection = (covariance[:, n] - np.einsum("gn,gn->g", past, covariance[:, n - 1 : 0 : -1])) / variance
        weights[:, : n - 1] = past - reflection[:, None] * past[:, ::-1]
        weights[:, n - 1] = reflection
        variance = variance * (1 - reflection**2)
        yield columns[n] - weights[:, :n] @ backwards[m - n :], variance
