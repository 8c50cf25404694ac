"""What the app computes is what the command line computes, and can be stopped."""

from __future__ import annotations

import io
import json
import shlex
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from perrin.app import Server
from perrin.app.advice import advise
from perrin.errors import InputError
from tests.helpers.app import Client
from tests.helpers.forked import forks
from tests.helpers.tracker_files import csv, decimal_commas


def finished(client: Client) -> dict:
    client.server.session._job.wait()
    return client.state()["job"]


def run_as_said(commands: list[str], folder: Path) -> None:
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "perrin"
        done = forks().call(words[1:], folder)
        assert done.code == 0, done.err


@pytest.mark.slow
def test_results_are_those_of_the_command_that_is_shown(client: Client, tmp_path: Path) -> None:
    client.upload("cells.csv", decimal_commas())
    (file,) = client.state()["files"]
    assert "--columns" in file["error"]  # nobody can know that Spur is the track
    assert file["head"][0] == "Spur;Bild;x;y"
    reading = {"pixel_size": "107nm", "frame_interval": "50ms", "columns": "track=Spur,frame=Bild"}
    assert "table" in [f["name"] for f in json.loads(client.get("api/choices")[1])["formats"]]
    assert client.post("api/reading", {"options": {**reading, "format": "isbi"}})[0] == 200
    assert client.state()["files"][0]["error"]
    assert client.post("api/reading", {"options": reading})[0] == 200
    assert client.state()["files"][0]["described"]["units"] == {"length": "µm", "time": "s"}
    assert client.post("api/analyze", {"options": {"window": "12", "localization_error": "0.02"}})[0] == 200
    job = finished(client)
    assert (job["state"], job["done"], job["total"]) == ("done", 6, 6)
    state = client.state()
    assert state["commands"]["analyze"] == [
        "perrin analyze cells.csv -o results --frame-interval 50ms --pixel-size 107nm "
        "--columns track=Spur,frame=Bild --window 12 --localization-error 0.02"
    ]
    (tmp_path / "cells.csv").write_bytes(decimal_commas())
    run_as_said(state["commands"]["analyze"], tmp_path)
    for name in ("points.parquet", "tracks.parquet", "population.parquet"):
        code, body, headers = client.get(f"export/{name}")
        assert code == 200
        assert headers["Content-Disposition"].startswith("attachment")
        assert body == (tmp_path / "results" / name).read_bytes(), name
    ours, theirs = json.loads(client.get("export/run.json")[1]), json.loads((tmp_path / "results/run.json").read_text())
    for entry in ("created", "timings", "command"):
        ours.pop(entry), theirs.pop(entry)
    assert ours == theirs
    _shown_and_zipped(client, theirs)


def _shown_and_zipped(client: Client, record: dict) -> None:
    archive = zipfile.ZipFile(io.BytesIO(client.get("export/results.zip")[1]))
    names = {"results/report.html", "results/run.json", "results/points.parquet", "results/tracks.parquet"}
    assert names <= set(archive.namelist())
    assert b"<!DOCTYPE html>" in archive.read("results/report.html")[:100]
    table = json.loads(client.get("api/table")[1])
    assert table["rows"] == record["counts"]["tracks"]
    code, figure = client.post("api/figure", {"name": "map", "rows": [0, 1, 2]})
    assert code == 200
    assert len(figure["data"][0]["x"]) == 3 or figure["data"][0]["x"]["bdata"]
    assert client.post("api/figure", {"name": "map", "rows": [99]})[0] == 400
    assert client.post("api/figure", {"name": "pie"})[0] == 400
    code, body, _ = client.ask(
        "POST", f"/{client.server.token}/api/print", json.dumps({"name": "map", "format": "pdf"}).encode()
    )
    assert (code, body[:4]) == (200, b"%PDF")


@pytest.mark.slow
def test_files_with_labels_become_conditions(client: Client, tmp_path: Path) -> None:
    for name, seed in (("a.csv", 1), ("b.csv", 2)):
        client.upload(name, csv(seed=seed))
        (tmp_path / name).write_bytes(csv(seed=seed))
    for name, label in (("a.csv", "control"), ("b.csv", "drug & more")):
        assert client.post("api/label", {"name": name, "condition": label})[0] == 200
    client.post("api/analyze", {"options": {"localization_error": "0"}})
    assert finished(client)["state"] == "done"
    table = json.loads(client.get("api/table")[1])
    assert table["groups"] == ["control", "drug & more"]
    run_as_said(client.state()["commands"]["analyze"], tmp_path)
    ours = pl.read_parquet(io.BytesIO(client.get("export/tracks.parquet")[1]))
    assert ours.equals(pl.read_parquet(tmp_path / "results/tracks.parquet"))
    assert ours["condition"].unique().sort().to_list() == ["control", "drug & more"]
    assert ours["source"].unique().sort().to_list() == ["a.csv", "b.csv"]


@pytest.mark.slow
def test_files_of_one_name_have_the_sources_of_the_command_line(tmp_path: Path, monkeypatch) -> None:
    """As a person calls them in a folder: below it, beside it, by a whole path; each is another `x.csv`."""
    here = tmp_path / "here"
    names = ["x.csv", "control/x.csv", "../drug/x.csv", str(tmp_path / "far" / "x.csv"), "results/y.csv"]
    for seed, name in enumerate(names):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(csv(tracks=3, seed=seed))
    monkeypatch.chdir(here)
    for given in (names[1:4], ["x.csv", "results/y.csv"], ["x.csv", "control/x.csv"]):
        with Server([Path(name) for name in given]) as running:
            running.start()
            client = Client(running)
            assert [file["said"] for file in client.state()["files"]] == given
            client.post("api/analyze", {"options": {"localization_error": "0"}})
            assert finished(client)["state"] == "done"
            run_as_said(
                [c.replace("-o results", "-o made --force") for c in client.state()["commands"]["analyze"]], here
            )
            for name in ("points.parquet", "tracks.parquet"):
                assert client.get(f"export/{name}")[1] == (here / "made" / name).read_bytes()
            assert client.post("api/remove", {"name": client.state()["files"][0]["name"]})[0] == 200
            running.stop()
    assert all((here / name).exists() for name in names)
    with pytest.raises(InputError, match="given twice"):
        Server([Path("x.csv"), here / "x.csv"])


@pytest.mark.slow
def test_files_of_one_name_as_conditions(tmp_path: Path, monkeypatch) -> None:
    for seed, name in enumerate(("control/x.csv", "drug/x.csv")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(csv(tracks=3, seed=seed))
    monkeypatch.chdir(tmp_path)
    with Server([Path("control/x.csv"), Path("drug/x.csv")]) as running:
        running.start()
        client = Client(running)
        for file in client.state()["files"]:
            client.post("api/label", {"name": file["name"], "condition": file["name"].split("/")[0]})
        client.post("api/analyze", {"options": {"localization_error": "0"}})
        assert finished(client)["state"] == "done"
        run_as_said(client.state()["commands"]["analyze"], tmp_path)
        ours = client.get("export/tracks.parquet")[1]
        assert ours == (tmp_path / "results" / "tracks.parquet").read_bytes()
        found = pl.read_parquet(io.BytesIO(ours)).select("source", "condition").unique().sort("source")
        assert found.rows() == [("control/x.csv", "control"), ("drug/x.csv", "drug")]
        running.stop()


@pytest.mark.slow
def test_the_test_of_a_selection(client: Client) -> None:
    client.upload("a.csv", csv(tracks=3, length=40))
    client.post("api/analyze", {"options": {"localization_error": "0"}})
    assert finished(client)["state"] == "done"
    assert client.post("api/test", {"rows": [0, 2], "options": {"samples": 40}})[0] == 200
    assert finished(client)["state"] == "done"
    told = json.loads(client.get("api/test")[1])
    assert told["summary"]["tested"] == 2
    assert {row["track"] for row in told["rows"]} == {"0", "2"}
    names = zipfile.ZipFile(io.BytesIO(client.get("export/test.zip")[1])).namelist()
    assert {"test/tests.parquet", "test/report.html", "selection.parquet"} <= set(names)
    assert client.state()["commands"]["test"] == ["perrin test selection.parquet -o test --samples 40"]


@pytest.mark.slow
def test_tracks_that_cannot_be_analysed_are_shown_with_the_reason(client: Client) -> None:
    client.upload("a.csv", csv(tracks=3, length=3))
    client.post("api/analyze", {"options": {}})
    job = finished(client)
    assert job["state"] == "done"
    assert "no track could be analyzed: 3 too_short" in job["said"]
    assert json.loads(client.get("api/table")[1])["rows"] == 3


@pytest.mark.slow
def test_a_run_can_be_cancelled(client: Client) -> None:
    client.upload("long.csv", csv(tracks=40, length=1000)[:1_900_000])
    client.post("api/analyze", {"options": {"window": "50"}})
    assert client.post("api/analyze", {"options": {}})[0] == 400  # one at a time
    job = client.server.session._job
    deadline = time.monotonic() + 30
    while job.as_json()["phase"] == "starting" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.post("api/cancel")[0] == 200
    assert client.state()["job"]["state"] == "cancelled"
    assert not client.state()["analysed"]
    assert {path.name for path in client.server.folder.iterdir()} == {"long.csv"}
    assert not running_in(job._process.pid)


def running_in(group: int, patience: float = 5.0) -> set[int]:
    """Processes of a group that still run so many seconds later; the dead that init has not buried yet do not count."""
    end = time.monotonic() + patience
    while True:
        running = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(its_group) == group and state not in "ZX":
                running.add(int(stat.parent.name))
        if not running or time.monotonic() > end:
            return running
        time.sleep(0.02)


def described(**other: object) -> dict:
    return {
        "tracks": 10, "lengths": {"median": 50.0, "max": 90.0}, "units": {"length": "µm", "time": "s"},
        "localisation_errors": False, "tracks_with_gaps": 0, "dimension": 2, **other,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("about", "window", "said"),
    [
        ({}, 20, "A window of 20 positions is usual"),
        ({"lengths": {"median": 24.0, "max": 90.0}}, 12, "shows changes only roughly"),
        ({"lengths": {"median": 3.0, "max": 90.0}}, 10, "too short to be analyzed alone"),
        ({"lengths": {"median": 3.0, "max": 6.0}}, 8, "No track has 8 positions"),
        ({"units": {"length": "px", "time": "frame"}}, 20, "does not state the pixel size"),
        ({"localisation_errors": True}, 20, "states the localization error of each position"),
        ({"tracks_with_gaps": 9}, 20, "Many tracks have gaps"),
        ({"dimension": 1, "lengths": {"median": 900.0, "max": 900.0}}, 20, "coeurjolly"),
        ({"tracks": 0}, 20, "no tracks to analyze"),
    ],
)
def test_advice_comes_from_the_data(about: dict, window: int, said: str) -> None:
    advice = advise([described(**about)])
    assert advice["window"] == window
    assert said in " ".join(advice["sentences"])
