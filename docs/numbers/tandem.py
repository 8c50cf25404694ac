"""The tables of docs/which-estimator.md, from benchmarks/results/tandem.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_OF_WINDOWS: Final = (
    "tandem-lstm", "exact", "tandem-lstm-paper", "tamsd 1-4", "tamsd 1-10", "tamsd 1-19", "tamsd 1-4, error subtracted",
)  # fmt: skip
_OF_CURVES: Final = ("tandem-lstm", "exact", "mfbm-net", "tandem-lstm-paper", "tamsd 1-4", "tamsd 1-10")
_TOLD: Final = "error known, ratio as the networks were trained"
_KNOWN: Final = "ratio known"
_WORD: Final = {True: "yes", False: "no"}
_ALL: Final = "a second by the clock, all cores, processes started"


def windows(result: dict[str, Any]) -> str:
    """Errors of H on windows of one law, by the ratio of error to step."""
    law = {row["error over step"]: row for row in result["windows of one law"] if row["d"] == 2}
    best = "posterior mean's MAE of H"
    rows = {
        **{_title(m): [row["methods"].get(m, {}).get("MAE of H") for row in law.values()] for m in _OF_WINDOWS},
        "weights that Korabel & Waigh publish": [row["weights of the source, MAE of H"] for row in law.values()],
        "posterior, error told": [row[best].get(_TOLD, row[best][_KNOWN]) for row in law.values()],
        "posterior, ratio told": [row[best][_KNOWN] for row in law.values()],
    }
    numbers = {title: ["" if value is None else f"{value:.4f}" for value in row] for title, row in rows.items()}
    return _table(["error / step", *(f"{ratio:g}" for ratio in law)], numbers)


def curves(result: dict[str, Any]) -> str:
    """Errors of whole curves of H and of log D."""
    scenes = result["tracks that change"]
    rows = {
        _title(m): [f"{s['methods'][m]['MAE of H']:.3f} / {s['methods'][m]['MAE of log D']:.2f}" for s in scenes]
        for m in _OF_CURVES
    }
    return _table(["", *(f"{s['kind']}, error {s['error over typical step']:g}" for s in scenes)], rows)


def claims(result: dict[str, Any]) -> str:
    """By how much the errors of TAMSD exceed those of the tandem."""
    head = ["simulated", "TAMSD over lags", "alpha", "holds", "log D", "holds"]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in result["claims: alpha 60 %, D 150 % more accurate than TAMSD"]:
        found = [cell for what in ("alpha", "D") for cell in (f"{row[what]:+.0%}", _WORD[row[f"{what} holds"]])]
        lines.append(_line([row["simulated"], row["against"].removeprefix("tamsd "), *found]))
    return "\n".join(lines)


def cost(result: dict[str, Any]) -> str:
    """Windows a second, and what training anew for one of them takes."""
    once = result["training anew for one window"]
    rows = {
        _title(name): [f"{row[how]:,}" for how in ("a second of one core", _ALL)]
        for name, row in result["speed"].items()
        if isinstance(row, dict)
    }
    table = _table(["windows a second", "one core", f"{result['speed']['cores']} cores by the clock"], rows)
    took = f"{once['minutes for one window']:.1f} minutes ({once['epochs']} epochs)"
    return f"{table}\n\nTraining the published D-LSTM anew for one single window took {took}."


def _title(method: str) -> str:
    name, _, rest = method.replace(",", " ,").partition(" ")
    return f"`{name}`" + (f" lags {rest}" if rest[:1].isdigit() else f" {rest}" if rest else "").replace(" ,", ",")


def _table(head: Sequence[str], rows: dict[str, list[str]]) -> str:
    return "\n".join([_line(head), _line(["---"] * len(head)), *(_line([title, *row]) for title, row in rows.items())])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


BLOCKS: Final = {"windows": windows, "curves": curves, "claims": claims, "cost": cost}
