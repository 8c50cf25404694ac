"""Truth to measure against: processes simulated exactly and seen as a microscope sees them."""

from perrin.simulate.andi_models import andi
from perrin.simulate.drifting_tracks import drifting
from perrin.simulate.fbm_tracks import fbm
from perrin.simulate.fgn import fractional_brownian_motion, fractional_gaussian_noise
from perrin.simulate.measurement import Measurement
from perrin.simulate.mfbm_tracks import mfbm
from perrin.simulate.simulation import Simulation
from perrin.simulate.switching_tracks import switching

__all__ = [
    "Measurement",
    "Simulation",
    "andi",
    "drifting",
    "fbm",
    "fractional_brownian_motion",
    "fractional_gaussian_noise",
    "mfbm",
    "switching",
]
