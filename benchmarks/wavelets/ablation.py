"""Which families and scales carry what: trees over pooled scalograms of different banks, at 1,000 tracks.

And what the ends of a track do: beyond them it stays where it was, or (as wavelet transforms usually have it) is zero.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from benchmarks.progress import steps
from benchmarks.wavelets import learner_runs
from perrin.features.spectra import energy, pooled
from perrin.features.wavelet import DEFAULT_SCALES, FAMILIES, REFERENCE, REFERENCE_SCALES, FilterBank, standardized
from perrin.learn import Trees
from perrin.simulate import simulate_andi
from perrin.simulate.andi_models import MODELS
from perrin.types import FloatArray, Json

_ABOVE: Final = tuple(s for s in DEFAULT_SCALES if s >= 1)
_ZERO: Final = ", zero beyond the ends"
_BANKS: Final = {
    "all six families, 24 scales (the source's)": REFERENCE,
    "all six families, the 15 scales from 1 on": FilterBank(FAMILIES, tuple(s for s in REFERENCE_SCALES if s >= 1)),
    **{f"{name}, 24 scales": FilterBank((name,), REFERENCE_SCALES) for name in FAMILIES},
    "mexh and cgau1, half octaves from .25 to 23": FilterBank(("mexh", "cgau1")),
    "cgau1, half octaves from 1 to 23": FilterBank(scales=_ABOVE),
    "cgau1, half octaves from .25 to 23 (perrin's)": FilterBank(),
}
BANKS: Final = {name + ends: bank for name, bank in _BANKS.items() for ends in ("", _ZERO)}
_TRAIN: Final = 1_000


def run(end: float | None, earlier: Json | None = None) -> Json:
    """MAE of alpha and micro-F1 in one dimension for each bank, and how many numbers it gives; `earlier` has some."""
    known = earlier or {}
    return {name: found for name in steps(BANKS, "banks") if (found := known.get(name) or _bank(name, end)) is not None}


def _bank(name: str, end: float | None) -> Json | None:
    path = learner_runs.FOLDER / f"bank-{list(BANKS).index(name)}.json"
    if path.exists():
        stored: Json = json.loads(path.read_text(encoding="utf-8"))
        return stored
    if end is not None and time.monotonic() > end:
        return None
    found = _measured(BANKS[name], _energy_to_zero if name.endswith(_ZERO) else energy)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def _energy_to_zero(positions: FloatArray, bank: FilterBank) -> FloatArray:
    """As `energy`, of tracks that are zero beyond their ends."""
    k, d, n = positions.shape
    power = bank.modulus(standardized(positions.reshape(k * d, n))) ** 2
    return np.asarray(power.reshape(k, d, *power.shape[1:]).sum(axis=1))


def _measured(bank: FilterBank, energies: Callable[[FloatArray, FilterBank], FloatArray]) -> Json:
    sets = []
    for size, seed in ((_TRAIN, 0), (learner_runs.TEST, 10_000)):
        simulation = simulate_andi(size, learner_runs.LENGTH, dimension=1, seed=seed)
        places = simulation.tracks.positions.reshape(size, learner_runs.LENGTH, 1).swapaxes(1, 2)
        parts = [pooled(energies(places[i : i + 250], bank), bank) for i in range(0, size, 250)]
        numbers = np.column_stack([np.concatenate([part[key] for part in parts]) for key in parts[0]])
        kind = np.array([list(MODELS).index(model) for model in simulation.model or ()])
        sets.append((numbers.astype(np.float32), simulation.alpha.reshape(size, -1)[:, 0], kind.astype(float)))
    (seen, alpha, kind), (test, true_alpha, true_kind) = sets
    one, trees = np.ones(len(seen)), Trees(kinds=("wavelet",))
    told = trees.fit(seen, alpha, classes=0, weight=one, seed=0).predict(test)
    chance = trees.fit(seen, kind, classes=len(MODELS), weight=one, seed=0).predict(test)
    return {
        "numbers": seen.shape[1],
        "alpha MAE": round(float(np.abs(told - true_alpha).mean()), 4),
        "micro-F1": round(float((chance.argmax(axis=1) == true_kind).mean()), 4),
    }
