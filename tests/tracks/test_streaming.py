"""A file that is read piece by piece gives the tracks that it gives when it is read at once."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perrin.errors import InputError
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks, Units
from perrin.tracks.model import concatenate
from perrin.tracks.reading import read_file
from perrin.tracks.store import write_parquet
from perrin.tracks.stream import blocks, pieces, records, stream_file
from perrin.tracks.table import ReadOptions


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 50)
    monkeypatch.setattr(records, "BATCH", 37)
    monkeypatch.setattr(blocks, "TEXT_BYTES", 700)
    monkeypatch.setattr(blocks, "PARQUET_ROWS", 61)


def streamed(path: Path, **options) -> Tracks:
    parts = stream_file(
        path, ReadOptions(**options), name=path.name, scratch=path.parent / "scratch", report=lambda _: None
    )
    assert parts is not None
    found = list(parts)
    assert len(found) > 1
    assert not (path.parent / "scratch").exists()
    whole = concatenate(found)
    assert {p.source for p in whole.provenance} == {path.name}
    return Tracks(
        whole.positions, whole.times, whole.offsets, whole.info, whole.units, whole.frames, whole.sigma,
        found[-1].provenance,
    )  # fmt: skip


def same(one: Tracks, other: Tracks, rtol: float = 0.0) -> None:
    assert one.units == other.units
    assert one.info.equals(other.info)
    assert np.array_equal(one.offsets, other.offsets)
    assert np.array_equal(one.positions, other.positions)
    assert np.array_equal(one.frames, other.frames)
    np.testing.assert_allclose(one.times, other.times, rtol=rtol, atol=0)
    assert (one.sigma is None) == (other.sigma is None)
    if one.sigma is not None:
        assert np.array_equal(one.sigma, other.sigma)
    mine, theirs = one.provenance[0], other.provenance[0]
    for name in ("rows", "ignored", "length_unit", "time_unit", "columns", "unused_columns", "sha256", "format"):
        assert getattr(mine, name) == getattr(theirs, name), name
    assert set(mine.notes) == set(theirs.notes)
    assert mine.frame_interval is theirs.frame_interval or mine.frame_interval == pytest.approx(theirs.frame_interval)


def check(path: Path, rtol: float = 0.0, **options) -> None:
    same(streamed(path, **options), read_file(path, ReadOptions(**options)), rtol)


def rows(seed: int = 0, tracks: int = 20) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for track in range(tracks):
        n = int(rng.integers(1, 40))
        frames = np.sort(rng.choice(60, n, replace=False))
        parts.append(pl.DataFrame({"track": [f"t{track}"] * n, "frame": frames, "x": rng.normal(size=n),
                                   "y": rng.normal(size=n)}))  # fmt: skip
    return pl.concat(parts)


@pytest.mark.parametrize("order", ["frame", "shuffled"])
def test_a_gzipped_text(tmp_path: Path, order: str) -> None:
    table = rows().sort("frame") if order == "frame" else rows().sample(fraction=1.0, shuffle=True, seed=3)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(table.write_csv().encode()))
    check(path)


def test_a_gzipped_text_that_was_cut_off(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(blocks, "TEXT_BYTES", 1 << 18)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(pl.concat([rows()] * 100).write_csv().encode())[:-30])
    with pytest.raises(InputError, match=r"a.csv.gz: cannot be read to its end.*complete"):
        streamed(path)


@pytest.mark.parametrize("order", ["track", "frame", "shuffled"])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("time", ["frame", "seconds", "both", "no unit", "uneven", "milliseconds"])
def test_times_and_orders(tmp_path: Path, order: str, ending: str, time: str) -> None:
    table = rows()
    seconds = table["frame"] * 0.02 + 1.5
    if time == "seconds":
        table = table.with_columns(seconds.alias("t (s)")).drop("frame")
    elif time == "milliseconds":
        table = table.with_columns((seconds * 1e3).round(1).alias("t (ms)")).drop("frame")
    elif time == "both":
        table = table.with_columns(seconds.round(3).alias("t (s)"))
    elif time == "no unit":
        table = table.with_columns(seconds.alias("t")).drop("frame")
    elif time == "uneven":
        table = table.with_columns((seconds + np.random.default_rng(1).uniform(0, 0.01, table.height)).alias("t (s)"))
        table = table.drop("frame")
    if order == "frame":
        table = table.sort("frame" if "frame" in table.columns else table.columns[-1])
    elif order == "shuffled":
        table = table.sample(fraction=1.0, shuffle=True, seed=3)
    path = tmp_path / f"a{ending}"
    table.write_csv(path) if ending == ".csv" else table.write_parquet(path)
    check(path, rtol=1e-12)


@pytest.mark.slow
def test_bad_rows_are_counted_alike(tmp_path: Path) -> None:
    table = rows(1).with_columns(z=pl.lit(3.0), condition=pl.lit("control"))
    text = table.write_csv().split("\n")
    text[5] = "t0,7,nan,1.0,3.0,control"
    text[60] = "t2,,1.0,1.0,3.0,control"
    text.insert(100, ",3,1.0,1.0,3.0,control")
    text.insert(120, text[119])
    text.insert(140, text[139].replace("control", "control").rsplit(",", 4)[0] + ",9.5,9.5,3.0,control")
    text.insert(150, "lost,4,nan,nan,3.0,control")
    path = tmp_path / "a.csv"
    path.write_text("\n".join(text))
    check(path)
    check(path, frame_interval=0.05, pixel_size=(0.1,))
    check(path, columns={"x": "y", "y": "x"}, condition="other")


def test_perrins_own_parquet_with_errors_and_units(tmp_path: Path) -> None:
    made = simulate_fbm(
        30, 20, dt=0.1, units=Units("µm", "s"), measurement=Measurement(sigma=0.1, missing=0.2), seed=1
    ).tracks
    errors = np.random.default_rng(1).uniform(0.1, 0.2, made.positions.shape)
    with_errors = Tracks(
        made.positions, made.times, made.offsets, made.info, made.units, made.frames, errors, made.provenance
    )
    write_parquet(with_errors, tmp_path / "a.parquet")
    mine = streamed(tmp_path / "a.parquet")
    theirs = read_file(tmp_path / "a.parquet", ReadOptions())
    assert np.array_equal(mine.times, theirs.times)
    assert np.array_equal(mine.sigma, theirs.sigma)
    assert mine.info.equals(theirs.info)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2.0", "a", "-1", "", "nan", "12"]), st.integers(0, 30),
                  st.sampled_from([0.0, 1.5, -2.25, float("nan")]), st.floats(-5, 5)),
        min_size=60, max_size=140,
    )
)  # fmt: skip
def test_any_table(tmp_path_factory, cells: list) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    lines = ["track,frame,x (µm),y (µm)", *(f"{t},{f},{x},{y!r}" for t, f, x, y in cells)]
    path.write_text("\n".join(lines) + "\n")
    try:
        whole = read_file(path, ReadOptions())
    except InputError as error:
        with pytest.raises(InputError, match=str(error)[-20:].replace("(", r"\(").replace(")", r"\)")):
            streamed(path)
        return
    parts = stream_file(path, ReadOptions(), name=path.name, scratch=path.parent / "s", report=lambda _: None)
    found = list(parts)
    same_tracks = concatenate(found)
    assert same_tracks.info.equals(whole.info)
    assert np.array_equal(same_tracks.positions, whole.positions)
    assert np.array_equal(same_tracks.times, whole.times)
    assert dict(found[-1].provenance[0].ignored) == dict(whole.provenance[0].ignored)


def test_a_word_among_numbers_is_named_with_its_row(tmp_path: Path) -> None:
    text = rows().write_csv().split("\n")
    text[150] = "t3,7,oops,1.0"
    path = tmp_path / "a.csv"
    path.write_text("\n".join(text))
    with pytest.raises(InputError, match=r"row 151, column 'x': 'oops' is not a number") as told:
        streamed(path)
    with pytest.raises(InputError) as at_once:
        read_file(path, ReadOptions())
    assert str(told.value) == str(at_once.value)


@pytest.mark.parametrize("text", ['track,frame,x,y\n"1",2,3,4\n', "track frame x y\n1 2 3 4\n"])
def test_what_cannot_be_read_piece_by_piece_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text * 1 + text.split("\n")[1] * 0)
    assert stream_file(path, ReadOptions(), name="a", scratch=tmp_path / "s", report=lambda _: None) is None
