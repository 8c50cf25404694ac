"""The same figures on paper: a plotly Figure drawn by matplotlib, as PDF, SVG or PNG, with no browser.

It knows what perrin's figures are made of (lines, marks, bars, shading, notes) and nothing else of plotly.
"""

from perrin.figures.paper.page import DOUBLE, SINGLE, write_figure

__all__ = ["DOUBLE", "SINGLE", "write_figure"]
