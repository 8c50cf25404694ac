"""The benchmark of missing frames, with peers invented for the purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks import gaps, peers


def peer(name: str, task: str, given: Mapping[str, Any]) -> peers.PeerResult:
    """trackpy skips pairs, the others take successive rows for successive frames."""
    assert task == "tamsd"
    rows = []
    for track in given["positions"]:
        seen = track if name == "trackpy" else track[np.isfinite(track[:, 0])]
        rows.append([np.nanmean(np.sum((seen[k:] - seen[:-k]) ** 2, axis=1)) for k in range(1, given["lags"] + 1)])
    return peers.PeerResult({"msd": np.array(rows)}, 1e-6, "9", ())


def test_rows_for_frames_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "run", peer)
    result = gaps.run(None)  # type: ignore[arg-type]
    right = {row["package"]: row["right"] for row in result["rows"]}
    assert right == {"perrin": True, "trackpy": True, "trait2d": False, "gemspa-spt": False}
    assert result["rows"][0]["times the truth"] == result["rows"][1]["times the truth"], "the same pairs"
    assert result["met"]
    assert [bar.y[0] for bar in gaps.figures(result)["gaps"].data] == [r["times the truth"][0] for r in result["rows"]]
