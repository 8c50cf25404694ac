"""One thing that fails in the app, or in the command behind it, takes nothing else along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perrin.app.analysis_view import AnalysisView
from tests.helpers.app import Client
from tests.helpers.tracker_files import csv

PATCH = """
from perrin.estimate.population import PopulationEstimator

def raises(*_):
    raise ValueError("injected <fault>")

PopulationEstimator.estimate = raises
"""


def analyzed(client: Client) -> dict:
    client.upload("cells.csv", csv())
    assert client.post("api/analyze", {"options": {"method": "tamsd"}})[0] == 200
    client.server.session._job.wait()
    return client.state()


@pytest.mark.slow
def test_a_side_result_that_fails_in_the_command(client: Client, tmp_path: Path, monkeypatch) -> None:
    whole = analyzed(client)
    assert whole["job"]["state"] == "done", whole["job"]
    tables = {name: client.get(f"export/{name}.parquet")[1] for name in ("points", "tracks")}
    (tmp_path / "sitecustomize.py").write_text(PATCH)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    assert client.post("api/analyze", {"options": {"method": "tamsd"}})[0] == 200
    client.server.session._job.wait()
    state = client.state()
    assert state["job"]["state"] == "done"
    assert "the population of all tracks could not be made (ValueError: injected <fault>)" in state["job"]["said"]
    assert {name: client.get(f"export/{name}.parquet")[1] for name in tables} == tables
    assert json.loads(client.get("export/run.json")[1])["problems"]
    code, figure = client.post("api/figure", {"name": "population"})
    assert code == 200
    assert "could not be made" in json.dumps(figure)
    _without_the_table_of_the_population(client)


def _without_the_table_of_the_population(client: Client) -> None:
    results = client.server.session.folder / "results"
    (results / "population.parquet").unlink()
    assert "population.parquet" in AnalysisView.open(results).population.facts.reason


@pytest.mark.parametrize("error", [ValueError("injected"), MemoryError()])
def test_an_answer_that_fails_is_one_sentence_and_the_app_goes_on(client: Client, monkeypatch, capfd, error) -> None:
    def raises(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("perrin.app.session.Session.state", raises)
        code, body, _ = client.get("api/state")
    assert code == 500
    assert "could not be computed" in json.loads(body)["error"]
    assert "Traceback" not in body.decode()
    assert "Traceback" in capfd.readouterr().err
    assert client.get("api/state")[0] == 200
