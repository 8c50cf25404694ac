"""Populations of tracks: the distribution of laws that makes all of them together most likely."""

from perrin.estimate.population.conditions import welch
from perrin.estimate.population.estimator import PopulationEstimator
from perrin.estimate.population.sample import Sample

__all__ = ["PopulationEstimator", "Sample", "welch"]
