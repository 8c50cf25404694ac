"""What a benchmark leaves on disk."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

from benchmarks import __main__ as command
from benchmarks.record import read_result, write_figure, write_result
from perrin.errors import InputError


def test_results_come_back_as_written(tmp_path: Path) -> None:
    result = {"command": "python -m benchmarks x", "α": [1.5, None], "met": True}
    assert write_result("x", result, tmp_path / "new") == tmp_path / "new" / "x.json"
    assert read_result("x", tmp_path / "new") == result
    with pytest.raises(InputError, match=r"y\.json: is not there. Run: python -m benchmarks y"):
        read_result("y", tmp_path)


@pytest.mark.slow
def test_a_figure_is_drawn_the_same_twice(tmp_path: Path) -> None:
    traces = [go.Scatter(x=[1, 2], y=[2, 1], name="ours"), go.Heatmap(z=[[1, 2], [3, 4]], xaxis="x2")]
    figure = go.Figure(traces, layout={"height": 300, "xaxis": {"title": "α"}})
    first = write_figure("x", figure, tmp_path).read_bytes()
    assert write_figure("x-again", figure, tmp_path).read_bytes() == first
    root = ElementTree.fromstring(first.decode())
    assert (root.get("width"), root.get("height")) == ("960", "300")
    assert "α" in "".join(root.itertext())


def test_numbers_outlive_figures_that_cannot_be_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = ModuleType("measured")
    module.run = lambda data: {"folder": data.name}
    module.figures = lambda result: {"fake": go.Figure(layout={"title": result["folder"]})}
    monkeypatch.setattr(command, "BENCHMARKS", {"fake": ("measured", "nothing")})
    monkeypatch.setattr(command, "load", lambda _: module)
    monkeypatch.setattr(go.Figure, "to_image", _without_kaleido)
    with pytest.raises(InputError, match="the numbers are written"):
        command.benchmark("fake", data=Path("d"), out=tmp_path)
    assert read_result("fake", tmp_path) == {"folder": "d"}

    monkeypatch.setattr(go.Figure, "to_image", lambda figure, **_: f"<svg>{figure.layout.title.text}</svg>".encode())
    command.benchmark("fake", data=Path("other"), out=tmp_path, redraw=True)
    assert (tmp_path / "fake.svg").read_text() == "<svg>d</svg>\n"
    assert capsys.readouterr().out == f"written to {tmp_path / 'fake.svg'}\n"


def _without_kaleido(*_: object, **__: object) -> bytes:
    raise ValueError("Image export using the 'kaleido' engine requires the Kaleido package")
