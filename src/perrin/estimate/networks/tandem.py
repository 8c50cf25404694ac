"""Two networks in tandem: H of every rolling window, and from the window and its H the diffusion coefficient.

The second network gives the law of log s² for any H, s² being the variance of a one-frame step per axis. D = s² /
(2 dt^2H) mixes that law over what the first one says of H, so that it is right in any unit of time: the mean of
log D is taken at the mean of H, the interval from 7 quantiles of H times 7 of log s².
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.advice import track_advice
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.overstated_error import error_overstated
from perrin.estimate.motion_parameters import MotionParameters, StringArray
from perrin.features import Clock, Windows, cut_windows, window_starts
from perrin.features.window_inputs import WindowInputs
from perrin.result import status
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray
from perrin.weights import load

WINDOWS: Final = (20,)
"""Positions in the windows that there are weights for."""
LONGEST_GAP: Final = 8
"""Frames from one position to the next in the windows that the networks were trained on."""
MOST_ERROR: Final = 1.0
"""Localisation error in units of the increments' size: a particle that stands still has .71."""
NEGLIGIBLE: Final = 0.075
"""Localisation errors below this part of the increments' size are taken as none. They are 1 % of the variance, and the
networks, which met ratios of error to step from .05 on, would take the error for a bound on the scale."""

_BLOCK: Final = 256
"""Windows that go through the networks together: few enough to stay in the cache."""
_AT_ONCE: Final = 16_384
_LEVELS: Final = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
_BORDERS: Final = np.concatenate([[0.0], (_LEVELS[1:] + _LEVELS[:-1]) / 2, [1.0]])
_MASSES: Final = np.diff(_BORDERS)
"""What each quantile stands for."""
_LOW, _HIGH = 0, 6


def check_window(name: str, window: int, min_length: int) -> None:
    """Raise InputError for a window without weights, or tracks shorter than it."""
    if window not in WINDOWS:
        known = ", ".join(map(str, WINDOWS))
        raise InputError(
            f"{name} has no network for windows of {window} positions",
            remedy=f"Windows with weights: {known}. For other windows use --method exact.",
        )
    if min_length < window:
        raise InputError(f"{name} needs min_length = {window}, not {min_length}", remedy=f"Use {window}.")


@final
@dataclass(frozen=True)
class Tandem:
    """Both networks, and how the windows that they see were observed.

    Attributes:
        hurst, scale: names of the two networks.
        window: positions.
        errors: what is known of the localisation error.
        exposure: as a part of the frame.
        drift: whether a steady velocity is allowed for.
        gaps: whether the networks know windows with missing frames.
    """

    hurst: str
    scale: str
    window: int
    errors: LocalizationError
    exposure: float = 0.0
    drift: bool = False
    gaps: bool = True

    def windows(self, tracks: Tracks, time: Clock, outcome: StringArray) -> MotionParameters:
        """The laws of all full rolling windows, track after track."""
        first, track = window_starts(tracks.lengths, tracks.offsets, self.window)
        laws = MotionParameters.empty(len(first))
        fit = ~np.isin(outcome[track], (status.BAD_INPUT, status.IMMOBILE)) & time.regular[track]
        rows = np.flatnonzero(fit)
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            self._infer(cut_windows(tracks, first[some], track[some], self.window, time.dt), laws, some)
        return laws

    def _infer(self, part: Windows, parameters: MotionParameters, rows: IntArray) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            inputs = self.inputs(part)
        moves = (part.displacements != 0).any(axis=(1, 2))
        sound = np.isfinite(inputs.increments).all(axis=(1, 2)) & np.isfinite(np.log(inputs.scale)) & (part.dt > 0)
        known = (part.steps.max(axis=1) <= LONGEST_GAP) & (inputs.noise.max(axis=1) <= MOST_ERROR)
        parameters.status[rows] = np.where(sound, status.OUTSIDE_TRAINING_RANGE, status.FAILED)
        parameters.status[rows[~moves]] = status.IMMOBILE
        if not self.gaps:
            gaps = part.steps.max(axis=1) > 1
            parameters.status[rows[gaps & moves]] = status.NO_ESTIMATE
            known &= ~gaps
        good = np.flatnonzero(moves & sound & known)
        found = run_networks(self.hurst, self.scale, inputs, good)
        law = _parameters(found, np.log(inputs.scale[good]), np.log(part.dt[good]))
        finite = np.all([np.isfinite(value) for value in law.values()], axis=0) & (law["D"] > 0)
        parameters.status[rows[good[~finite]]] = status.FAILED
        parameters.set_rows(rows[good[finite]], status.OK, **{name: value[finite] for name, value in law.items()})

    def inputs(self, part: Windows) -> WindowInputs:
        """The windows as the networks see them."""
        n, _, d = part.displacements.shape
        sizes: FloatArray | None = None
        if self.errors.knowledge != "unknown":
            sizes = np.broadcast_to(self.errors.on_axes(d), (n, d))
            if self.errors.stated and part.errors is not None:
                sizes = np.sqrt(np.mean(part.errors**2, axis=1))
        return WindowInputs.of(
            part.displacements, part.steps, sizes, least=NEGLIGIBLE, exposure=self.exposure, drift=self.drift
        )


@final
@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """What the networks say of n windows, in units of each window's scale.

    Attributes:
        hurst: (n,) mean of H.
        hurst_quantiles: (n, 7).
        log_s2: (n,) mean of log s² given the mean of H.
        log_s2_quantiles: (n, 7, 7) quantiles of log s² given each quantile of H.
    """

    hurst: FloatArray
    hurst_quantiles: FloatArray
    log_s2: FloatArray
    log_s2_quantiles: FloatArray


def run_networks(hurst: str, scale: str, inputs: WindowInputs, rows: IntArray) -> NetworkOutput:
    """H of the windows at `rows` first, then their scale at that H."""
    given = dict(zip(("increments", "log_steps", "noise", "told"), inputs.arrays, strict=True))
    parts: list[Sequence[FloatArray]] = []
    for feed in _blocks(given, rows):
        mean, quantiles = _run(hurst, feed)
        asked = np.concatenate([mean[:, None], quantiles], axis=1)
        log_s2, log_s2_quantiles = _run(scale, {**feed, "hurst": asked})
        parts.append((mean, quantiles, log_s2[:, 0], log_s2_quantiles[:, 1:]))
    if not parts:
        return NetworkOutput(np.zeros(0), np.zeros((0, 7)), np.zeros(0), np.zeros((0, 7, 7)))
    return NetworkOutput(*(np.concatenate(arrays).astype(np.float64) for arrays in zip(*parts, strict=True)))


def _blocks(given: dict[str, FloatArray], rows: IntArray) -> Iterator[dict[str, FloatArray]]:
    for start in range(0, len(rows), _BLOCK):
        yield {name: array[rows[start : start + _BLOCK]] for name, array in given.items()}


def _run(model: str, feed: dict[str, FloatArray]) -> list[FloatArray]:
    session = load(model).session
    found: list[FloatArray] = session.run(None, {node.name: feed[node.name] for node in session.get_inputs()})
    return found


def _parameters(output: NetworkOutput, log_scale: FloatArray, log_dt: FloatArray) -> dict[str, FloatArray]:
    """alpha, D and their intervals in the units of the tracks."""
    shift = 2 * log_scale - np.log(2)
    log_d = output.log_s2 + shift - 2 * output.hurst * log_dt
    spread = output.log_s2_quantiles - 2 * (output.hurst_quantiles * log_dt[:, None])[:, :, None]
    low, high = mixed_interval(spread)
    with np.errstate(over="ignore", under="ignore"):
        return {
            "alpha": 2 * output.hurst,
            "alpha_lo": 2 * np.minimum(output.hurst_quantiles[:, _LOW], output.hurst),
            "alpha_hi": 2 * np.maximum(output.hurst_quantiles[:, _HIGH], output.hurst),
            "D": np.exp(log_d), "D_lo": np.exp(low + shift), "D_hi": np.exp(high + shift),
            "D_frame": np.exp(output.log_s2 + shift - log_dt),
        }  # fmt: skip


def mixed_interval(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Central 95 % interval (n,) of values (n, 7, 7): quantiles given each of the quantiles of what they depend on."""
    flat = values.reshape(len(values), len(_MASSES) ** 2)
    order = np.argsort(flat, axis=1)
    flat = np.take_along_axis(flat, order, axis=1)
    mass = np.outer(_MASSES, _MASSES).reshape(-1)[order]
    below = np.cumsum(mass, axis=1) - mass / 2
    ends = []
    for level in (_LEVELS[_LOW], _LEVELS[_HIGH]):
        after = np.clip((below < level).sum(axis=1), 1, flat.shape[1] - 1)[:, None]
        (b0, b1), (v0, v1) = (
            (np.take_along_axis(a, after - 1, axis=1)[:, 0], np.take_along_axis(a, after, axis=1)[:, 0])
            for a in (below, flat)
        )
        ends.append(v0 + (v1 - v0) * np.clip((level - b0) / (b1 - b0), 0.0, 1.0))
    return ends[0], ends[1]


def whole_tracks(tracks: Tracks, windows: MotionParameters, outcome: StringArray, window: int) -> MotionParameters:
    """Each track's mean over its windows, intervals too: the widest that those of the windows allow.

    Where no window has a value the track gets the status that most of them have; D is the geometric mean.
    """
    whole = MotionParameters.empty(len(tracks))
    whole.status[:] = outcome
    _, track = window_starts(tracks.lengths, tracks.offsets, window)
    good = windows.status == status.OK
    count = np.bincount(track[good], minlength=len(tracks))
    open_ = outcome == status.OK
    for name in ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame"):
        values = getattr(windows, name)[good]
        linear = name.startswith("alpha")
        total = np.bincount(track[good], weights=values if linear else np.log(values), minlength=len(tracks))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count if linear else np.exp(total / count)
        getattr(whole, name)[open_] = mean[open_]
    for index in np.flatnonzero(open_ & (count == 0)):
        mine = windows.status[track == index]
        whole.status[index] = max(set(mine), key=list(mine).count)
    return whole


def advice(
    tracks: Tracks, time: Clock, whole: MotionParameters, errors: LocalizationError, window: int, *, gaps: bool
) -> StringArray:
    """What to say of each track."""
    remarks, quiet = [], error_overstated(tracks, errors)
    for index, (found, flaw) in enumerate(zip(whole.status, tracks.info["flaw"].to_list(), strict=True)):
        n = int(tracks.lengths[index])
        if found == status.NO_ESTIMATE:
            what = "gaps" if time.regular[index] and not gaps else "irregular times"
            remarks.append(f"{what}, which these networks do not support: use --method exact")
        elif found == status.OUTSIDE_TRAINING_RANGE:
            remarks.append(
                f"gaps of more than {LONGEST_GAP} frames, or a localization error larger than the steps: check the "
                "localization error, or use --method exact"
            )
        else:
            remarks.append(
                track_advice(
                    found, n_points=n, shortest=window, flaw=flaw, window=window,
                    sigma_unknown=errors.source == "fitted", error_overstated=bool(quiet[index]),
                    alpha_width=float(np.nan_to_num(whole.alpha_hi[index] - whole.alpha_lo[index])),
                )
            )  # fmt: skip
    return np.array(remarks, dtype=object)
