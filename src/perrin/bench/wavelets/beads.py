"""Placeholder."""

from __future__ import annotations

from pathlib import Path

from perrin.types import Json


def run(data: Path, end: float | None) -> Json:
    """x"""
    return {}
