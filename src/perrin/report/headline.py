"""The result in a few plain sentences, and what to be careful about."""

from __future__ import annotations

from typing import Final

from perrin.figures.theme import number
from perrin.result import Estimates, Overview, status
from perrin.tracks.units import FRAME, PIXEL
from perrin.types import Json

_NEAR_ONE: Final = 0.1
_DOUBTFUL: Final = 1e-3
_MUCH_MORE: Final = 1.5


def headline(estimates: Estimates, overview: Overview) -> list[str]:
    """One to three sentences: alpha and what it means, D_frame, and how many tracks say so."""
    total, summary = overview.tracks, overview.summary.as_json()
    kinds = _kinds(estimates)
    if not summary["n"]:
        return [_nothing(overview), *kinds]
    if summary["alpha"] is None:
        return [
            f"{summary['n']:,} of {total:,} tracks were analyzed, but the method {estimates.method} does not "
            "estimate alpha."
        ]
    given = summary["alpha_given"] is not None
    said = [_given(estimates, summary) if given else _alpha(estimates, summary, total)]
    if summary["D_frame"] is not None:
        unit = estimates.units.frame_diffusion
        spread = summary["D_frame"]
        whose = "The median" if summary["n"] > 1 else "Its"
        what = "diffusion coefficient per frame interval (D_frame)"
        said.append(f"{whose} {what} is {number(spread['median'])} {unit}{_quartiles(spread, summary['n'])}.")
    said += kinds
    below, same, above = (summary[k] for k in ("alpha_below_1", "alpha_compatible_with_1", "alpha_above_1"))
    if summary["n"] > 1 and below + same + above and not given:
        said.append(
            f"For single tracks, the {estimates.interval} interval of alpha is below 1 for {below:,} tracks, above 1 "
            f"for {above:,}, and includes 1 for {same:,}."
        )
    return said


def _kinds(estimates: Estimates) -> list[str]:
    kinds = estimates.tracks["class"].drop_nulls().value_counts(sort=True)
    counts = ", ".join(f"{n:,} {name}" for name, n in kinds.iter_rows())
    return [f"Most probable class of motion, by a model trained on labeled tracks: {counts}."] if counts else []


def meaning(alpha: float) -> str:
    """What a value of alpha says about the motion."""
    if alpha < 1 - _NEAR_ONE:
        return "subdiffusive: spreading slows down with time, as for particles that are crowded or confined"
    if alpha > 1 + _NEAR_ONE:
        return "superdiffusive: spreading speeds up with time, as for particles that are actively transported"
    return "close to free (Brownian) diffusion, for which alpha is 1"


def _by_chance(below: int, tested: int) -> float:
    """The probability that so many of the tested tracks or more have a p below 0.05."""
    from scipy.stats import binom

    return float(binom.sf(below - 1, tested, 0.05))


def warnings(estimates: Estimates, overview: Overview) -> list[str]:
    """What a reader must know before using the numbers; empty when all is well."""
    said = []
    total, summary = overview.tracks, overview.summary.as_json()
    misfits = summary["misfits"]
    tested, below, expected = misfits["tested"], misfits["below_05"], misfits["expected"]
    if tested and below > _MUCH_MORE * expected and _by_chance(below, tested) < _DOUBTFUL:
        said.append(
            f"The model does not fit well: {below:,} of {tested:,} tracks have a goodness-of-fit p-value (fit_p) "
            f"below 0.05; by chance alone it would be about {expected:,.0f}. Their motion may change along the track, "
            "or may not follow the model. To find these tracks, sort the table of all tracks by fit_p."
        )
    if estimates.units.length == PIXEL or estimates.units.time == FRAME:
        said.append(
            f"Not calibrated: lengths are in {estimates.units.length}, times in {estimates.units.time}. alpha is "
            "correct, but D cannot be compared with other experiments. The section Units explains how to calibrate."
        )
    used = summary["n"]
    if 0 < used < 0.5 * total:
        said.append(f"Only {used:,} of {total:,} tracks could be analyzed. The table of statuses shows the reasons.")
    return said


def _alpha(estimates: Estimates, summary: Json, total: int) -> str:
    spread, used = summary["alpha"], summary["n"]
    what = meaning(spread["median"])
    if used == 1:
        row = estimates.tracks.filter(estimates.tracks["status"] == status.OK).row(0, named=True)
        known = row["alpha_lo"] is not None
        interval = f" ({estimates.interval} interval {row['alpha_lo']:.2f} to {row['alpha_hi']:.2f})" if known else ""
        which = "The track" if total == 1 else f"The only track of {total:,} that could be analyzed"
        return f"{which} has an anomalous exponent (alpha) of {row['alpha']:.2f}{interval}. The motion is {what}."
    share = f"{used:,} of {total:,}" if used < total else f"all {total:,}"
    verdict = f"The motion is {what}."
    free, sure = summary["alpha_compatible_with_1"], summary["alpha_below_1"] + summary["alpha_above_1"]
    if free > sure and abs(spread["median"] - 1) > _NEAR_ONE:
        verdict = (
            f"This suggests that the motion is {what}. However, {free:,} of the tracks, taken alone, are compatible "
            "with free diffusion."
        )
    return (
        f"The median anomalous exponent (alpha) of {share} tracks is {spread['median']:.2f} (quartiles "
        f"{spread['lower_quartile']:.2f} and {spread['upper_quartile']:.2f}). {verdict}"
    )


def _given(estimates: Estimates, summary: Json) -> str:
    """Where alpha was given, D is comparable between tracks, and the D they would share is the result."""
    shared, used, alpha = summary["common_D"], summary["n"], summary["alpha_given"]
    if shared is None:
        return f"alpha was given as {alpha:g}, so only the diffusion coefficient was estimated, for {used:,} tracks."
    what = (
        "The track has a diffusion coefficient (D) of"
        if used == 1
        else f"If all {used:,} analyzed tracks have the same diffusion coefficient (D), it is"
    )
    return (
        f"alpha was given as {alpha:g}. {what} {number(shared['value'])} {estimates.units.diffusion} "
        f"(95 % interval {number(shared['lo'])} to {number(shared['hi'])})."
    )


def _quartiles(spread: Json, tracks: int) -> str:
    if tracks == 1:
        return ""
    return f" (quartiles {number(spread['lower_quartile'])} and {number(spread['upper_quartile'])})"


def _nothing(overview: Overview) -> str:
    counts = sorted(overview.tracks_by_status.items(), key=lambda entry: -entry[1])
    if not counts:
        return "The input contains no tracks, so there is no result."
    parts = [f"{number_of:,} {name.replace('_', ' ')} ({status.MEANING[name]})" for name, number_of in counts]
    total = overview.tracks
    whom = "The only track" if total == 1 else f"None of the {total:,} tracks"
    could = "could not be analyzed" if total == 1 else "could be analyzed"
    return f"{whom} {could}: {'; '.join(parts)}."
