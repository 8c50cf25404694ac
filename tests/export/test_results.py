"""Results as foreign files: every number where it belongs, and the command that writes them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import perrin
from perrin.export import WRITERS, table_of_estimates
from perrin.result import Estimates
from perrin.tracks import Tracks, Units


@pytest.fixture(scope="module")
def analysed() -> tuple[Tracks, Estimates]:
    rng = np.random.default_rng(3)
    places = [np.cumsum(rng.normal(0, 0.1, (30, 2)), axis=0) for _ in range(2)]
    tracks = Tracks.from_arrays([*places, places[0][:5]], interval=0.1, ids=["a", "=b", "c"], units=Units("µm", "s"))
    return tracks, perrin.analyze(tracks, window=10, workers=1)


@pytest.fixture(scope="module")
def folder(analysed: tuple[Tracks, Estimates], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What perrin analyze leaves behind, as far as convert is concerned."""
    made = tmp_path_factory.mktemp("results")
    analysed[1].write(made)
    return made


def test_every_point_carries_its_results_and_those_of_its_track(analysed: tuple[Tracks, Estimates]) -> None:
    _, estimates = analysed
    sheet = table_of_estimates(estimates)
    assert sheet.points["alpha"].to_list() == estimates.points["alpha"].to_list()
    whole = dict(estimates.tracks.select("track", "D").iter_rows())
    assert sheet.points["track_D"].to_list() == [whole[t] for t in estimates.points["track"]]
    assert sheet.property_units["D"] == "µm²/s^α"
    assert sheet.property_units["track_D_frame"] == "µm²/s"


@pytest.mark.parametrize("name", ["csv", "parquet", "trackmate", "napari", "geff"])
def test_results_are_read_back_as_the_tracks_they_were(
    name: str, analysed: tuple[Tracks, Estimates], tmp_path: Path
) -> None:
    tracks, estimates = analysed
    path = tmp_path / {"parquet": "a.parquet", "geff": "a.geff"}.get(name, "a.csv")
    WRITERS[name].write(table_of_estimates(estimates), path)
    back = perrin.read(path)
    np.testing.assert_array_equal(back.positions, tracks.positions)
    np.testing.assert_allclose(back.times, tracks.times, rtol=1e-9, atol=1e-12)
    assert back.info["track"].to_list() == tracks.info["track"].to_list()
    assert back.units == tracks.units


def test_napari_gets_properties_to_colour_by(analysed: tuple[Tracks, Estimates], tmp_path: Path) -> None:
    _, estimates = analysed
    WRITERS["napari"].write(table_of_estimates(estimates), tmp_path / "a.csv")
    table = pl.read_csv(tmp_path / "a.csv")
    assert table.columns[:4] == ["track_id", "t (frame)", "y (µm)", "x (µm)"]
    # What napari demands of tracks: whole ids, in order, and whole times that rise within each.
    assert table["track_id"].dtype == table["t (frame)"].dtype == pl.Int64
    assert table["track_id"].is_sorted()
    assert all(group["t (frame)"].is_sorted() for _, group in table.group_by("track_id", maintain_order=True))
    assert table["alpha"].to_list() == estimates.points["alpha"].to_list()


def test_geff_keeps_statuses_as_numbers_of_a_list(analysed: tuple[Tracks, Estimates], tmp_path: Path) -> None:
    import zarr

    _, estimates = analysed
    WRITERS["geff"].write(table_of_estimates(estimates), tmp_path / "a.geff")
    root = zarr.open_group(tmp_path / "a.geff", mode="r")
    words = root.attrs["perrin"]["words"]["status"]
    codes = root["nodes/props/status/values"][...]
    assert [words[code] for code in codes] == estimates.points["status"].to_list()
    alpha = root["nodes/props/alpha/values"][...].copy()
    alpha[root["nodes/props/alpha/missing"][...]] = np.nan
    np.testing.assert_array_equal(alpha, estimates.points["alpha"].cast(pl.Float64).fill_null(np.nan))


@pytest.mark.slow
def test_convert_writes_results_and_whole_tracks(perrin, folder: Path, tmp_path: Path) -> None:
    done = perrin("convert", folder, tmp_path / "a.csv")
    assert done.code == 0, done.err
    assert "alpha_lo" in (tmp_path / "a.csv").read_text(encoding="utf-8").split("\n")[0]
    done = perrin("convert", folder, tmp_path / "b.csv", "--table", "tracks")
    assert done.code == 0, done.err
    whole = pl.read_csv(tmp_path / "b.csv")
    assert whole["track"].to_list() == ["a", "'=b", "c"]
    assert "D (µm²/s^α)" in whole.columns
    done = perrin("convert", folder, tmp_path / "c.csv", "--to", "trackmate")
    assert done.code == 0, done.err
    assert "PERRIN_ALPHA" in (tmp_path / "c.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--frame-interval", "1"], "take no reading options"),
        (["--table", "x"], "unknown table 'x'"),
        (["--table", "tracks", "--to", "geff"], "this format cannot store one row per track"),
        (["--to", "x"], "unknown output format 'x'"),
    ],
)
def test_convert_refuses_what_makes_no_sense(
    perrin, words: list[str], message: str, folder: Path, tmp_path: Path
) -> None:
    done = perrin("convert", folder, tmp_path / "a.csv", *words)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.slow
def test_convert_does_not_overwrite(perrin, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.geff"
    assert perrin("convert", folder, out).code == 0
    assert "already exists" in perrin("convert", folder, out).err
    assert perrin("convert", folder, out, "--force").code == 0
    full = tmp_path / "full"
    full.mkdir()
    (full / "thing").touch()
    assert "contains other files" in perrin("convert", folder, full, "--to", "geff", "--force").err
    assert (full / "thing").exists()
