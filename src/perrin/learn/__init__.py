"""From one's own tracks and what is known of them to a model: one interface for every learner."""

from perrin.learn.contract import Fitted, Learner
from perrin.learn.registry import LEARNERS, learner
from perrin.learn.trained_model import TrainedModel, learn
from perrin.learn.trees import Trees

__all__ = ["LEARNERS", "Fitted", "Learner", "TrainedModel", "Trees", "learn", "learner"]
