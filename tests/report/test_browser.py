"""Reports as a browser shows them: everything is drawn, nothing fails, the table can be used."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from perrin.report import write_report
from perrin.result import status
from tests.helpers.browser import rendered
from tests.helpers.fakes import fake, record, rename_condition

pytestmark = pytest.mark.browser

USE_THE_TABLE = """
<script>
(function wait() {
  if (document.documentElement.dataset.ready !== "true") { setTimeout(wait, 50); return; }
  var root = document.getElementById("tracks-table"), said = {};
  function column(name) {
    var heads = Array.from(root.querySelectorAll("thead th"));
    var at = heads.findIndex(function (h) { return h.textContent.startsWith(name); });
    return { head: heads[at], cells: function () {
      return Array.from(root.querySelectorAll("tbody tr")).map(function (r) { return r.children[at].textContent; });
    } };
  }
  var alpha = column("alpha");
  alpha.head.querySelector("button").click();
  said.up = alpha.cells(); said.sort = alpha.head.getAttribute("aria-sort");
  alpha.head.querySelector("button").click();
  said.down = alpha.cells();
  root.querySelector("[data-next]").click();
  said.page = root.querySelector("[data-said]").textContent;
  var choice = root.querySelector("[data-status]");
  choice.value = Array.from(choice.options).find(function (o) { return o.textContent.startsWith("too short"); }).value;
  choice.dispatchEvent(new Event("change"));
  said.states = column("status").cells();
  choice.value = "";
  root.querySelector("[data-search]").value = "UNLIKELY7";
  root.querySelector("[data-search]").dispatchEvent(new Event("input"));
  setTimeout(function () {
    said.found = column("track").cells();
    document.body.dataset.said = JSON.stringify(said);
  }, 300);
})();
</script>
"""


def opened(folder: Path, *, extra: str = "", hostile: str | None = None, **kind: Any) -> str:
    tracks, estimates = fake(**kind)
    if hostile is not None:
        tracks, estimates = rename_condition(tracks, estimates, hostile)
    page = folder / "report.html"
    write_report(page, estimates, tracks, record(tracks, estimates))
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", extra + "</body>"), encoding="utf-8")
    return rendered(page, folder / "profile")


def check(document: str, figures: int) -> None:
    errors = re.search(r'<div id="perrin-errors"[^>]*>(.*?)</div>', document, re.DOTALL)
    assert errors is not None
    assert "hidden" in errors[0].split(">")[0], errors[1]
    assert re.search(r'<html[^>]*data-ready="true"', document)
    plots = re.findall(r'<div class="plot[^"]*"[^>]*data-figure', document)
    assert len(plots) == figures
    assert document.count('class="gl-container"') <= figures
    assert len(re.findall(r'<svg class="main-svg"[^>]*>', document)) >= figures
    assert "<canvas" not in document.split('id="plotly-code"', maxsplit=1)[0]


def test_everything_is_drawn_and_the_table_works(tmp_path: Path) -> None:
    names = [f"unlikely{i}" for i in range(120)]
    document = opened(tmp_path, n=120, conditions=("control", "drug"), names=names, extra=USE_THE_TABLE)
    check(document, figures=7)
    found = re.search(r'data-said="([^"]*)"', document)
    assert found is not None
    said = json.loads(html.unescape(found[1]))
    numbers = [float(n) for n in said["up"]]
    assert said["sort"] == "ascending"
    assert len(numbers) == 25
    assert numbers == sorted(numbers)
    assert float(said["down"][0]) > numbers[-1]
    assert said["page"] == "26 to 50 of 120 tracks"
    assert said["states"]
    assert set(said["states"]) == {"too short"}
    assert set(said["found"]) == {"unlikely7", *(f"unlikely7{i}" for i in range(10))}


def test_one_hostile_track(tmp_path: Path) -> None:
    name = "</script><script>window.onerror('harmed')</script><b onmouseover=alert(1)>%{x}"
    check(opened(tmp_path, n=1, names=[name], hostile=name, dimension=1), figures=7)


def test_nothing_to_show_is_no_error_but_an_error_is_shown(tmp_path: Path) -> None:
    document = opened(tmp_path, n=12, only=status.IMMOBILE, extra="<script>noSuchThing();</script>")
    box = re.search(r'<div id="perrin-errors"([^>]*)>(.*?)</div>', document, re.DOTALL)
    assert box is not None
    assert "hidden" not in box[1]
    assert box[2].count("<p>") == 2
    assert "noSuchThing is not defined" in box[2]
    check(document.replace(box[0], '<div id="perrin-errors" hidden=""></div>'), figures=1)
    assert "Nothing to show here" in document


def test_fifty_thousand_tracks_open(huge: Path, tmp_path: Path) -> None:
    document = rendered(huge, tmp_path / "profile")
    check(document, figures=7)
    assert "1 to 25 of 50,000 tracks" in document
