"""Models that `perrin learn` made from somebody's own tracks, as estimators."""

from perrin.estimate.learned.estimator import LearnedEstimator
from perrin.estimate.learned.features import FEATURES, feature_names, window_features
from perrin.estimate.learned.frame_windows import FrameWindows, cut_on_frames
from perrin.estimate.learned.model import LearnedModel, read_model

__all__ = [
    "FEATURES",
    "FrameWindows",
    "LearnedEstimator",
    "LearnedModel",
    "cut_on_frames",
    "feature_names",
    "read_model",
    "window_features",
]
