"""The kinds of motion in a population, and the comparison of conditions, as rows of words for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perrin.figures.population_density import percent
from perrin.figures.theme import number
from perrin.result import Population


def kinds_of_motion(population: Population) -> dict[str, list[list[str]]]:
    """Rows of the two tables: `modes` (group, kind, D_frame, alpha, tracks, jumps, particles) and `comparisons`."""
    return {
        "modes": [_mode(row, population) for row in population.modes.iter_rows(named=True)],
        "comparisons": [_comparison(row) for row in population.comparisons.iter_rows(named=True)],
    }


def _mode(row: Mapping[str, Any], population: Population) -> list[str]:
    group = row["condition"] or "all tracks"
    if row["mode"] == 0:
        limit = f"below {number(row['D_to'])}" if row["D_to"] else "no step at all"
        place = ["immobile", limit, "–"]
    else:
        alpha = "–" if row["alpha"] is None else f"{row['alpha']:.2f}{_interval(row, 'alpha', '{:.2f}'.format)}"
        if population.facts.alpha is not None:
            alpha = f"{population.facts.alpha:g} (given)"
        d = "–" if row["D_frame"] is None else f"{number(row['D_frame'])}{_interval(row, 'D_frame', number)}"
        place = [f"mode {row['mode']}", d, alpha]
    return [group, *place, *(percent(dict(row), what) for what in ("tracks", "jumps", "particles"))]


def _interval(row: Mapping[str, Any], name: str, write: Any) -> str:
    low, high = row[f"{name}_lo"], row[f"{name}_hi"]
    return "" if low is None or high is None else f" ({write(low)} to {write(high)})"


def _comparison(row: Mapping[str, Any]) -> list[str]:
    sides = [
        f"{row[name]}: {row[mean]:.3g} ({row[n]} replicate{'s' if row[n] != 1 else ''})"
        for name, mean, n in (("condition", "mean", "replicates"), ("other", "other_mean", "other_replicates"))
    ]
    known = row["p"] is not None
    interval = f" ({row['difference_lo']:.2g} to {row['difference_hi']:.2g})" if known else ""
    p = "not testable" if not known else f"{row['p']:.2g}" if row["p"] >= 1e-4 else "< 0.0001"
    return [row["quantity"], *sides, f"{row['difference']:.2g}{interval}", p]
