"""What to say about a track, in words: why there is no number, or what to beware of in it."""

from __future__ import annotations

from typing import Final

from perrin.result import status

MISFIT: Final = 0.01
"""Below this p-value the advice says that the model does not fit."""

_WIDE_ALPHA: Final = 1.0
_MANY_REPEATS: Final = 0.1

_QUIET: Final = "scatters less than its localisation error alone would make it: check that error and its unit"

_REASONS: Final = {
    "slow_excess": "slow movement is stronger than one exponent allows (drift, flow, directed phases?): try --drift",
    "slow_lack": "slow movement is weaker than one exponent allows (confinement, or correction by the tracker?)",
    "changes": "the motion is not the same along the track: look at alpha(t) and D(t)",
    "heavy_tails": "some steps are far too long (jumps, wrong links, switching?): look at the track",
    "light_tails": "steps are more alike than Gaussian ones (confinement, directed motion, rounding?)",
}


def track_advice(
    outcome: str,
    *,
    n_points: int,
    shortest: int,
    flaw: str | None,
    window: int,
    alpha_width: float = 0.0,
    fit_p: float = 1.0,
    reason: str = "",
    sigma_unknown: bool = False,
    blocks: int = 1,
    error_neglected: bool = False,
    repeats: int = 0,
    error_overstated: bool = False,
    untested: str = "",
) -> str:
    """One or more remarks on a track, joined by semicolons; empty where there is nothing to beware of."""
    remarks: list[str] = []
    if outcome == status.BAD_INPUT:
        remarks.append(flaw or "contradicts itself")
    elif outcome == status.IMMOBILE:
        remarks.append("does not move beyond its localisation error, so alpha and D mean nothing here")
    elif outcome == status.TOO_SHORT:
        remarks.append(f"{n_points} position{'s' * (n_points != 1)}; at least {shortest} are needed")
    elif outcome == status.FAILED:
        remarks.append("its numbers are too extreme for the likelihood: check units and times")
    elif outcome == status.OK:
        remarks += _of_the_fit(fit_p, reason, untested)
        if repeats > _MANY_REPEATS * n_points:
            those = "1 position repeats" if repeats == 1 else f"{repeats} positions repeat"
            remarks.append(f"{those} the one before exactly: were gaps filled, or is it stuck?")
        if alpha_width > _WIDE_ALPHA:
            more = " or state the localisation error" if sigma_unknown else ""
            remarks.append(f"alpha is hardly known from this track: pool tracks{more}")
        if n_points < window:
            remarks.append(f"shorter than the window of {window}: no alpha(t)")
        if blocks > 1:
            remarks.append(f"long track: {blocks} blocks taken as independent given one law")
        if error_neglected:
            remarks.append("steps exceed 20 times the localisation error, which was neglected")
    if error_overstated and outcome in (status.OK, status.IMMOBILE):
        remarks.insert(0, _QUIET)
    return "; ".join(remarks)


def _of_the_fit(p: float, reason: str, untested: str) -> list[str]:
    if untested:
        return [f"{status.FIT_UNTESTED} ({untested})"]
    if p < MISFIT:
        return [f"one FBM does not fit (p {'< 0.0001' if p < 1e-4 else f'= {p:.2g}'}): {_REASONS[reason]}"]
    return []
