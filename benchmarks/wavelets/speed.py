"""Scalograms of 10,000 tracks of 100 points: one batched FFT against a loop of PyWavelets over tracks and families."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from perrin.features.wavelet import DEFAULT, FAMILIES, REFERENCE, REFERENCE_SCALES, standardized
from perrin.types import Json


def run(tracks: int = 2_000, looped: int = 40, rounds: int = 5) -> Json:
    """Processor seconds for 10,000 tracks, the best of some rounds in alternation, on the reference bank."""
    signals = standardized(np.random.default_rng(0).standard_normal((tracks, 100)).cumsum(axis=1))
    ways: dict[str, tuple[Callable[[], Any], int]] = {"perrin": (lambda: REFERENCE.modulus(signals), tracks)}
    try:
        import pywt
    except ImportError:
        pywt = None
    if pywt is not None:
        scales = np.array(REFERENCE_SCALES)
        ways["PyWavelets, looped"] = (
            lambda: [pywt.cwt(one, scales, name) for one in signals[:looped] for name in FAMILIES], looped,
        )  # fmt: skip
        ways["PyWavelets, batched FFT"] = (
            lambda: [pywt.cwt(signals[:200], scales, name, method="fft", axis=1) for name in FAMILIES], 200,
        )  # fmt: skip
    ways["perrin, default bank"] = (lambda: DEFAULT.modulus(signals), tracks)
    best = dict.fromkeys(ways, np.inf)
    for _ in range(rounds):
        for name, (way, count) in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], (time.process_time() - start) / count * 10_000)
    found: Json = {f"seconds for 10,000 tracks: {name}": round(value, 2) for name, value in best.items()}
    for name in ways:
        if name.startswith("PyWavelets"):
            found[f"times faster than {name}"] = round(best[name] / best["perrin"], 1)
    return found
