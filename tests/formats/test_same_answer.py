"""The same tracks in two formats are the same Tracks and get the same estimates, to the last bit or to rounding."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import perrin
from benchmarks.reading import write_xml
from perrin.testing.reader import check_same
from perrin.tracks import NO_FRAME, Tracks
from tests.helpers.dialects import DIALECTS, Dialect
from tests.helpers.sample import Sample

LONG = Sample(
    ids=("1", "2", "3"),
    frames=tuple(np.concatenate([np.arange(3, 20), np.arange(22, 40)]) for _ in range(3)),
    positions=tuple(
        50.0 + np.cumsum(np.random.default_rng(seed).normal(0, 0.3, (35, 2)), axis=0) for seed in (1, 2, 3)
    ),
    interval=0.02,
    errors=tuple(np.full((35, 2), 0.03) for _ in range(3)),
)
EVERY_FRAME = replace(LONG, frames=tuple(np.arange(35) for _ in range(3)))


def tracks_of(dialect: Dialect, folder: Path) -> Tracks:
    """The long sample through `dialect`, in µm and s, as one source without localisation errors."""
    folder.mkdir()
    path = folder / dialect.file
    dialect.write(path, LONG if dialect.gaps else EVERY_FRAME)
    options = dict(dialect.options)
    if dialect.length == "px":
        options["pixel_size"] = 1.0
    if dialect.time == "frame":
        options["frame_interval"] = LONG.interval
    found = perrin.read(path, **options)
    info = found.info.with_columns(source=pl.lit("tracks"), track=pl.lit("t") + pl.int_range(1, 4).cast(pl.String))
    return replace(found, info=info, sigma=None, frames=np.full(found.n_points, NO_FRAME), provenance=())


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, tuple[Tracks, perrin.Estimates]]:
    folder = tmp_path_factory.mktemp("reference")
    found = {}
    for gaps in (True, False):
        table = replace(next(d for d in DIALECTS if d.name == "comma"), gaps=gaps)
        tracks = tracks_of(table, folder / str(gaps))
        found[gaps] = (tracks, perrin.analyze(tracks, window=12, workers=1))
    return found


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: f"{d.reader}: {d.name}")
def test_every_format_gives_the_same_tracks(
    dialect: Dialect, reference: dict[bool, tuple[Tracks, perrin.Estimates]], tmp_path: Path
) -> None:
    # The table says nm where this dialect does: the sample is in the unit that the dialect writes.
    scale = dialect.factor
    wanted = reference[dialect.gaps][0]
    found = tracks_of(dialect, tmp_path / "a")
    check_same(replace(wanted, positions=wanted.positions * scale), found, exact=False)


PAIRS = ("trackmate-xml: full", "trackmate-csv: four heading rows", "utrack: mat", "mtrackj: one cluster",
         "icy: pieces and links",
         "spot-on: heading", "minflux: npy, an event a record", "geff: Zarr 2", "anders: mat 7.3")  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_every_format_gives_the_same_estimates(
    name: str, reference: dict[bool, tuple[Tracks, perrin.Estimates]], tmp_path: Path
) -> None:
    dialect = next(d for d in DIALECTS if f"{d.reader}: {d.name}" == name)
    _, wanted = reference[True]
    found = perrin.analyze(tracks_of(dialect, tmp_path / "a"), window=12, workers=1)
    for table in ("points", "tracks"):
        a, b = getattr(wanted, table), getattr(found, table)
        assert a["status"].to_list() == b["status"].to_list()
        for column in ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi"):
            np.testing.assert_allclose(
                b[column].cast(pl.Float64).fill_null(np.nan), a[column].cast(pl.Float64).fill_null(np.nan), rtol=1e-6
            )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_the_geff_package_makes_of_trackmate_is_what_the_xml_says(tmp_path: Path) -> None:
    from geff.convert import from_trackmate_xml_to_geff

    write_xml(tmp_path / "a.xml", spots=100, tracks=5)
    from_trackmate_xml_to_geff(tmp_path / "a.xml", tmp_path / "a.geff")
    xml, geff = perrin.read(tmp_path / "a.xml"), perrin.read(tmp_path / "a.geff")
    assert geff.provenance[0].format == "geff"
    assert geff.units.length == xml.units.length
    np.testing.assert_array_equal(np.sort(geff.positions, axis=0), np.sort(xml.positions, axis=0))
    assert sorted(map(tuple, geff.positions[geff.offsets[:-1]])) == sorted(map(tuple, xml.positions[xml.offsets[:-1]]))
    assert sorted(geff.lengths) == sorted(xml.lengths)
