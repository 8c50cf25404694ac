"""The five models of the first AnDi challenge, and its way of looking at them.

Muñoz-Gil et al., Objective comparison of methods to decode anomalous diffusion, Nature Communications 12, 6253 (2021).
One file a model; `challenge` draws models and exponents, normalises, adds noise and cuts.
"""

from perrin.simulate.andi_models.challenge import EXPONENTS, MODELS, exponents_of, motion, simulate_andi

__all__ = ["EXPONENTS", "MODELS", "exponents_of", "motion", "simulate_andi"]
