"""Every method by name. Strings, so that looking at the list loads none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from perrin.errors import InputError
from perrin.estimate.contract import Estimator

METHODS: Final[Mapping[str, str]] = {
    "exact": "perrin.estimate.exact.estimator:Exact",
    "tamsd": "perrin.estimate.local.tamsd:Tamsd",
    "coeurjolly": "perrin.estimate.local.coeurjolly:Coeurjolly",
    "local-variations": "perrin.estimate.local.local_variations:LocalVariations",
    "tandem-lstm": "perrin.estimate.networks.tandem_lstm:TandemLstm",
    "tandem-lstm-paper": "perrin.estimate.networks.tandem_lstm_paper:TandemLstmPaper",
    "mfbm-net": "perrin.estimate.networks.mfbm_net:MfbmNet",
    "mfbm-cnn": "perrin.estimate.networks.mfbm_cnn:MfbmCnn",
}


def method(name: str) -> type[Estimator]:
    """The class of the method called `name`; raises InputError listing the methods there are.

    A name that ends in .onnx is a model that `perrin learn` wrote; results of such models call their method "learned".
    """
    if name == "learned" or name.endswith(".onnx"):
        from perrin.estimate.learned import LearnedEstimator

        return LearnedEstimator
    if name not in METHODS:
        raise InputError(f"unknown method {name!r}", remedy=f"Choose one of: {', '.join(METHODS)}.")
    module, _, attribute = METHODS[name].partition(":")
    found: type[Estimator] = getattr(import_module(module), attribute)
    return found
