"""The benchmark of populations, with a peer invented for the purpose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import peers, population
from benchmarks.population import accuracy, coverage, defocalization, truth


def peer(name: str, task: str, given: Mapping[str, Any]) -> peers.PeerResult:
    """A saspt that believes all states alike: flat occupations on its own grid."""
    assert (name, task) == ("saspt", "occupations")
    assert len(given["positions"]) == len(given["track"]) == len(given["frame"])
    axes = [np.logspace(-2, 2, 50), np.atleast_1d(given.get("loc_errors", np.linspace(0, 0.07, 4)))]
    if given.get("likelihood") == "fbme":
        axes.insert(1, np.arange(0.05, 1.0, 0.05))
    shape = tuple(len(a) for a in axes)
    values = {
        "posterior": np.full((1, *shape), 1 / np.prod(shape)),
        **{f"axis_{i}": a[None] for i, a in enumerate(axes)},
    }
    return peers.PeerResult(values, 1.0, "9", ())


@pytest.mark.slow
def test_all_parts_are_measured_and_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "run", peer)
    for module, name, value in (
        (accuracy, "TRACKS", 200), (accuracy, "ANOMALOUS_TRACKS", 60), (accuracy, "SPEED_TRACKS", 100),
        (accuracy, "SEEDS", {"no error": 1, "error known": 1}), (coverage, "POPULATIONS", 2),
        (coverage, "SIZES", (100,)), (defocalization, "_PARTICLES", 800),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    result = population.run(tmp_path)
    assert result["real"] is None
    cells = result["accuracy"]
    assert len(cells) == 2 * len(truth.MIXTURES) + 2 * len(truth.ANOMALOUS)
    assert result["closer in"] == f"{len(cells)} of {len(cells)} cells"
    assert all(row["saspt"] == row["tracks"] for row in result["speed"]), "a second a track"
    drawn = population.figures(result)
    assert set(drawn) == {"population"}
    flat, ours = drawn["population"].data
    assert list(ours.x) == [cell["perrin"] for cell in cells][::-1]
    assert flat.name == "saspt"


def test_distances_are_in_decades_and_of_the_jumps_at_hand() -> None:
    mixture = truth.KnownMixture.of([0.1, 1.0], [0.5, 0.5])
    assert mixture.distance(np.array([0.1, 1.0]), np.array([0.5, 0.5])) == pytest.approx(0)
    assert mixture.distance(np.array([1.0, 10.0]), np.array([0.5, 0.5])) == pytest.approx(1)
    tracks, drawn = mixture.draw(50, 0.0, seed=1)
    assert tracks.lengths.min() >= 2
    assert tracks.lengths.max() <= 10
    assert drawn.fractions.sum() == pytest.approx(1)
    assert drawn.fractions[0] != 0.5
