"""From one's own tracks and what is known of them to a model: one interface for every learner."""

from perrin.learn.contract import Fitted, Learner
from perrin.learn.labels import Labels, by_origin, by_teacher, read_labels
from perrin.learn.registry import LEARNERS, learner
from perrin.learn.trained_model import TrainedModel, learn_model
from perrin.learn.trees import Trees

__all__ = [
    "LEARNERS",
    "Fitted",
    "Labels",
    "Learner",
    "TrainedModel",
    "Trees",
    "by_origin",
    "by_teacher",
    "learn_model",
    "learner",
    "read_labels",
]
