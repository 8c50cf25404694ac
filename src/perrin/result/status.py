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
    BAD_INPUT: "the track contains contradictory data or no usable position, so it was not analyzed",
    FAILED: "the method failed on this track",
    IMMOBILE: "no motion larger than the localization error",
    TOO_SHORT: "fewer positions than the method needs",
    OUTSIDE_TRAINING_RANGE: "unlike the training data of the model",
    NO_ESTIMATE: "the method gives no value",
    EDGE: "closer to an end of the track than half a window: has the value of the nearest full window, or of a "
    "partial window",
    OK: "estimated",
}
