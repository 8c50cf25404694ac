"""The report of `perrin test`: complete, honest, and safe against hostile names."""

import json
import re
from pathlib import Path

import pytest

from perrin.report import write_hurst_test_report
from perrin.report.hurst_test import headline
from tests.helpers.browser import rendered
from tests.helpers.hurst_tests import decisions

RECORD = {
    "perrin": "0.1.0",
    "command": "perrin test a.csv -o out",
    "created": "2026-01-15T10:20:30+00:00",
    "method": {"name": "coeurjolly", "title": "Local variations", "settings": {}, "summary": "It filters.",
               "limits": "No error bars.", "citations": ["Coeurjolly (2005)."]},
    "test": {"level": 0.05, "samples": 1000, "citations": ["Szarek et al. (2022)."]},
    "inputs": [{"source": "a<b>.csv", "path": "a<b>.csv", "sha256": "0" * 64, "notes": ["z is 0"]}],
    "counts": {"sources": 1, "rows": 2000, "points": 2000, "tracks": 40, "ignored": {"untracked": 3},
               "gappy_tracks": 0, "irregular_tracks": 0, "tracks_by_status": {"ok": 40}},
    "units": {"length": "µm", "time": "s"},
    "timings": {"test": 1.5},
    "seed": 0,
}  # fmt: skip


def test_the_page_shows_everything(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_hurst_test_report(path, decisions(40), RECORD)
    page = path.read_text(encoding="utf-8")
    assert "a<b>.csv" not in page
    assert "&lt;b&gt;" in page
    for key in ("p_values", "bands", "band_shares"):
        block = re.search(rf'id="data-{key}">(.*?)</script>', page, re.DOTALL)
        assert json.loads(block[1])["data"]
    table = json.loads(re.search(r'id="tracks-data">(.*?)</script>', page, re.DOTALL)[1])
    assert table["rows"] == 40
    assert "H changes" in [c["title"] for c in table["columns"]]
    assert "src=" not in page.split("plotly-code")[0]


@pytest.mark.browser
def test_it_runs_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_hurst_test_report(path, decisions(8), RECORD)
    document = rendered(path, tmp_path / "profile")
    assert 'data-ready="true"' in document
    assert re.search(r'id="perrin-errors"[^>]*hidden', document)
    assert document.count("main-svg") >= 3


def test_the_headline_counts_and_warns() -> None:
    found = decisions(40)
    said = " ".join(headline(found))
    changing = int(found.tests["changes"].sum())
    assert changing
    assert f"changes along {changing} of the tested tracks" in said
    assert "not calibrated" in said
    assert "None of the 0 tracks" in " ".join(headline(decisions(0)))
