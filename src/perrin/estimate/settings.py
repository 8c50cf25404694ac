"""The settings of methods: their names and types, and which of them a user may state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final, TypedDict

from perrin.estimate.contract import Estimator

FOUND: Final[Mapping[str, bool]] = {"found": True}
"""Metadata of a field that `prepare` fills, so that no user states it: `field(default=None, metadata=FOUND)`."""


class MethodSettings(TypedDict, total=False):
    """Settings of perrin's methods, as `perrin.analyze(tracks, method, window=20)` takes them; each has some."""

    window: int | None
    sigma: float | tuple[float, ...] | None
    alpha: float | None
    drift: bool
    exposure: float
    min_length: int
    lags: Sequence[int]
    dilations: int
    filter: str
    windows: Sequence[int]
    raw: bool
    model: str
    hurst_model: str
    scale_model: str


def setting_types(method: type[Estimator]) -> dict[str, str]:
    """The settings that a user of a method may state, with their types as written."""
    return {f.name: str(f.type) for f in fields(method) if not f.metadata.get("found")}  # type: ignore[arg-type]
