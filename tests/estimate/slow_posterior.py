"""An independent, slow posterior: dense covariances from the kernel of FBM itself, a plain grid in all three unknowns.

It shares no code with perrin: the covariance comes from E[x(t) x(s)], differenced; s² is integrated numerically on
a grid of its own; quantiles are read from the weights.
"""

import numpy as np


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
    n_h, n_r, n_s = 60, 40, 80
    hurst = np.array([alpha / 2]) if alpha is not None else (np.arange(n_h) + 0.5) / n_h
    log_rho = np.log(0.05) + np.log(100) * (np.arange(n_r) + 0.5) / n_r
    typical = np.sqrt(np.mean(np.diff(displacements, axis=0) ** 2)) + 1e-300
    known = (sigma is not None and sigma > 0) or point_errors is not None
    if point_errors is not None:
        size = np.sqrt(np.mean(point_errors**2))
        relative = point_errors / size
    else:
        size, relative = sigma, np.ones((m + 1, d))
    log_s2_free = 2 * np.log(typical) + np.linspace(-14, 14, 12 * n_s)
    velocity = np.diff(times)
    log_p, log_s2s, rhos, hs = [], [], [], []
    for h in hurst:
        motion = difference @ kernel(times, h, blur) @ difference.T
        for lr in log_rho if sigma != 0 else [-np.inf]:
            rho2 = np.exp(2 * lr)
            q = ld = 0.0
            for axis in range(d):
                c = motion + rho2 * difference @ np.diag(relative[:, axis] ** 2) @ difference.T
                inverse = np.linalg.inv(c)
                ld += np.linalg.slogdet(c)[1]
                x = displacements[:, axis]
                q += x @ inverse @ x
                if drift:
                    q -= (velocity @ inverse @ x) ** 2 / (velocity @ inverse @ velocity)
                    ld += np.log(velocity @ inverse @ velocity)
            size_all = (m - drift) * d
            log_s2 = np.array([2 * (np.log(size) - lr)]) if known else log_s2_free
            log_p.append(-0.5 * (ld + size_all * log_s2 + q / np.exp(log_s2)))
            log_s2s.append(log_s2)
            rhos.append(np.full(len(log_s2), lr))
            hs.append(np.full(len(log_s2), h))
    log_p, log_s2, log_rho_all, h_all = map(np.concatenate, (log_p, log_s2s, rhos, hs))
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    return Summary(weight, h_all, log_s2, log_rho_all)


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
