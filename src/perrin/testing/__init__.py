"""Public checks: run them on a reader or an estimator of your own."""

from perrin.testing.estimator import check_estimator, ragged_tracks
from perrin.testing.reader import check_reader

__all__ = ["check_estimator", "check_reader", "ragged_tracks"]
