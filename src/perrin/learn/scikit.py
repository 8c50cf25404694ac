"""What fitted models of scikit-learn predict, in the terms of `perrin.learn.contract.Fitted`."""

from __future__ import annotations

from typing import Any

import numpy as np

from perrin.learn.contract import Features
from perrin.types import FloatArray


def predicted(model: Any, features: Features, classes: int) -> FloatArray:
    """(k,) alpha where `classes` is 0, else (k, classes) probabilities; a class that training lacked has none."""
    if not classes:
        return np.asarray(model.predict(features), dtype=np.float64)
    chance = np.zeros((len(features), classes))
    chance[:, model.classes_] = model.predict_proba(features)
    return chance
