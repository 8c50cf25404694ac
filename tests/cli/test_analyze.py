"""`perrin analyze`: what it writes and what it says."""

import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from perrin.result import TRACK_SCHEMA, point_schema, read_population
from perrin.version import __version__
from tests.helpers.results import QUICK, assert_same_tables, tables
from tests.helpers.walks import CALIBRATED, walks, write

EXACT = ("--no-report", "--workers", "1")


def record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_what_is_written(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(), heading=CALIBRATED)
    out = analyze("a.csv", "--frame-interval", "0.1", "--condition", "control", "--workers", "1")
    assert {p.name for p in out.iterdir()} == {
        "points.parquet",
        "tracks.parquet",
        "population.parquet",
        "run.json",
        "report.html",
    }
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "out"}
    points, tracks = tables(out)
    assert dict(points.schema) == point_schema(2)
    assert dict(tracks.schema) == dict(TRACK_SCHEMA)
    assert (points.height, tracks.height) == (96, 4)
    assert tracks["condition"].to_list() == ["control"] * 4
    assert tracks["status"].to_list() == ["ok"] * 4
    for name in ("points", "tracks"):
        about = json.loads(pl.read_parquet_metadata(out / f"{name}.parquet")["perrin"])
        assert about["method"] == "exact"
        assert (about["length_unit"], about["time_unit"]) == ("µm", "s")
        assert (about["units"]["D"], about["units"]["alpha"]) == ("µm²/s^α", "1")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!")
    assert "µm²/s" in page


def test_the_record_counts_everything(analyze, tmp_path: Path) -> None:
    rows = walks()
    rows[3] = "0,3,nan,1.0"  # a gap
    rows.append(rows[5])  # the same again
    rows.append("1,7,99,99")  # two particles under one id
    rows += [",3,1,1", ",4,1,1"]  # in no track
    rows += ["9,0,1,1", "9,1,2,2"]  # too short
    file = write(tmp_path / "a.csv", rows, heading=CALIBRATED)
    out = analyze("a.csv", "--frame-interval", "50ms", *EXACT)
    found = record(out)
    assert found["perrin"] == __version__
    assert found["command"] == "perrin analyze a.csv --frame-interval 50ms --no-report --workers 1 -o out"
    assert found["method"]["name"] == "exact"
    assert found["units"] == {"length": "µm", "time": "s"}
    assert found["options"]["frame_interval"] == 0.05
    (entry,) = found["inputs"]
    assert (entry["source"], entry["path"], entry["format"]) == ("a.csv", "a.csv", "table")
    assert entry["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    ignored = {"position_missing": 1, "duplicate_row": 1, "conflicting_row": 1, "untracked": 2}
    assert entry["ignored"] == ignored
    counts = found["counts"]
    assert counts["ignored"] == ignored
    assert counts["rows"] == len(rows) == counts["points"] + sum(ignored.values())
    assert counts["tracks"] == 5
    assert counts["gappy_tracks"] == 1
    assert counts["tracks_by_status"] == {"bad_input": 1, "ok": 3, "too_short": 1}
    assert sum(counts["points_by_status"].values()) == counts["points"]
    assert set(found["timings"]) == {
        "read", "shared error", "estimate", "gather", "tables", "population", "report"
    }  # fmt: skip
    _, tracks = tables(out)
    advice = dict(zip(tracks["track"], tracks["advice"], strict=True))
    assert "frame 7" in advice["1"]
    assert advice["9"]


@pytest.mark.parametrize("method", ["exact", "tamsd"])
def test_calibration_scales_d_and_leaves_alpha(analyze, tmp_path: Path, method: str) -> None:
    write(tmp_path / "a.csv", walks())
    raw = tables(analyze("a.csv", "--method", method, *EXACT, out="raw"))
    known = tables(analyze("a.csv", "--method", method, *EXACT, "--frame-interval", "50ms", "--pixel-size", "107nm"))
    for before, after in zip(raw, known, strict=True):
        np.testing.assert_allclose(after["alpha"], before["alpha"], rtol=1e-6)
        expected = before["D"].to_numpy() * 0.107**2 * 0.05 ** -before["alpha"].to_numpy()
        np.testing.assert_allclose(after["D"].to_numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(known[1]["D_frame"], raw[1]["D_frame"] * 0.107**2 / 0.05, rtol=1e-6)
    np.testing.assert_allclose(known[0]["t"], raw[0]["t"] * 0.05)
    np.testing.assert_allclose(known[0]["x"], raw[0]["x"] * 0.107)


def test_several_files_are_several_sources(analyze, tmp_path: Path) -> None:
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        write(tmp_path / day / "cells.csv", walks(2, seed=len(day)))
    out = analyze("monday/cells.csv", "tuesday/cells.csv", *QUICK)
    points, tracks = tables(out)
    assert tracks.select("source", "track").rows() == [
        ("monday/cells.csv", "0"), ("monday/cells.csv", "1"), ("tuesday/cells.csv", "0"), ("tuesday/cells.csv", "1"),
    ]  # fmt: skip
    assert points["source"].unique(maintain_order=True).to_list() == ["monday/cells.csv", "tuesday/cells.csv"]
    assert [entry["path"] for entry in record(out)["inputs"]] == ["monday/cells.csv", "tuesday/cells.csv"]
    assert record(out)["counts"]["sources"] == 2


def test_columns_are_chosen(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    write(tmp_path / "b.csv", walks(), heading="bead,n,right,down")
    chosen = "--columns", "track=bead,frame=n,x=right,y=down"
    assert_same_tables(analyze("a.csv", *QUICK), analyze("b.csv", *QUICK, *chosen, out="b"))


def test_one_dimensional_series(analyze, tmp_path: Path) -> None:
    steps = np.random.default_rng(2).normal(0, 0.1, 60)
    prices = np.exp(np.cumsum(steps))
    (tmp_path / "a.csv").write_text("day,price\n" + "\n".join(f"{i},{p!r}" for i, p in enumerate(prices.tolist())))
    (tmp_path / "b.csv").write_text("step\n" + "\n".join(map(repr, steps.tolist())))
    points, tracks = tables(analyze("a.csv", *QUICK, "--column", "price", "--log"))
    assert dict(points.schema) == point_schema(1)
    assert (tracks.height, points.height) == (1, 60)
    _, summed = tables(analyze("b.csv", *QUICK, "--column", "step", "--increments", out="b"))
    assert summed["n_points"][0] in (60, 61)
    units = record(tmp_path / "out")["units"]
    assert "price" in units["length"]


def test_options_of_the_methods_reach_them(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    assert record(analyze("a.csv", *QUICK, "--lags", "1-3", "--min-length", "10"))["method"]["settings"] == {
        "window": 20, "lags": [1, 2, 3], "sigma": None, "min_length": 10,
    }  # fmt: skip
    words = ("--window", "12", "--alpha", "1", "--localization-error", "0.1", "--drift", "--exposure", "0.5")
    out = analyze("a.csv", *EXACT, *words, out="all")
    settings = record(out)["method"]["settings"]
    given = {"window": 12, "alpha": 1.0, "sigma": 0.1, "drift": True, "exposure": 0.5}
    assert {name: settings[name] for name in given} == given
    points, tracks = tables(out)
    assert set(points["alpha"].drop_nulls()) == set(tracks["alpha"]) == {1.0}
    assert (points["status"] == "edge").sum() == 4 * 11


@pytest.mark.slow
def test_a_known_error_of_zero_is_not_the_unknown_error(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    _, unknown = tables(analyze("a.csv", *EXACT))
    _, none = tables(analyze("a.csv", *EXACT, "--localization-error", "0", out="none"))
    assert unknown["sigma_source"].to_list() != none["sigma_source"].to_list()
    assert set(none["sigma"].to_list()) <= {0.0, None}
    assert ((none["alpha_hi"] - none["alpha_lo"]) < (unknown["alpha_hi"] - unknown["alpha_lo"])).all()


def test_drift_is_allowed_for(analyze, tmp_path: Path) -> None:
    rows = [row.split(",") for row in walks(2, 40)]
    moving = [f"{k},{n},{float(x) + 3 * int(n)},{y}" for k, n, x, y in rows]
    write(tmp_path / "a.csv", moving)
    _, plain = tables(analyze("a.csv", *EXACT, "--localization-error", "0"))
    _, drift = tables(analyze("a.csv", *EXACT, "--localization-error", "0", "--drift", out="drift"))
    assert (plain["alpha"] > 1.4).all()
    assert (drift["alpha"] < 1.4).all()


def test_min_length_decides_what_is_too_short(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(2, 6) + walks(1, 30, first=2))
    assert tables(analyze("a.csv", *QUICK))[1]["status"].to_list() == ["too_short", "too_short", "ok"]
    assert tables(analyze("a.csv", *QUICK, "--min-length", "6", out="b"))[1]["status"].to_list() == ["ok"] * 3


def test_a_short_default_window_is_no_error(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(2, 12))
    points, tracks = tables(analyze("a.csv", *EXACT))
    assert tracks["status"].to_list() == ["ok", "ok"]
    assert "edge" not in points["status"].to_list()
    assert "ok" not in points["status"].to_list()


@pytest.mark.slow
def test_force_replaces_an_older_result_and_nothing_else(analyze, perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    write(tmp_path / "b.csv", walks(2))
    out = analyze("a.csv", *QUICK)
    assert perrin("analyze", "b.csv", "-o", "out", *QUICK).code == 2
    assert tables(out)[1].height == 4
    analyze("b.csv", *QUICK, "--force")
    assert tables(out)[1].height == 2
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "b.csv", "out"}
    (out / "notes.txt").write_text("mine")
    result = perrin("analyze", "a.csv", "-o", "out", *QUICK, "--force")
    assert result.code == 2
    assert "notes.txt" in result.err
    assert tables(out)[1].height == 2
    assert (out / "notes.txt").exists()


def test_a_failed_replacement_leaves_the_older_result(analyze, perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    out = analyze("a.csv", *QUICK)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert perrin("analyze", "nowhere.csv", "-o", "out", *QUICK, "--force").code == 2
    assert perrin("analyze", "a.csv", "-o", "out", *QUICK, "--force", largest_file=1_000).code == 2
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_folders_on_the_way_are_made(analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    assert record(analyze("a.csv", *QUICK, out="new/place/out"))["counts"]["tracks"] == 4
    assert {p.name for p in (tmp_path / "new" / "place").iterdir()} == {"out"}


def test_what_is_said_on_standard_output(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [*walks(), "9,0,1,1"], heading=CALIBRATED)
    result = perrin("analyze", "a.csv", "-o", "out", "--frame-interval", "1", *QUICK)
    assert (result.code, result.err) == (0, "")
    first, alpha, frame, where = result.out.splitlines()
    assert first == "5 tracks (4 ok, 1 too_short)"
    assert re.match(r"alpha +median [\d.]+ +\(quartiles", alpha)
    assert "µm²/s" in frame
    assert where.split() == ["tables", str((tmp_path / "out").resolve())]
    assert "\x1b" not in result.out


def written_to(terminal: int) -> bytes:
    """All that was written to a terminal whose other end is closed; one read gives no more than a page of it."""
    parts = []
    with suppress(OSError):  # so Linux says that the other end is closed
        while part := os.read(terminal, 1 << 16):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts)


@pytest.mark.slow
def test_a_progress_bar_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    write(tmp_path / "a.csv", walks())
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "perrin", "analyze", "a.csv", "-o", "out", *QUICK]
    done = subprocess.run(
        command, cwd=tmp_path, stderr=theirs, capture_output=False, stdout=subprocess.PIPE, check=True
    )
    os.close(theirs)
    shown = written_to(ours).decode()
    assert "tracks" in shown
    assert "4/4" in shown
    assert b"\x1b" not in done.stdout


@pytest.mark.slow
def test_output_survives_a_terminal_without_greek(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(), heading=CALIBRATED)
    command = [sys.executable, "-m", "perrin", "info", "a.csv"]
    surroundings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=surroundings, check=True)
    assert rb"\xb5m" in done.stdout


@pytest.mark.slow
def test_the_population_of_short_tracks_is_written(analyze, tmp_path: Path) -> None:
    """Tracks of three positions are too short one by one; together they give a distribution, and exit 0."""
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(60, 3, 2)) * np.where(np.arange(60) % 2, 0.05, 1.0)[:, None, None]
    rows = [f"{i},{j},{x},{y}" for i, path in enumerate(steps.cumsum(axis=1)) for j, (x, y) in enumerate(path.tolist())]
    (tmp_path / "a.csv").write_text("track,frame,x,y\n" + "\n".join(rows) + "\n")
    out = analyze("a.csv", "--frame-interval", "0.1", "--pixel-size", "1", "--localization-error", "0",
                  "--alpha", "1", "--focal-depth", "700nm", "--workers", "1")  # fmt: skip
    found = read_population(out)
    assert found.facts.n_used == 60
    assert found.facts.focal_depth == pytest.approx(0.7)
    assert (found.units.length, found.units.time) == ("µm", "s")
    assert found.main_modes().height == 2
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["population"]["n_used"] == 60
    assert record["options"]["focal_depth"] == pytest.approx(0.7)
    about = json.loads(pl.read_parquet_metadata(out / "population.parquet")["perrin"])
    assert about["units"]["D_frame"] == "µm²/s"


def test_a_focal_depth_that_is_none_is_refused(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(), heading=CALIBRATED)
    result = perrin("analyze", "a.csv", "--focal-depth", "0", "-o", "out")
    assert result.code == 2
    assert "--focal-depth" in result.err
