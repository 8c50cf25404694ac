"""The report of `perrin test`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
from markupsafe import Markup

from perrin import figures
from perrin.problems import Problems
from perrin.report.listing import columns_of, table_block
from perrin.report.panels import panel
from perrin.report.write import render
from perrin.result import HurstTest, status
from perrin.types import Json


def write_hurst_test_report(
    path: str | Path, hurst_test: HurstTest, record: Json, problems: Problems | None = None
) -> None:
    """Write one self-contained HTML file about the tests; in the place of a figure that cannot be drawn it says why.

    Args:
        path: the file to write; it is replaced.
        hurst_test: the result.
        record: what run.json holds.
        problems: side results that could not be made before; the report adds its own.
    """
    known = Problems() if problems is None else problems
    makers = {"p_values": figures.p_values, "bands": figures.bands, "band_shares": figures.band_shares}
    panels = {key: panel(key, partial(make, hurst_test), *_CAPTIONS[key], known) for key, make in makers.items()}
    counts = record["counts"]["tracks_by_status"]
    page = render(
        "hurst_test.html.j2",
        record=record,
        summary=hurst_test.summary(),
        headline=headline(hurst_test),
        warnings=[problem.sentence for problem in known],
        statuses=[(name, status.MEANING[name], counts[name]) for name in reversed(status.PRECEDENCE) if name in counts],
        panels=panels,
        listing=_listing(hurst_test),
    )
    Path(path).write_bytes(page.encode("utf-8", errors="replace"))


def headline(hurst_test: HurstTest) -> list[str]:
    """What was decided, in a few sentences."""
    found, total = hurst_test.summary(), hurst_test.tests.height
    if not found["tested"]:
        return [f"None of the {total:,} tracks could be tested. The table of statuses shows the reasons."]
    which = f"{found['tested']:,} of {total:,} tracks" if found["tested"] < total else f"all {total:,} tracks"
    rate = 100 * found["level"]
    said = [
        f"The Hurst exponent (H) changes along {found['changes']:,} of the tested tracks ({which}). At most about "
        f"{rate:g} % of these are expected to be false discoveries."
        if found["changes"]
        else f"No track ({which} tested) shows a changing Hurst exponent (H) after correction for multiple tests.",
        f"Without this correction, {found['p_below_level']:,} tracks have a p-value of at most {found['level']:g}; by "
        f"chance alone it would be about {found['expected_by_chance']:,.0f}.",
    ]
    if found["band_tested"]:
        said.append(
            f"The band test of Szarek et al. (2022) calls {found['band_mfbm']:,} of {found['band_tested']:,} tracks "
            "multifractional. It is shown for comparison only. It is not calibrated: it gives this result for more "
            f"than {rate:g} % of simulated tracks with a constant exponent."
        )
    return said


def _listing(hurst_test: HurstTest) -> Markup:
    words = pl.when(pl.col("changes")).then(pl.lit("yes")).when(~pl.col("changes")).then(pl.lit("no"))
    table = hurst_test.tests.with_columns(words.alias("changes"), pl.col("band_inside") * 100)
    wanted = [
        ("track", "track", ""),
        ("source", "source", ""),
        ("condition", "condition", ""),
        ("status", "status", ""),
        ("n_points", "positions", ""),
        ("n_gaps", "gaps", ""),
        ("hurst", "H if constant", ""),
        ("noise_ratio", "error / step", ""),
        ("p", "p", ""),
        ("q", "q", ""),
        ("changes", "H changes", ""),
        ("band_inside", "inside band", "%"),
        ("band_verdict", "band test", ""),
        ("advice", "advice", ""),
    ]
    return table_block(table.height, columns_of(table, wanted))


_CAPTIONS = {
    "p_values": (
        "Histogram of the p-values of the calibrated test",
        "If no Hurst exponent (H) changed, all bars would be about as high as the line. A high bar at the left means "
        "that H changes in more tracks than expected by chance.",
    ),
    "bands": (
        "Estimated H against time for some tracks, with the band of simulated fractional Brownian motion",
        "The line is the estimate, pink where it is outside the band. Dashed lines: median and band of simulated "
        "tracks with a constant exponent (the mean of the estimate).",
    ),
    "band_shares": (
        "Histogram of the share of H(t) inside the band",
        "The published test calls a track multifractional if the share inside the band is below the dashed line. "
        "Neighboring values are correlated, so parts of a curve can leave the band by chance.",
    ),
}
