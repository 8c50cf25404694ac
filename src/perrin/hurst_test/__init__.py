"""FBM or not: is there one H along a track? The band test of Szarek et al. and a calibrated test."""

from perrin.hurst_test.record import make_test_record
from perrin.hurst_test.run import make_hurst_tester, run_hurst_test, run_hurst_test_into

__all__ = ["make_hurst_tester", "make_test_record", "run_hurst_test", "run_hurst_test_into"]
