"""`tandem-lstm-paper`: the H-LSTM with the layers and the training that its authors published, for comparison.

It knows no localisation error, no gaps and no motion but fractional Brownian motion. Its H goes to a D-LSTM that was
trained once, in units of the window's own size, where theirs is trained anew for every window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.motion_parameters import initial_status, tabulate
from perrin.estimate.networks.tandem import Tandem, advice, check_window, whole_tracks
from perrin.estimate.networks.tandem_lstm import KORABEL
from perrin.features import frame_clock
from perrin.result import Estimates
from perrin.tracks import Tracks

_NO_ERROR: Final = LocalizationError("zero", 0.0)


@final
@dataclass(frozen=True)
class TandemLstmPaper(Estimator):
    """alpha(t) and D(t) of rolling windows, by the published H-LSTM and a D-LSTM, both without localisation error.

    Attributes:
        window: positions in a rolling window; there are weights for 20.
        min_length: positions a track needs.
        hurst_model, scale_model: names of the networks, or .onnx files; {d} stands for the dimension.
    """

    window: int = 20
    min_length: int = 20
    hurst_model: str = "h-lstm-paper-{d}d"
    scale_model: str = "d-lstm-paper"

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="tandem-lstm-paper",
        title="Two recurrent networks in tandem, as published",
        summary=(
            "A window of 20 positions moves along the track. A recurrent network (LSTM) with the published layers and "
            "training reads its increments and estimates the Hurst exponent H = alpha / 2. A second network uses this "
            "H to estimate the diffusion coefficient D."
        ),
        limits=(
            "Needs tracks of 20 positions or more without gaps and without localization error. A localization error "
            "of half a step nearly doubles the error of H."
        ),
        citations=(KORABEL,),
        shortest_track=20,
        gaps=False,
    )

    def __post_init__(self) -> None:
        check_window("tandem-lstm-paper", self.window, self.min_length)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from rolling windows, and their mean over each track; `rng` is not needed."""
        del rng
        time = frame_clock(tracks)
        outcome = initial_status(tracks, self.min_length)
        hurst = self.hurst_model.format(d=tracks.dimension)
        windows = Tandem(hurst, self.scale_model, self.window, _NO_ERROR, gaps=False).windows(tracks, time, outcome)
        whole = whole_tracks(tracks, windows, outcome, self.window)
        return tabulate(
            tracks, time, window=self.window, windows=windows, whole=whole,
            advice=advice(tracks, time, whole, _NO_ERROR, self.window, gaps=False),
            estimator=self,
        )  # fmt: skip
