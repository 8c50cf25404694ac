"""From one's own tracks and what is known of them to a model: one interface for every learner."""

from perrin.learn.contract import Fitted, Learner
from perrin.learn.lesson import Lesson, learn
from perrin.learn.registry import LEARNERS, learner
from perrin.learn.trees import Trees

__all__ = ["LEARNERS", "Fitted", "Learner", "Lesson", "Trees", "learn", "learner"]
