"""An independent, slow posterior: dense covariances from the kernel of FBM itself, a plain grid in all three unknowns.

It shares no code with perrin: the covariance comes from E[x(t) x(s)], differenced; s² is integrated numerically on
a grid of its own; quantiles are read from the weights.
"""

import numpy as np

N_HURST, N_RHO, N_SCALE = 120, 48, 700


def kernel(times, hurst, blur=0.0, points=60):
    """Covariance of the positions (averaged over the exposure by quadrature), one-frame variance 1."""
    if blur:
        inner = (np.arange(points) + 0.5) / points * blur
        fine = (times[:, None] + inner).ravel()
        dense = _plain_kernel(fine, hurst).reshape(len(times), points, len(times), points)
        return dense.mean(axis=(1, 3))
    return _plain_kernel(times, hurst)


def _plain_kernel(t, hurst):
    a = np.abs(t)
    return 0.5 * (a[:, None] ** (2 * hurst) + a ** (2 * hurst) - np.abs(t[:, None] - t) ** (2 * hurst))


def posterior(displacements, times, *, sigma=None, point_errors=None, alpha=None, drift=False, blur=0.0):
    """Posterior summary of one stretch.

    sigma: None unknown, 0 none, a number known; point_errors: (m + 1, d) known for each point.
    """
    times = np.asarray(times, dtype=float) + 1.0
    m, d = displacements.shape
    difference = np.diff(np.eye(m + 1), axis=0)
    # H in equal steps of its angle, since the posterior of D has a long tail towards H = 1; weight dH = sin 2a da
    angle = (np.arange(N_HURST) + 0.5) / N_HURST * np.pi / 2
    hurst = np.array([alpha / 2]) if alpha is not None else np.sin(angle) ** 2
    log_prior = np.zeros(1) if alpha is not None else np.log(np.sin(2 * angle))
    log_rho = np.log(0.05) + np.log(100) * (np.arange(N_RHO) + 0.5) / N_RHO
    known = (sigma is not None and sigma > 0) or point_errors is not None
    if point_errors is not None:
        size = np.sqrt(np.mean(point_errors**2))
        relative = point_errors / size
    else:
        size, relative = sigma, np.ones((m + 1, d))
    ratios = log_rho if sigma != 0 else np.array([-np.inf])
    typical = np.sqrt(np.mean(displacements**2)) + 1e-300
    log_s2 = 2 * (np.log(size) - log_rho)[:, None] if known else 2 * np.log(typical) + np.linspace(-12, 12, N_SCALE)
    log_p = []
    for h, prior in zip(hurst, log_prior, strict=True):
        motion = difference @ kernel(times, h, blur) @ difference.T
        q, log_det = _forms(motion, difference, np.exp(2 * ratios), relative, displacements, drift, np.diff(times))
        size_all = (m - drift) * d
        log_p.append(prior - 0.5 * (log_det[:, None] + size_all * log_s2 + q[:, None] / np.exp(log_s2)))
    log_p = np.array(log_p)
    weight = np.exp(log_p - log_p.max())
    grids = np.broadcast_arrays(weight, hurst[:, None, None], log_s2, ratios[:, None])
    return Summary(grids[0].ravel() / weight.sum(), *(g.ravel() for g in grids[1:]))


def _forms(motion, difference, rho2, relative, displacements, drift, velocity):
    """q and log|C| for each rho, summed over axes."""
    q, log_det = np.zeros(len(rho2)), np.zeros(len(rho2))
    for axis in range(displacements.shape[1]):
        noise = difference @ np.diag(relative[:, axis] ** 2) @ difference.T
        covariance = motion + rho2[:, None, None] * noise
        inverse = np.linalg.inv(covariance)
        log_det += np.linalg.slogdet(covariance)[1]
        x = displacements[:, axis]
        q += x @ inverse @ x
        if drift:
            strength = velocity @ inverse @ velocity
            q -= (velocity @ inverse @ x) ** 2 / strength
            log_det += np.log(strength)
    return q, log_det


class Summary:
    def __init__(self, weight, hurst, log_s2, log_rho):
        self.weight, self.hurst, self.log_s2, self.log_rho = weight, hurst, log_s2, log_rho

    def mean(self, values):
        return float(self.weight @ values)

    def quantile(self, values, level):
        order = np.argsort(values, kind="stable")
        total = np.cumsum(self.weight[order])
        return float(np.interp(level, total - 0.5 * self.weight[order], values[order]))

    def alpha(self):
        return 2 * self.mean(self.hurst)

    def log_d(self, dt):
        return self.log_s2 - np.log(2) - 2 * self.hurst * np.log(dt)

    def log_sigma(self):
        return self.log_rho + 0.5 * self.log_s2
