"""The status of a track or a point: outcomes are data, not exceptions half way through a batch."""

from __future__ import annotations

from typing import Final

BAD_INPUT: Final = "bad_input"
FAILED: Final = "failed"
IMMOBILE: Final = "immobile"
TOO_SHORT: Final = "too_short"
OUTSIDE_TRAINING_RANGE: Final = "outside_training_range"
NO_ESTIMATE: Final = "no_estimate"
EDGE: Final = "edge"
OK: Final = "ok"

FIT_UNTESTED: Final = "the fit could not be tested"
"""In the advice on a track that has all its numbers but fit_p."""

PRECEDENCE: Final = (BAD_INPUT, FAILED, IMMOBILE, TOO_SHORT, OUTSIDE_TRAINING_RANGE, NO_ESTIMATE, EDGE, OK)
"""Where several apply, the first of these is shown."""

MEANING: Final = {
    BAD_INPUT: "the track contradicts itself or has no usable position, so it was not analysed",
    FAILED: "the estimator could not finish on this track",
    IMMOBILE: "no motion beyond the localisation error",
    TOO_SHORT: "fewer positions than the method needs",
    OUTSIDE_TRAINING_RANGE: "unlike anything the model has learnt",
    NO_ESTIMATE: "the method gives no value here",
    EDGE: "nearer to an end than half a window: carries the nearest full window's value, or that of a part window",
    OK: "estimated",
}
