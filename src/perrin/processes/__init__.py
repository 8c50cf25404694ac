"""Closed-form truth: covariances of the processes and of the measurement."""

from perrin.processes.bound import hurst_bound
from perrin.processes.fbm import (
    increment_autocovariance,
    increment_covariance,
    noise_covariance,
    structure_function,
)

__all__ = ["hurst_bound", "increment_autocovariance", "increment_covariance", "noise_covariance", "structure_function"]
