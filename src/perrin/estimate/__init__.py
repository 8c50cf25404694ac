"""Room 3, what we infer: one contract, one file per method."""

from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.motion_parameters import MotionParameters, initial_status, tabulate
from perrin.estimate.registry import METHODS, method
from perrin.estimate.settings import MethodSettings

__all__ = [
    "METHODS",
    "Estimator",
    "EstimatorInfo",
    "MethodSettings",
    "MotionParameters",
    "initial_status",
    "method",
    "tabulate",
]
