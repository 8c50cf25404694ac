"""`perrin simulate` as a user calls it."""

import numpy as np
import polars as pl
import pytest

import perrin as package
from perrin.cli.drifting import Drifting
from perrin.cli.switching import Switching
from perrin.run import Cores
from perrin.run import simulation as chunks
from perrin.simulate import Measurement


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
    assert "already exists" in simulate(*words).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--alpha", "2.5"), "Hurst exponent"),
        (("--alpha", "1.5-0.5"), "--alpha"),
        (("--D", "0"), "--D"),
        (("--missing", "1"), "fraction"),
        (("--length", "1"), "cannot simulate"),
    ],
)
def test_wrong_calls_say_so_in_one_line(simulate, tmp_path, words, said):
    done = simulate("-o", "truth.csv", *words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_states_stand_in_the_file_and_do_not_disturb_reading(perrin, tmp_path):
    words = ("--alpha", "0.6,1.2", "--dwell-time", "0.5,1", "--D", "1e-3-1e-1", "--transitions", "0,1/1,0")
    seen = ("--frame-interval", "0.05", "--localization-error", "0.02", "--missing", "0.1", "--dimension", "3")
    few = ("--tracks", "20", "--length", "60", "--seed", "3")
    for name in ("a.csv", "b.csv", "a.parquet"):
        made = perrin("simulate", "switching", "-o", name, *words, *seen, *few)
        assert (made.code, made.err) == (0, "")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    table = pl.read_csv(tmp_path / "a.csv")
    assert table.columns == ["track", "frame", "t (s)", "x (µm)", "y (µm)", "z (µm)", "alpha", "D", "state"]
    laws = table.select("state", "alpha", pl.col("D").round(9)).unique().sort("state").rows()
    assert laws == [(0, 0.6, 0.001), (1, 1.2, 0.1)]
    tracks = package.read(tmp_path / "a.csv")
    np.testing.assert_allclose(tracks.positions, table.select("x (µm)", "y (µm)", "z (µm)").to_numpy())
    assert len(tracks) == 20
    done = perrin("analyze", "a.csv", "-o", "out", "--method", "tamsd", "--no-report")
    assert (done.code, done.err) == (0, "")
    assert pl.read_parquet(tmp_path / "a.parquet")["state"].to_list() == table["state"].to_list()


def test_motion_that_drifts_stands_in_the_file(perrin, tmp_path):
    assert perrin("simulate", "drifting", "-o", "a.csv", "--alpha", "0.4,1,0.6", "--length", "5").code == 0
    table = pl.read_csv(tmp_path / "a.csv")
    np.testing.assert_allclose(table["alpha"][:5], [0.4, 0.7, 1.0, 0.8, 0.6])
    assert perrin("simulate", "drifting", "-o", "b.csv", "--alpha", "0.1-1.9", "--D", "0.1-10").code == 0
    table = pl.read_csv(tmp_path / "b.csv").group_by("track", maintain_order=True).agg("alpha", "D")
    first, last = table["alpha"].list.first(), table["alpha"].list.last()
    assert first.n_unique() == last.n_unique() == 100
    assert (first.min(), first.max()) == pytest.approx((0.1, 1.9), abs=0.1)
    assert table["D"].list.last().is_between(0.1, 10).all()
    assert package.read(tmp_path / "b.csv").n_points == 100 * 100


def test_three_states_need_no_more_than_their_number(perrin, tmp_path):
    assert perrin("simulate", "switching", "-o", "a.csv", "--states", "3", "--jitter", "0.5").code == 0
    table = pl.read_csv(tmp_path / "a.csv")
    assert table.columns == ["track", "t (s)", "x (µm)", "y (µm)", "alpha", "D", "state"]
    np.testing.assert_allclose(sorted(table["D"].unique()), [0.01, 0.1, 1.0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("switching", "--states", "3", "--D", "1,2"), "--D 1,2 has 2 numbers, but there are 3 states"),
        (
            ("switching", "--alpha", "0.5,1,1.5", "--dwell-time", "1,2"),
            "--dwell-time 1,2 has 2 numbers, but there are 3",
        ),
        (("switching", "--states", "1"), "--D 0.01-1 is a range, but there is only one state"),
        (("switching", "--transitions", "0,1"), "--transitions '0,1' is not a square matrix"),
        (
            ("switching", "--transitions", "0,1/1,0", "--states", "3"),
            "--transitions has 2 rows, but there are 3 states",
        ),
        (("switching", "--transitions", "1,1/1,0"), "0 from a state to itself"),
        (("switching", "--dwell-time", "0.5"), "shorter than one frame"),
        (("switching", "--D", "1,x"), "--D '1,x' is not a list of numbers"),
        (("switching", "--D", "1-2,3"), "--D '1-2,3' is not a list of numbers"),
        (("switching", "--alpha", "0.5,2"), "Hurst exponent"),
        (("drifting", "--alpha", "0.5,2"), "Hurst exponent"),
        (("drifting", "--D", "0-1"), "--D '0-1' is not a number or a range"),
    ],
)
def test_wrong_states_say_so_in_one_line(perrin, tmp_path, words, said):
    done = perrin("simulate", *words, "-o", "truth.csv")
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        Switching(30, 20, np.array([0.3, 0.7]), np.array([0.1, 1.0]), None, None, 2, 0.1, Measurement(missing=0.1)),
        Drifting(30, 20, np.linspace(0.1, 0.9, 60).reshape(30, 2), np.array([1.0]), 2, 0.1, Measurement()),
    ],
    ids=["switching", "drifting"],
)
def test_who_works_does_not_change_the_file(recipe, monkeypatch, tmp_path):
    """Chunks of seven tracks; numbers of tracks go on through them."""
    monkeypatch.setattr(chunks, "CHUNK_POINTS", 7 * 20)
    for workers in (1, 2):
        with Cores(workers) as executor:
            chunks.simulate_into(str(tmp_path / f"{workers}.csv"), recipe, seed=1, executor=executor)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    table = pl.read_csv(tmp_path / "1.csv")
    assert table["track"].unique().sort().to_list() == list(range(30))
    assert table["x (µm)"].n_unique() > 29 * 10
