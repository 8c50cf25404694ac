"""Names for the array types that cross room borders."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Seed: TypeAlias = int | np.random.Generator | None
"""A whole number gives the same numbers each time, a generator is drawn from, None gives others each time."""
Json: TypeAlias = dict[str, Any]
