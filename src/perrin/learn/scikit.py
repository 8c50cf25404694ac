"""What fitted models of scikit-learn predict, in the terms of `perrin.learn.contract.Fitted`."""

from __future__ import annotations

from typing import Any

import numpy as np

from perrin.learn.contract import Seen
from perrin.types import FloatArray


def predicted(model: Any, seen: Seen, classes: int) -> FloatArray:
    """(k,) alpha where `classes` is 0, else (k, classes) probabilities; a class that training lacked has none."""
    if not classes:
        return np.asarray(model.predict(seen), dtype=np.float64)
    chance = np.zeros((len(seen), classes))
    chance[:, model.classes_] = model.predict_proba(seen)
    return chance
