"""Truth to measure against: processes simulated exactly and seen as a microscope sees them."""

from perrin.simulate.andi_models import simulate_andi
from perrin.simulate.drifting_tracks import simulate_drifting
from perrin.simulate.fbm_tracks import simulate_fbm
from perrin.simulate.fgn import fractional_brownian_motion, fractional_gaussian_noise
from perrin.simulate.measurement import Measurement
from perrin.simulate.mfbm_tracks import simulate_mfbm
from perrin.simulate.simulation import Simulation
from perrin.simulate.switching_tracks import simulate_switching

__all__ = [
    "Measurement",
    "Simulation",
    "fractional_brownian_motion",
    "fractional_gaussian_noise",
    "simulate_andi",
    "simulate_drifting",
    "simulate_fbm",
    "simulate_mfbm",
    "simulate_switching",
]
