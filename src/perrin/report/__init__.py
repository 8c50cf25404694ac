"""Room 5, what we say: one HTML file that needs nothing but a browser, not even a network."""

from perrin.report.demo import write_demo
from perrin.report.hurst_test import write_hurst_test_report
from perrin.report.listing import track_columns
from perrin.report.write import write_report

__all__ = ["track_columns", "write_demo", "write_hurst_test_report", "write_report"]
