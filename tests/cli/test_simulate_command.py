"""`perrin simulate fbm` as a user calls it."""

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def simulate(perrin):
    return lambda *words: perrin("simulate", "fbm", *words)


def test_tracks_with_their_truth(simulate, tmp_path):
    words = (
        "-o",
        "truth.csv",
        "--tracks",
        "20",
        "--length",
        "30",
        "--alpha",
        "0.4-1.6",
        "--D",
        "0.1-10",
        "--seed",
        "3",
    )
    done = simulate(*words, "--frame-interval", "0.05", "--localization-error", "0.02", "--missing", "0.3")
    assert done.code == 0, done.err
    table = pl.read_csv(tmp_path / "truth.csv")
    assert table.columns == ["track", "frame", "t (s)", "x (µm)", "y (µm)", "alpha", "D"]
    assert table["track"].n_unique() == 20
    assert table["alpha"].is_between(0.4, 1.6).all()
    assert table["D"].is_between(0.1, 10).all()
    assert np.log10(table["D"]).std() > 0.3
    np.testing.assert_allclose(table["t (s)"], 0.05 * table["frame"])
    assert simulate(*words).code == 2
    assert "exists already" in simulate(*words).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--alpha", "2.5"), "Hurst exponent"),
        (("--alpha", "1.5-0.5"), "--alpha"),
        (("--D", "0"), "--D"),
        (("--missing", "1"), "fraction"),
        (("--length", "1"), "cannot be simulated"),
    ],
)
def test_wrong_calls_say_so_in_one_line(simulate, tmp_path, words, said):
    done = simulate("-o", "truth.csv", *words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
