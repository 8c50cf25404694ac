"""Every method by name. Strings, so that looking at the list loads none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Final

from perrin.errors import InputError
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.plugins import ESTIMATORS, Registry, unfit

_OWN: Final[Mapping[str, str]] = {
    "exact": "perrin.estimate.exact.estimator:Exact",
    "tamsd": "perrin.estimate.local.tamsd:Tamsd",
    "coeurjolly": "perrin.estimate.local.coeurjolly:Coeurjolly",
    "local-variations": "perrin.estimate.local.local_variations:LocalVariations",
    "tandem-lstm": "perrin.estimate.networks.tandem_lstm:TandemLstm",
    "tandem-lstm-paper": "perrin.estimate.networks.tandem_lstm_paper:TandemLstmPaper",
    "mfbm-net": "perrin.estimate.networks.mfbm_net:MfbmNet",
    "mfbm-cnn": "perrin.estimate.networks.mfbm_cnn:MfbmCnn",
}


def _checked(name: str, found: Any) -> type[Estimator]:
    if not (isinstance(found, type) and issubclass(found, Estimator) and is_dataclass(found)):
        raise unfit("it is not a dataclass derived from perrin.estimate.Estimator")
    info = getattr(found, "info", None)
    if not isinstance(info, EstimatorInfo) or info.name != name:
        raise unfit(f"its info is not an EstimatorInfo with the name {name!r}")
    return found


METHODS: Final = Registry(ESTIMATORS, _OWN, _checked)


def method(name: str) -> type[Estimator]:
    """The class of the method called `name`; raises InputError listing the methods there are.

    A name that ends in .onnx is a model that `perrin learn` wrote; results of such models call their method "learned".
    """
    if name == "learned" or name.endswith(".onnx"):
        from perrin.estimate.learned import LearnedEstimator

        return LearnedEstimator
    if name not in METHODS:
        raise InputError(f"unknown method {name!r}", remedy=f"Choose one of: {', '.join(METHODS)}.")
    return METHODS[name]
