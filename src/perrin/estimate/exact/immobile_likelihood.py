"""The likelihood of no motion at all: positions that scatter about one place, or along one steady drift."""

from __future__ import annotations

import numpy as np

from perrin.features import Windows
from perrin.types import FloatArray


def immobile_log_likelihood(part: Windows, errors: FloatArray, *, drift: bool) -> FloatArray:
    """Log-likelihood (n,) of increments that are nothing but localisation error.

    The place (and with `drift` the velocity) that the increments do not tell is marginalised as it is for the motion:
    what remains is a weighted regression of the positions on a constant (and time).

    Args:
        part: n windows of m increments.
        errors: (n, m + 1, d) standard deviation of each coordinate.
        drift: whether contrasts that a steady motion leaves alone are looked at instead of the increments.
    """
    n, m, d = part.displacements.shape
    positions = np.concatenate([np.zeros((n, 1, d)), np.cumsum(part.displacements, axis=1)], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 1 / errors**2
        total = weights.sum(axis=1)
        place = (weights * positions).sum(axis=1) / total
        residual = positions - place[:, None]
        log_det = 2 * np.log(errors).sum(axis=1) + np.log(total)
        if drift:
            times = np.concatenate([np.zeros((n, 1)), np.cumsum(part.steps, axis=1)], axis=1)[:, :, None]
            clock = times - ((weights * times).sum(axis=1) / total)[:, None]
            strength = (weights * clock**2).sum(axis=1)
            residual = residual - ((weights * clock * residual).sum(axis=1) / strength)[:, None] * clock
            log_det += np.log(strength / (part.steps**2).sum(axis=1)[:, None])
        square = (weights * residual**2).sum(axis=1)
        found: FloatArray = -0.5 * (square + log_det + (m - drift) * np.log(2 * np.pi)).sum(axis=1)
    return found
