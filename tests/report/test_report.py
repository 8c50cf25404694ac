"""What a report says, and that nothing in a user's file can turn into markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import perrin
from perrin.report import write_report
from perrin.report.embed import json_block, script
from perrin.report.headline import headline, meaning, warnings
from perrin.report.listing import listing
from perrin.report.reasons import in_words
from perrin.result import Estimates, Overview, status, summarize
from perrin.simulate import simulate_fbm
from perrin.tracks import Tracks, Units
from tests.helpers.fakes import fake, record, rename_condition

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \"'"
SECTIONS = (
    "result", "read", "units", "distributions", "map", "population", "msd", "gallery", "strips", "fit", "tracks",
    "methods", "reproduce", "glossary",
)  # fmt: skip


class Page(HTMLParser):
    """The parts of a page that tests look at, as a browser would split them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.words: list[str] = []
        self._inside: str | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside = dict(attrs).get("id") or f"{tag}{len(self.tags)}"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(folder: Path, made: tuple[Tracks, Estimates], **changes: Any) -> Page:
    tracks, estimates = made
    write_report(folder / "report.html", estimates, tracks, record(tracks, estimates) | changes)
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_the_sections_come_in_order_and_are_named(tmp_path: Path) -> None:
    page = report(tmp_path, fake(30))
    sections = [a["id"] for tag, a in page.tags if tag == "section"]
    assert tuple(sections) == SECTIONS
    named = {a["id"] for _, a in page.tags if "id" in a}
    assert all(a["aria-labelledby"] in named for tag, a in page.tags if tag == "section")
    assert {tag for tag, _ in page.tags} >= {"header", "nav", "main", "footer", "h1", "caption"}
    figures = [a for _, a in page.tags if "data-figure" in a]
    assert len(figures) == 7
    assert all(a["role"] == "img" and a["aria-label"] and a["data-figure"] in page.scripts for a in figures)


def test_numbers_and_reasons_are_in_words(tmp_path: Path) -> None:
    tracks, estimates = fake(60)
    page = report(tmp_path, (tracks, estimates))
    found = summarize(estimates.tracks)
    assert f"{found['alpha']['median']:.2f}" in page.text
    assert f"of {found['n']} of 60 tracks is" in page.text
    assert "2 rows that repeat another row exactly" in page.text
    assert "3 rows that belong to no track" in page.text
    assert status.MEANING[status.TOO_SHORT] in page.text
    assert "perrin analyze cells.csv -o results --seed 0" in page.text
    assert "Van Ness" in page.text
    assert "not calibrated" not in page.text.lower()


@pytest.mark.parametrize("reason", ["untracked", "position_missing", "conflicting_row", "filtered_out"])
def test_a_known_reason_is_a_sentence(reason: str) -> None:
    assert len(in_words(reason).split()) > 4


def test_an_unknown_reason_is_still_readable() -> None:
    assert in_words("below_quality_cut") == "below quality cut"


@pytest.mark.slow
def test_uncalibrated_input_is_said_first_and_explained(tmp_path: Path) -> None:
    page = report(tmp_path, fake(20, units=Units("px", "frame")))
    assert "Not calibrated: lengths are in px, times in frame" in page.text
    assert "--pixel-size" in page.text
    assert "--frame-interval" in page.text
    half = report(tmp_path, fake(20, units=Units("µm", "frame")))
    assert "--pixel-size" not in half.text
    assert "--frame-interval" in half.text


@pytest.mark.slow
def test_hostile_names_stay_text(tmp_path: Path) -> None:
    tracks, estimates = rename_condition(*fake(40, names=[f"{HOSTILE}{i}" for i in range(40)]), HOSTILE)
    estimates = Estimates(
        estimates.points,
        estimates.tracks.with_columns(advice=pl.lit(HOSTILE), replicate=pl.col("track")),
        Units(HOSTILE, "s"),
        estimates.method,
        estimates.settings,
    )
    made = record(tracks, estimates)
    made["inputs"][0] |= {"path": HOSTILE, "format": HOSTILE, "reason": HOSTILE, "notes": [HOSTILE]}
    made["inputs"][0] |= {"columns": {"x": HOSTILE}, "unused_columns": [HOSTILE], "ignored": {HOSTILE: 1}}
    made |= {"command": HOSTILE, "created": HOSTILE, "counts": made["counts"] | {"ignored": {HOSTILE: 1}}}
    made["method"] |= {"settings": {HOSTILE: HOSTILE}, "title": HOSTILE, "citations": [HOSTILE]}
    write_report(tmp_path / "report.html", estimates, tracks, made)
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in source
    assert "<img" not in source.split('id="plotly-code"')[0]
    page, plain = Page(source), report(tmp_path, fake(40))
    assert [tag for tag, _ in page.tags].count("script") == [tag for tag, _ in plain.tags].count("script")
    assert json.loads(page.scripts["tracks-data"])["columns"][0]["values"][7] == f"{HOSTILE}7"
    gallery = json.loads(page.scripts["data-gallery"])
    assert not any("<img" in a["text"] or "<script" in a["text"] for a in gallery["layout"]["annotations"])


def test_script_blocks_cannot_be_left() -> None:
    assert json.loads(json_block(json.dumps([HOSTILE, "\u2028"]))) == [HOSTILE, "\u2028"]
    assert not set("<>&\u2028") & set(json_block(json.dumps([HOSTILE, "\u2028"], ensure_ascii=False)))
    assert "</script" not in script("a = '</script>'")


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    page = report(tmp_path, fake(30))
    for tag, attributes in page.tags:
        for name in ("src", "href", "data", "action", "srcset", "poster"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
    assert not [tag for tag, _ in page.tags if tag in ("link", "iframe", "object", "embed", "base")]
    css = next(text for name, text in page.scripts.items() if name.startswith("style"))
    assert not re.search(r"url\(|@import", css)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


@pytest.mark.slow
def test_fifty_thousand_tracks_fit_in_fifteen_megabytes(huge: Path) -> None:
    assert huge.stat().st_size < 15e6


def test_the_listing_holds_every_track_with_four_digits() -> None:
    _, estimates = fake(50, conditions=("a", None))
    found = json.loads(listing(estimates))
    columns = {c["key"]: c for c in found["columns"]}
    assert found["rows"] == 50
    assert all(len(c["values"]) == 50 for c in found["columns"])
    assert "source" not in columns
    assert columns["condition"]["levels"] == ["a"]
    assert columns["condition"]["values"][:2] == [0, -1]
    assert columns["D_frame"]["unit"] == "µm²/s"
    states = [columns["status"]["levels"][code] for code in columns["status"]["values"]]
    assert states == estimates.tracks["status"].to_list()
    given = estimates.tracks["alpha"].to_list()
    for shown, exact in zip(columns["alpha"]["values"], given, strict=True):
        assert shown is None if exact is None else shown == float(f"{exact:.4g}")


def test_columns_without_any_value_are_left_out() -> None:
    _, estimates = fake(10, bands=False)
    keys = {c["key"] for c in json.loads(listing(estimates))["columns"]}
    assert not keys & {"alpha_lo", "sigma", "fit_p"}


@pytest.mark.parametrize(
    ("alpha", "word"), [(0.4, "subdiffusive"), (0.95, "Brownian"), (1.08, "Brownian"), (1.5, "superdiffusive")]
)
def test_alpha_is_explained(alpha: float, word: str) -> None:
    assert word in meaning(alpha)


def test_one_track_speaks_of_itself() -> None:
    _, estimates = fake(1)
    said = headline(estimates, Overview.of(estimates))
    assert said[0].startswith("The track has an anomalous exponent (alpha) of")
    assert "95 % interval" in said[0]
    assert "median" not in " ".join(said)


def test_nothing_analysed_says_why(tmp_path: Path) -> None:
    page = report(tmp_path, fake(30, only=status.TOO_SHORT))
    assert "None of the 30 tracks could be analyzed: 30 too short" in page.text
    assert page.text.count("Nothing to show here: no track could be analyzed.") == 6
    assert not [a for _, a in page.tags if a.get("data-figure") not in (None, "data-msd")]


def test_no_track_at_all(tmp_path: Path) -> None:
    page = report(tmp_path, fake(0))
    assert "The input contains no tracks" in page.text
    assert "tracks-data" not in page.scripts


def test_a_bad_fit_is_a_warning_and_a_good_one_is_not() -> None:
    _, bad = fake(200, misfit=True)
    _, good = fake(200)
    assert any("does not fit well" in said for said in warnings(bad, Overview.of(bad)))
    assert warnings(good, Overview.of(good)) == []


def test_few_analysed_tracks_are_a_warning() -> None:
    _, estimates = fake(100, flawed=0.8)
    assert any(said.startswith("Only ") for said in warnings(estimates, Overview.of(estimates)))


def test_a_method_without_intervals_says_so(tmp_path: Path) -> None:
    page = report(tmp_path, fake(40, bands=False, dimension=1, units=Units("price", "frame")))
    assert "gives no intervals" in page.text
    assert "tamsd gives no goodness of fit" in page.text
    assert "price²/frame" in page.text


def test_each_condition_has_its_row(tmp_path: Path) -> None:
    page = report(tmp_path, fake(40, conditions=("control", "drug", None)))
    assert all(name in page.text for name in ("all tracks", "control", "drug", "no condition"))


def test_the_population_stands_in_the_report_with_its_warning(tmp_path: Path) -> None:
    seen = simulate_fbm(60, 6, D=np.where(np.arange(60) % 2, 0.05, 5.0), dt=0.01, units=Units("µm", "s")).tracks
    conditions = pl.Series(["a", "a", "a", "b", "b", "b"] * 10)
    cells = pl.Series([f"cell {i % 6}" for i in range(60)])
    named = replace(seen, info=seen.info.with_columns(condition=conditions, replicate=conditions + cells.str.slice(-1)))
    estimates = perrin.analyze(named, sigma=0.0)
    population = perrin.population(named, sigma=0.0, alpha=1.0, draws=5)
    write_report(tmp_path / "report.html", estimates, named, record(named, estimates), population)
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Kinds of motion" in page.text
    assert "Tracks are not particles" in page.text
    assert "mode 2" in page.text
    assert "data-population" in page.scripts
    assert "1 (given)" in page.text


@pytest.mark.slow
def test_without_a_population_the_report_says_so(tmp_path: Path) -> None:
    assert "was not estimated" in report(tmp_path, fake(30)).text
