"""Every learner by name. Strings, so that looking at the list loads none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from perrin.errors import InputError
from perrin.learn.contract import Learner

LEARNERS: Final[Mapping[str, str]] = {
    "trees": "perrin.learn.trees:Trees",
    "together": "perrin.learn.ensemble:ensemble",
    "posterior-trees": "perrin.learn.trees:of_the_posterior",
    "wavelet-trees": "perrin.learn.trees:of_wavelets",
    "wavelet-net": "perrin.learn.nets:wavelet_net",
    "recurrent-net": "perrin.learn.nets:recurrent_net",
    "attention-net": "perrin.learn.nets:attention_net",
}


def learner(name: str) -> Learner:
    """The learner called `name`; raises InputError listing those there are."""
    if name not in LEARNERS:
        raise InputError(f"unknown learner {name!r}", remedy=f"Choose one of: {', '.join(LEARNERS)}.")
    module, _, attribute = LEARNERS[name].partition(":")
    try:
        found: Learner = getattr(import_module(module), attribute)()
    except ImportError:
        raise InputError(
            f"{name} needs the package torch", remedy="Install it with: pip install 'perrin[learn]'"
        ) from None
    return found
