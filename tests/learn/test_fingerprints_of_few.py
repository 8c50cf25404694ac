"""A class of one track has a spectrum, and no interval that would say how well it is known."""

import numpy as np

from perrin.figures.fingerprint import fingerprints
from perrin.learn.fingerprint import Fingerprints, read_fingerprints
from perrin.learn.labels import Labels
from perrin.simulate import fbm


def test_one_track_tells_nothing_of_how_tracks_differ(tmp_path):
    made = fbm(9, 40, hurst=np.linspace(0.2, 0.8, 9), seed=1).tracks
    labels = Labels(np.array([0.0] * 8 + [1.0]), ("many", "one"), "here")
    found = Fingerprints.of(made, labels, window=32)
    assert found.distances.row(0, named=True)["distance_lo"] is None
    assert found.distances["by_chance"][0] > 0  # of the class that has halves
    assert found.spectra.filter(found.spectra["class"] == "one")["level_lo"].null_count() == 6 * 24
    assert found.spectra.filter(found.spectra["class"] == "many")["level_lo"].null_count() == 0
    assert "no interval" in found.sentences()[0]
    assert len(fingerprints(found).data) == 2 * 6 + 6
    found.spectra.write_csv(tmp_path / "fingerprint.csv")
    found.distances.write_csv(tmp_path / "distances.csv")
    assert read_fingerprints(tmp_path).spectra.equals(found.spectra)
