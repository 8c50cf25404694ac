"""Closed-form truth: covariances of the processes and of the measurement."""

from perrin.processes.fbm import (
    increment_autocovariance,
    increment_covariance,
    noise_covariance,
    structure_function,
)

__all__ = ["increment_autocovariance", "increment_covariance", "noise_covariance", "structure_function"]
