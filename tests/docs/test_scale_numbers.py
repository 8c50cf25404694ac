"""The numbers of docs/scale.md are those of benchmarks/scale.json."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def numbers():
    spec = importlib.util.spec_from_file_location("scale_numbers", ROOT / "docs" / "scale_numbers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def result() -> dict:
    parts = ("read", "shared error", "estimate", "gather", "tables", "population", "report")
    cells = [
        {"tracks": n, "workers": w, "seconds": n / 1000, "tracks a second": 1000, "peak megabytes": 700,
         "parts": {name: 2.0 + n * 1e-6 * (600 if name == "estimate" else 10) for name in parts}}
        for n in (1000, 100_000) for w in (1, 2)
    ]  # fmt: skip
    line = {"seconds at the start": 2.0, "microseconds a track": 630.0}
    claims = [{"what": "this", "asked": 0.45, "measured": 0.5, "met": False}]
    return {"claims": claims, "cells": cells, "lines": {"1": line, "2": line},
            "text": {"points": 1, "megabytes of the file": 2.0, "seconds": 3.0},
            "surroundings": {"cores": 2, "processor": "one", "perrin": "0"}}  # fmt: skip


def test_numbers_go_between_the_marks(numbers) -> None:
    page = numbers.page(numbers.PAGE.read_text(encoding="utf-8"), result())
    assert "| this | at most 0.45 | 0.5 (not met) |" in page
    assert "| estimating | workers | 600.0 | 166.7 h | 2.6 h |" in page
    assert "from about 30 cores on" in page
    assert numbers.page(page, result()) == page


def test_the_page_has_what_was_measured(numbers) -> None:
    if not numbers.RESULT.exists():
        pytest.skip("perrin bench scale has not been run")
    text = numbers.PAGE.read_text(encoding="utf-8")
    assert numbers.page(text, json.loads(numbers.RESULT.read_text(encoding="utf-8"))) == text
