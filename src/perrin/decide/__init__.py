"""FBM or not: is there one H along a track? The band test of Szarek et al. and a calibrated test."""

from perrin.decide.record import make_test_record
from perrin.decide.run import decide, decide_into, make_tests

__all__ = ["decide", "decide_into", "make_test_record", "make_tests"]
