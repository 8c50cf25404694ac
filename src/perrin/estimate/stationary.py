"""Regular tracks of all lengths at once: what their past does not predict, by one Durbin-Levinson recursion.

Increments one frame apart are stationary, so a recursion over time gives the innovations of every track and the
determinant for every length on the way, in O(m²) for each (H, rho) instead of O(m³) for each length. rho takes
Chebyshev nodes in its logarithm, from which the finer grid of the posterior is interpolated.

Brockwell & Davis, Time Series: Theory and Methods (1991), section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from perrin.estimate.likelihood import LEAST_Q, RHO_RANGE, Forms, Observation, chebyshev_interpolation, chebyshev_nodes
from perrin.processes import increment_covariance, noise_covariance
from perrin.types import FloatArray, IntArray

_RHO_NODES: Final = 22
"""The interpolation error falls like 1.9^-n: tests hold log q to 2e-5."""


def stationary_forms(observations: Sequence[Observation], displacements: Sequence[FloatArray]) -> list[Forms]:
    """`Forms` of each track, one stretch each.

    Args:
        observations: for each track how it was observed, and its own grid of rho. Nodes of H, blur and drift must
            agree, and all axes must have the same error.
        displacements: (m_i, d) increments of each track, one frame apart.

    Returns:
        One Forms a track.
    """
    lengths = np.array([len(x) for x in displacements], dtype=np.int64)
    padded, inside = _padded(displacements, lengths)
    observation = observations[0]
    fitted = len(observation.rho) > 0
    unit = chebyshev_nodes(_RHO_NODES) if fitted else np.zeros(1)
    low, high = np.log(RHO_RANGE)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    rho2 = np.exp(2 * (middle + half * unit)) if fitted else np.zeros(1)
    q, log_det = _evaluate(observation, rho2, padded, inside, lengths)
    log_q = np.log(np.maximum(q, LEAST_Q))
    one, d = np.zeros(1, dtype=np.int64), displacements[0].shape[1]
    forms, to_grid = [], np.ones((1, 1))
    for i, own in enumerate(observations):
        if fitted:
            to_grid = chebyshev_interpolation(unit, (np.log(own.rho) - middle) / half)
        size = int(lengths[i] - own.drift) * d
        forms.append(Forms(log_q[i : i + 1] @ to_grid.T, d * log_det[i : i + 1] @ to_grid.T, one, size))
    return forms


def _padded(displacements: Sequence[FloatArray], lengths: IntArray) -> tuple[FloatArray, FloatArray]:
    """Increments (m, n, d) with zeros behind each track's end, and (m, n) ones where the track is."""
    inside = (np.arange(lengths.max())[:, None] < lengths).astype(np.float64)
    padded = np.zeros((*inside.shape, displacements[0].shape[1]))
    for i, track in enumerate(displacements):
        padded[: len(track), i] = track
    return padded, inside


def _evaluate(
    observation: Observation, rho2: FloatArray, padded: FloatArray, inside: FloatArray, lengths: IntArray
) -> tuple[FloatArray, FloatArray]:
    """q summed over axes and log|C| of one axis, both (n, k, r)."""
    m, n, d = padded.shape
    shape = (n, len(observation.nodes), len(rho2))
    covariance = _autocovariance(observation, rho2, m)
    columns = np.column_stack([padded.reshape(m, n * d), np.ones(m)])
    q, log_det = np.zeros((len(covariance), n)), np.zeros((len(covariance), n))
    along, strength = np.zeros((len(covariance), n, d)), np.zeros((len(covariance), n))
    for at, (innovation, variance) in enumerate(_innovations(covariance, columns)):
        here = inside[at]
        steps, flow = innovation[:, :-1].reshape(-1, n, d), innovation[:, -1:]
        q += here * (steps**2).sum(axis=2) / variance[:, None]
        log_det += here * np.log(variance)[:, None]
        if observation.drift:
            along += here[:, None] * steps * (flow / variance[:, None])[:, :, None]
            strength += here * flow**2 / variance[:, None]
    if observation.drift:
        q -= (along**2).sum(axis=2) / strength
        log_det += np.log(strength / lengths)
    return q.T.reshape(shape), log_det.T.reshape(shape)


def _autocovariance(observation: Observation, rho2: FloatArray, m: int) -> FloatArray:
    """(k · r, m) covariances of increments 0, 1, … frames apart, for every H and rho."""
    motion = increment_covariance(np.arange(m + 1.0), observation.nodes, observation.blur)[:, 0]
    error = noise_covariance(np.ones(m + 1))[0]
    covariance: FloatArray = (motion[:, None] + rho2[:, None] * error).reshape(-1, m)
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
