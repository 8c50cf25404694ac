"""Room 3, what we infer: one contract, one file per method."""

from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.registry import METHODS, method

__all__ = ["METHODS", "Estimator", "EstimatorInfo", "method"]
