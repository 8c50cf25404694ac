"""Closed-form truth: covariances of the processes and of the measurement."""

from perrin.processes.bound import hurst_bound
from perrin.processes.fbm import (
    error_covariance,
    increment_autocovariance,
    increment_covariance,
    structure_function,
)

__all__ = ["error_covariance", "hurst_bound", "increment_autocovariance", "increment_covariance", "structure_function"]
