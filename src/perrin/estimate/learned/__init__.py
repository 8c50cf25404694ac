"""Models that `perrin learn` made from somebody's own tracks, as estimators."""

from perrin.estimate.learned.estimator import Learned
from perrin.estimate.learned.features import FEATURES, features, names
from perrin.estimate.learned.model import LearnedModel, read_model
from perrin.estimate.learned.windows import Windows, cut

__all__ = ["FEATURES", "Learned", "LearnedModel", "Windows", "cut", "features", "names", "read_model"]
