"""Every figure by name: what it shows, what it is drawn from, and how wide it is in print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

import plotly.graph_objects as go
import polars as pl

from perrin import figures, plugins
from perrin.errors import InputError
from perrin.figures.conditions import ComparedQuantity
from perrin.figures.fingerprint import fingerprints
from perrin.figures.track_maps import ColorBy
from perrin.plugins import Registry, unfit
from perrin.result import Estimates, Fingerprints, HurstTest, Population
from perrin.tracks import Tracks


@final
@dataclass(frozen=True)
class FigureData:
    """What there is to draw from; None where it is not there."""

    estimates: Estimates | None = None
    tracks: Tracks | None = None
    population: Population | None = None
    hurst_test: HurstTest | None = None
    truth: pl.DataFrame | None = None
    fingerprints: Fingerprints | None = None


@final
@dataclass(frozen=True)
class FigureOptions:
    """What the user chose; figures take from it what concerns them."""

    track_keys: Sequence[tuple[str, str]] | None = None
    color: ColorBy = "alpha"
    quantity: ComparedQuantity = "alpha"


@final
@dataclass(frozen=True)
class Entry:
    """One figure.

    Attributes:
        title: what it shows, in a few words.
        needs: the names of the `FigureData` that it is drawn from; they are there when `make` is called.
        make: draws it.
        wide: whether it takes both columns of a page in print.
        caption: how to read it. The report shows a figure of another package where there is one.
    """

    title: str
    needs: tuple[str, ...]
    make: Callable[[Any, FigureOptions], go.Figure] = field(repr=False)
    wide: bool = False
    caption: str = ""


_E, _T, _ET = ("estimates",), ("tracks",), ("estimates", "tracks")
_TRUTH: Final = ("estimates", "truth")

CATALOG: Final[dict[str, Entry]] = {
    "profiles": Entry(
        "alpha(t) and D(t) along some tracks, with states and changes", _E,
        lambda f, w: figures.profiles(f.estimates, w.track_keys, f.hurst_test), wide=True,
    ),
    "tracks": Entry(
        "map of the tracks, colored by alpha, D, time or status", _ET,
        lambda f, w: figures.track_map(f.estimates, f.tracks, w.color),
    ),
    "gallery": Entry(
        "20 tracks, sorted by alpha", _ET,
        lambda f, _: figures.gallery(f.estimates, f.tracks), wide=True,
    ),
    "series": Entry(
        "a one-dimensional series and its H(t)", _E,
        lambda f, w: figures.hurst_series(f.estimates, w.track_keys[0] if w.track_keys else None),
    ),
    "map": Entry(
        "alpha against D_frame, with the distribution of each", _E, lambda f, _: figures.alpha_d_map(f.estimates),
    ),
    "alpha": Entry("distribution of alpha", _E, lambda f, _: figures.alpha_distribution(f.estimates)),
    "d-frame": Entry("distribution of D_frame", _E, lambda f, _: figures.d_frame_distribution(f.estimates)),
    "fit": Entry("goodness of fit", _E, lambda f, _: figures.goodness_of_fit(f.estimates)),
    "msd": Entry("mean squared displacement", _T, lambda f, _: figures.msd(f.tracks)),
    "van-hove": Entry(
        "distribution of step lengths, compared with Gaussian steps", _T, lambda f, _: figures.van_hove(f.tracks),
    ),
    "turning-angles": Entry("angles between steps", _T, lambda f, _: figures.turning_angles(f.tracks)),
    "velocity-autocorrelation": Entry(
        "correlation of the steps, compared with the fitted model", _ET,
        lambda f, _: figures.velocity_autocorrelation(f.estimates, f.tracks),
    ),
    "conditions": Entry(
        "conditions compared over replicates", _E,
        lambda f, w: figures.condition_comparison(f.estimates, w.quantity),
    ),
    "population": Entry(
        "distribution of D_frame and alpha over all tracks (population)", ("population",),
        lambda f, _: figures.population(f.population),
    ),
    "bands": Entry(
        "H(t) and the band expected for constant H (a result of perrin test)", ("hurst_test",),
        lambda f, w: figures.bands(f.hurst_test, w.track_keys), wide=True,
    ),
    "p-values": Entry(
        "p-values of the test for constant H (a result of perrin test)", ("hurst_test",),
        lambda f, _: figures.p_values(f.hurst_test),
    ),
    "band-shares": Entry(
        "share of H(t) inside the band (a result of perrin test)", ("hurst_test",),
        lambda f, _: figures.band_shares(f.hurst_test),
    ),
    "fingerprints": Entry(
        "wavelet spectra of classes (a result of perrin fingerprint)", ("fingerprints",),
        lambda f, _: fingerprints(f.fingerprints), wide=True,
    ),
    "truth": Entry(
        "estimated alpha against the true alpha (simulated tracks)", _TRUTH,
        lambda f, _: figures.estimate_against_truth(f.estimates, f.truth),
    ),
    "calibration": Entry(
        "coverage of the intervals (simulated tracks)", _TRUTH,
        lambda f, _: figures.calibration(f.estimates, f.truth),
    ),
    "error-by-length": Entry(
        "error of alpha against track length, with the Cramér-Rao bound (simulated tracks)", _TRUTH,
        lambda f, _: figures.error_by_length(f.estimates, f.truth),
    ),
}  # fmt: skip

ALIASES: Final = {"strips": "profiles"}
"""Older names, which go on."""


def _checked(name: str, found: Any) -> Entry:
    del name
    if not isinstance(found, Entry):
        raise unfit("it is not a perrin.figures.catalog.Entry")
    if unknown := set(found.needs) - set(_NEEDED):
        raise unfit(f"it needs {sorted(unknown)[0]!r}, which is none of {', '.join(_NEEDED)}")
    return found


_ADDED: Final = Registry(plugins.FIGURES, {}, _checked)


def added() -> dict[str, Entry]:
    """The figures that other packages add."""
    return {name: figure for name, figure in _ADDED.working() if name not in CATALOG}


def entry(name: str) -> Entry:
    """The figure called `name`; raises InputError listing the figures there are."""
    name = ALIASES.get(name, name)
    if name in CATALOG:
        return CATALOG[name]
    if name in _ADDED:
        return _ADDED[name]
    raise InputError(f"unknown figure {name!r}", remedy=f"Choose one of: {', '.join([*CATALOG, *_ADDED])}.")


def draw(name: str, data: FigureData, options: FigureOptions | None = None) -> go.Figure:
    """The figure called `name`; raises InputError where there is none, or what it needs is not there."""
    chosen = entry(name)
    for need in chosen.needs:
        if getattr(data, need) is None:
            raise InputError(f"the figure {name!r} needs {_NEEDED[need]}")
    return chosen.make(data, options or FigureOptions())


_NEEDED: Final = {
    "estimates": "a result of perrin analyze",
    "tracks": "a result of perrin analyze",
    "population": "population.parquet, which perrin analyze writes",
    "hurst_test": "a result of perrin test",
    "fingerprints": "a result of perrin fingerprint",
    "truth": "the simulated file with its truth: --truth FILE",
}
