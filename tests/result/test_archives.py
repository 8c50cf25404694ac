"""Files of older versions are read: `tests/archives` holds one of each kind, a folder a version."""

from pathlib import Path

import numpy as np
import pytest

import perrin
from perrin.errors import InputError
from perrin.export import WRITERS
from perrin.result.formats import FORMATS
from perrin.result.results import Results

ARCHIVES = Path(__file__).parents[1] / "archives"
VERSIONS = sorted(path for path in ARCHIVES.iterdir() if path.is_dir())
OF_TRACKS = ("simulated.csv", "tracks.parquet", "tracks.csv", "trackmate.csv", "napari.csv", "napari.npy",
             "tracks.geff", "results.csv", "results.parquet")  # fmt: skip
every_version = pytest.mark.parametrize("folder", VERSIONS, ids=lambda folder: folder.name)


def test_there_is_one_of_each_kind() -> None:
    names = {name for kind in FORMATS for name in kind.file_names}
    names |= {"run.json", "fingerprint.csv", "distances.csv", "model.onnx", "tracks"}
    assert len(OF_TRACKS) >= len(WRITERS)
    for folder in VERSIONS:
        assert {path.name for path in folder.iterdir()} == names
        assert {path.name for path in (folder / "tracks").iterdir()} == set(OF_TRACKS)


@every_version
def test_results_are_read(folder: Path) -> None:
    found = perrin.read_results(str(folder))
    assert found.estimates.tracks["status"].to_list() == ["ok"] * 3
    assert found.hurst_test.tests.height == 2
    assert found.population.facts.n_used == 24
    assert found.fingerprints.distances.height == 1
    assert found.record["perrin"].startswith(folder.name)
    assert "tamsd" in repr(found)


@every_version
@pytest.mark.parametrize("name", OF_TRACKS)
def test_tracks_are_read(folder: Path, name: str) -> None:
    tracks = perrin.read(folder / "tracks" / name)
    whole = perrin.read(folder / "tracks" / "simulated.csv")
    assert np.array_equal(tracks.lengths, whole.lengths)
    np.testing.assert_allclose(tracks.positions, whole.positions, rtol=1e-9, atol=1e-12)


@every_version
def test_models_are_used(folder: Path) -> None:
    tracks = perrin.read(folder / "tracks" / "simulated.csv")
    result = perrin.analyze(tracks, str(folder / "model.onnx"))
    assert result.info.name == result.method == "learned"
    found = result.tracks
    right = found["class"] == np.where(np.arange(12) % 2, "fast", "slow")
    assert right.sum() >= 9


def test_what_holds_no_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        perrin.read_results(tmp_path / "gone")
    with pytest.raises(InputError, match=r"holds no results\. Give a folder that perrin analyze wrote"):
        perrin.read_results(tmp_path)
    perrin.analyze(perrin.simulate_fbm(2, 30, seed=1).tracks, "tamsd").write(tmp_path)
    found = perrin.read_results(tmp_path)
    assert isinstance(found, Results)
    assert found.population is found.hurst_test is found.fingerprints is found.record is None
    (tmp_path / "run.json").write_text("[1]")
    with pytest.raises(InputError, match=r"run\.json: is not the record of a run"):
        perrin.read_results(tmp_path)
    (tmp_path / "points.parquet").unlink()
    with pytest.raises(InputError, match=r"points\.parquet"):
        perrin.read_results(tmp_path)
