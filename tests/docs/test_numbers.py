"""The numbers of the pages are those of the benchmarks."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture
def numbers(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "numbers"))
    for name in ("scale", "tandem", "numbers_of_pages"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("numbers_of_pages", ROOT / "docs" / "numbers" / "__main__.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def result() -> dict:
    parts = ("read", "shared error", "estimate", "gather", "tables", "population", "report")
    cells = [
        {"tracks": n, "workers": w, "seconds": n / 1000, "tracks a second": 1000, "peak megabytes": 700,
         "parts": {name: 2.0 + n * 1e-6 * (600 if name == "estimate" else 10) for name in parts}}
        for n in (1000, 100_000) for w in (1, 2)
    ]  # fmt: skip
    line = {"seconds at the start": 2.0, "microseconds a track": 630.0, "seconds bounded by samples, at most": 6.0}
    claims = [{"what": "this", "asked": 0.45, "measured": 0.5, "met": False}]
    return {"claims": claims, "cells": cells, "lines": {"1": line, "2": line},
            "text": {"points": 1, "megabytes of the file": 2.0, "seconds": 3.0},
            "surroundings": {"cores": 2, "processor": "one", "perrin": "0"}}  # fmt: skip


def test_numbers_go_between_the_marks(numbers) -> None:
    text, blocks = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8"), import_module("scale").BLOCKS
    page = numbers.filled(text, blocks, result())
    assert "| this | at most 0.45 | 0.5 (not met) |" in page
    assert "| estimating | workers | 600.0 | 166.7 h | 2.6 h |" in page
    assert "from about 31 cores on" in page
    assert numbers.filled(page, blocks, result()) == page


@pytest.mark.parametrize("name", ["scale.md", "which-estimator.md"])
def test_the_page_has_what_was_measured(numbers, name) -> None:
    source, blocks = numbers.PAGES[name]
    if not (RESULTS / source).exists():
        pytest.skip(f"{source} has not been measured")
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    for mark in blocks:
        assert f"<!-- {mark}: " in text
    assert numbers.filled(text, blocks, json.loads((RESULTS / source).read_text(encoding="utf-8"))) == text
