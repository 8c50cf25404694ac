"""The tandem of LSTMs beside the exact posterior and TAMSD: windows, D given H, the published claims, tracks, cost.

Windows have 20 positions, H ~ U(.01, .99), one-frame scale 1 and dt = .02, so that log D = -log 2 - 2H log .02. TAMSD
is fitted over the lags that its name says. Cells that are done wait in tandem.partial.json in the current folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.progress import steps
from benchmarks.record import surroundings
from benchmarks.tandem.cost import one_training, speed
from benchmarks.tandem.figure import figures
from benchmarks.tandem.tables import changing, claims, one_law, scale_given
from perrin.types import Json

__all__ = ["figures", "run"]

RATIOS: Final = (0.0, 0.2, 0.5, 1.0)
"""Localisation error over the one-frame step."""
WINDOWS: Final = {2: 10_000, 1: 4_000, 3: 4_000}
CLEAN: Final = 40_000
"""Windows in 2-D without error, where two methods are compared to half a percent."""
GIVEN: Final = 2_000
TRACKS: Final = 150
CHANGING: Final = (("switching", 0.0), ("switching", 0.3), ("drifting", 0.0), ("drifting", 0.3))
_PARTIAL: Final = Path("tandem.partial.json")


def run(data: Path) -> Json:
    """All tables; needs no data."""
    del data
    cells: dict[str, Callable[[], Any]] = {
        **{f"given H {d} {r}": partial(scale_given, d, r, GIVEN) for d in (1, 2, 3) for r in RATIOS},
        "speed": speed,
        **{
            f"one law {d} {r}": partial(one_law, d, r, CLEAN if d == 2 and not r else n)
            for d, n in WINDOWS.items()
            for r in RATIOS
        },
        **{f"{kind} {sigma}": partial(changing, kind, sigma, TRACKS) for kind, sigma in CHANGING},
        "one training": one_training,
    }
    kept: Json = json.loads(_PARTIAL.read_text(encoding="utf-8")) if _PARTIAL.exists() else {}
    for name in steps([name for name in cells if name not in kept], "tandem"):
        kept[name] = cells[name]()
        _PARTIAL.write_text(json.dumps(kept), encoding="utf-8")
    law = [kept[name] for name in cells if name.startswith("one law")]
    curves = [kept[f"{kind} {sigma}"] for kind, sigma in CHANGING]
    given = [kept[name] for name in cells if name.startswith("given H")]
    result = {
        "command": "python -m benchmarks tandem",
        **surroundings(),
        "met": met(law, given),
        "windows of one law": law,
        "D given the true H": given,
        "claims: alpha 60 %, D 150 % more accurate than TAMSD": claims(law, curves),
        "tracks that change": curves,
        "speed": kept["speed"],
        "training anew for one window": kept["one training"],
    }
    _PARTIAL.unlink(missing_ok=True)
    return result


def met(law: list[Json], given: list[Json]) -> Json:
    """What was asked, and whether it was reached."""
    plane = {row["error over step"]: row for row in law if row["d"] == 2}
    told = {r: row["tandem-lstm over the posterior"] for r, row in plane.items()}
    return {
        "tandem-lstm-paper, MAE of H over the posterior with a scale per axis, at most 1.05": plane[0.0][
            "tandem-lstm-paper over the posterior"
        ]["clean, a scale per axis"],
        "log D given the true H over the closed form, 2-D, at most 1.1": max(
            max(row["over the closed form"].values()) for row in given if row["d"] == 2
        ),
        "tandem-lstm over the posterior with the same information, at most 1.08": {
            str(r): each.get("error known, ratio as the networks were trained", each["ratio known"])
            for r, each in told.items()
        },
        "tandem-lstm over the exact estimator, told the same error, at most 1.08": {
            str(r): each["exact estimator"] for r, each in told.items()
        },
        "tandem-lstm over the posterior that knows the ratio itself": {
            str(r): each["ratio known"] for r, each in told.items()
        },
    }
