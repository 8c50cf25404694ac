"""A class of one track has a spectrum, and no interval that would say how well it is known."""

import numpy as np
import pytest

from perrin.figures.fingerprint import fingerprints
from perrin.learn.fingerprint import fingerprints_of
from perrin.learn.labels import Labels
from perrin.result import read_fingerprints
from perrin.simulate import simulate_fbm


def test_one_track_tells_nothing_of_how_tracks_differ(tmp_path):
    made = simulate_fbm(9, 40, hurst=np.linspace(0.2, 0.8, 9), seed=1).tracks
    labels = Labels(np.array([0.0] * 8 + [1.0]), ("many", "one"), "here")
    found = fingerprints_of(made, labels, window=32)
    assert found.distances.row(0, named=True)["distance_lo"] is None
    assert found.distances["by_chance"][0] > 0  # of the class that has halves
    assert found.spectra.filter(found.spectra["class"] == "one")["level_lo"].null_count() == 6 * 24
    assert found.spectra.filter(found.spectra["class"] == "many")["level_lo"].null_count() == 0
    assert "no interval" in found.sentences()[0]
    assert len(fingerprints(found).data) == 2 * 6 + 6
    found.write(tmp_path)
    assert read_fingerprints(tmp_path).spectra.equals(found.spectra)


def test_names_of_classes_are_no_formulas_in_a_spreadsheet_and_come_back(tmp_path):
    made = simulate_fbm(8, 40, hurst=0.5, seed=1).tracks
    found = fingerprints_of(made, Labels(np.arange(8.0) % 2, ("=HYPERLINK(1)", "b"), "here"), window=32)
    found.write(tmp_path)
    assert "\n'=HYPERLINK(1)," in (tmp_path / "fingerprint.csv").read_text()
    assert "\n'=HYPERLINK(1),b," in (tmp_path / "distances.csv").read_text()
    assert read_fingerprints(tmp_path).distances.equals(found.distances)


@pytest.mark.slow
def test_the_interval_of_a_distance_reaches_zero_where_classes_are_alike():
    """Forty pairs of classes: of one law, and of H .5 and .6, whose distance 4,000 tracks of each tell."""
    many = simulate_fbm(8000, 40, hurst=np.repeat([0.5, 0.6], 4000), seed=5).tracks
    truth = fingerprints_of(many, Labels(np.repeat([0.0, 1.0], 4000), ("a", "b"), "x"), window=32).distances["distance"]
    for other, distance in ((0.5, 0.0), (0.6, truth[0])):
        held = []
        for seed in range(40):
            made = simulate_fbm(60, 40, hurst=np.repeat([0.5, other], 30), seed=seed).tracks
            found = fingerprints_of(made, Labels(np.repeat([0.0, 1.0], 30), ("a", "b"), "x"), window=32, seed=seed)
            row = found.distances.row(0, named=True)
            assert row["distance_lo"] <= row["distance"]
            held.append(row["distance_lo"] <= distance <= row["distance_hi"])
        assert sum(held) >= 32  # 38 expected; by chance below 32 of 40 once in a thousand at 95 %
