"""`tandem-lstm`: alpha(t) and D(t) from rolling windows of 20 positions, by two networks in tandem.

After Korabel & Waigh: the first network gives H of a window, the second one, which is told that H, its diffusion
coefficient. Theirs know no localisation error, and the second is trained anew for every window in one system of
units. These were trained once, on windows with errors, blur, missing frames, drift and changing laws, in units of
the window's own size; both give quantiles beside the mean.

Limits of validity: windows like those; errors up to three steps; gaps of up to 8 frames; regular times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Final, Self, final

import numpy as np

from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.error_evidence import ErrorEvidence
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.motion_parameters import initial_status, tabulate
from perrin.estimate.networks.immobile_tracks import mark_immobile
from perrin.estimate.networks.tandem import Tandem, advice, check_window, whole_tracks
from perrin.estimate.settings import FOUND
from perrin.features import frame_clock
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.weights import load

KORABEL: Final = (
    "Korabel & Waigh: Deep learning for heterogeneous anomalous dynamics in cellular and molecular biology. The tandem "
    "of an H-LSTM and a D-LSTM."
)


@final
@dataclass(frozen=True)
class TandemLstm(Estimator):
    """alpha(t) and D(t) of rolling windows, by an LSTM for H and one for D given H.

    Attributes:
        window: positions in a rolling window; there are weights for 20.
        sigma: localisation error in the tracks' unit of length: None where unknown (then the errors stated in
            the tracks, if any, are used), 0 for none, one value, or (lateral, axial).
        drift: allow for an unknown constant velocity.
        exposure: fraction of the frame interval during which light is collected (motion blur).
        min_length: positions a track needs.
        pooled: the localisation error that all tracks share, as `prepare` finds it where sigma is not given.
        hurst_model, scale_model: names of the networks, or .onnx files.
    """

    window: int = 20
    sigma: float | tuple[float, ...] | None = None
    drift: bool = False
    exposure: float = 0.0
    min_length: int = 20
    pooled: PooledError | None = field(default=None, metadata=FOUND)
    hurst_model: str = "h-lstm"
    scale_model: str = "d-lstm"

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="tandem-lstm",
        title="Two recurrent networks in tandem",
        summary=(
            "A window of 20 positions moves along the track. A recurrent network (LSTM) reads the products of its "
            "increments and estimates the Hurst exponent H = alpha / 2 with quantiles at the center of the window. A "
            "second network uses this H to estimate the diffusion coefficient D. Both networks were trained on "
            "simulated windows, some of which change their motion within the window, and both use the localization "
            "error."
        ),
        limits=(
            "Needs tracks of 20 positions or more at regular times, gaps of at most 8 frames, and localization errors "
            "of at most three steps. The intervals are valid for windows like the training data."
        ),
        citations=(KORABEL,),
        shortest_track=20,
    )

    def __post_init__(self) -> None:
        check_window("tandem-lstm", self.window, self.min_length)
        _ = self._exact  # refuses an impossible error or exposure

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values, and which networks they were."""
        pooled = None if self.pooled is None else asdict(self.pooled)
        names = (self.hurst_model, self.scale_model)
        return {**super().settings(), "pooled": pooled, "sha256": {n: load(n).about.get("sha256") for n in names}}

    def summarize(self, tracks: Tracks, *, chunks: int = 1) -> ErrorEvidence | None:
        """What these tracks say about a shared localisation error; None where it is given or stated."""
        return self._exact.summarize(tracks, chunks=chunks)

    def prepare(self, summaries: Sequence[ErrorEvidence | None]) -> Self:
        """A copy that takes the shared error as known, where at least ten tracks tell of one."""
        return replace(self, pooled=self._exact.prepare(summaries).pooled)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from rolling windows, and their mean over each track."""
        time = frame_clock(tracks)
        errors = LocalizationError.of(self.sigma, tracks, self.pooled)
        outcome = mark_immobile(tracks, errors, initial_status(tracks, self.min_length), self._exact, rng)
        tandem = Tandem(self.hurst_model, self.scale_model, self.window, errors, self.exposure, self.drift)
        windows = tandem.windows(tracks, time, outcome)
        whole = whole_tracks(tracks, windows, outcome, self.window)
        if errors.known and not errors.stated:
            told = np.flatnonzero(whole.status == status.OK)
            low, high = errors.bounds(np.full(len(told), errors.typical))
            whole.set_rows(told, status.OK, sigma=np.full(len(told), errors.typical), sigma_lo=low, sigma_hi=high)
        # networks do not fit an error that they are not told
        source = errors.sources((whole.status == status.OK) & (errors.knowledge != "unknown"))
        return tabulate(
            tracks, time, window=self.window, windows=windows, whole=whole,
            advice=advice(tracks, time, whole, errors, self.window, gaps=True),
            sigma_source=source, estimator=self,
        )  # fmt: skip

    @property
    def _exact(self) -> Exact:
        return Exact(sigma=self.sigma, drift=self.drift, exposure=self.exposure, pooled=self.pooled)
