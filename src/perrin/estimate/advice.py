"""What to say about a track, in words: why there is no number, or what to beware of in it."""

from __future__ import annotations

from typing import Final

from perrin.result import status

MISFIT: Final = 0.01
"""Below this p-value the advice says that the model does not fit."""

_WIDE_ALPHA: Final = 1.0
_MANY_REPEATS: Final = 0.1

_QUIET: Final = "positions scatter less than the localization error predicts: check the localization error and its unit"

_REASONS: Final = {
    "slow_excess": "slow motion is stronger than one exponent explains (possible causes: drift, flow, directed "
    "phases): try --drift",
    "slow_lack": "slow motion is weaker than one exponent explains (possible causes: confinement, a correction by the "
    "tracking software)",
    "changes": "the motion changes along the track: look at alpha(t) and D(t)",
    "heavy_tails": "some steps are much too long (possible causes: jumps, wrong links, switching): look at the track",
    "light_tails": "step lengths vary less than Gaussian steps (possible causes: confinement, directed motion, "
    "rounding)",
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
        remarks.append(flaw or "the track contains contradictory data")
    elif outcome == status.IMMOBILE:
        remarks.append("the track does not move more than its localization error, so alpha and D have no meaning")
    elif outcome == status.TOO_SHORT:
        remarks.append(f"{n_points} position{'s' * (n_points != 1)}; at least {shortest} are needed")
    elif outcome == status.FAILED:
        remarks.append("the values are too extreme for the likelihood: check units and times")
    elif outcome == status.OK:
        remarks += _of_the_fit(fit_p, reason, untested)
        if repeats > _MANY_REPEATS * n_points:
            those = "1 position repeats" if repeats == 1 else f"{repeats} positions repeat"
            remarks.append(
                f"{those} the position before exactly: check whether gaps were filled or the particle is stuck"
            )
        if alpha_width > _WIDE_ALPHA:
            more = " or give the localization error" if sigma_unknown else ""
            remarks.append(f"alpha is very uncertain for this track: combine tracks{more}")
        if n_points < window:
            remarks.append(f"shorter than the window of {window} positions, so there is no alpha(t)")
        if blocks > 1:
            remarks.append(f"long track: analyzed as {blocks} independent blocks with the same parameters")
        if error_neglected:
            remarks.append("steps are more than 20 times the localization error, which was neglected")
    if error_overstated and outcome in (status.OK, status.IMMOBILE):
        remarks.insert(0, _QUIET)
    return "; ".join(remarks)


def _of_the_fit(p: float, reason: str, untested: str) -> list[str]:
    if untested:
        return [f"{status.FIT_UNTESTED} ({untested})"]
    if p < MISFIT:
        return [
            f"fractional Brownian motion with one exponent does not fit (p "
            f"{'< 0.0001' if p < 1e-4 else f'= {p:.2g}'}): {_REASONS[reason]}"
        ]
    return []
