"""The app as a person meets it, in a real Chromium; nothing that the page asks for is outside this machine."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from perrin.app import Server
from perrin.app.session import RESULTS
from perrin.result import Population, PopulationFacts
from tests.helpers.fakes import fake
from tests.helpers.tracker_files import PNG, decimal_commas, trackmate

pytestmark = pytest.mark.browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
)  # fmt: skip
_HOSTILE = "<img src=x onerror=\"document.title='gotcha'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("no Chromium to open the app with; install it: apt-get install chromium (make test does)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield running
        running.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The open app; afterwards nothing may have failed in it, and nothing may have been asked of others."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    asked: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.goto(server.url)
    opened.wait_for_selector("html[data-ready=true]")
    yield opened
    context.close()
    assert {urlsplit(url).netloc for url in asked if url.startswith("http")} == {f"127.0.0.1:{server.port}"}
    assert not [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))]
    assert not [text for text in wrong if "400 (Bad Request)" not in text]


def drop(page: Page, name: str, content: bytes) -> None:
    page.set_input_files("#choose", {"name": name, "mimeType": "application/octet-stream", "buffer": content})


def analyse(page: Page) -> None:
    page.click("#to-method")
    page.click("#analyse")
    page.wait_for_selector("#progress")
    page.wait_for_selector("#explore:not([hidden])", timeout=60_000)


def drag(page: Page, view: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator(view).bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=3)
    page.mouse.up()


def selected(page: Page) -> int:
    return int(re.match(r"([\d,]+) of", page.inner_text("#said"))[1].replace(",", ""))


def test_a_trackmate_file_from_drop_to_export(page: Page, server: Server, tmp_path: Path) -> None:
    drop(page, "cells.xml", trackmate(tracks=8, length=40))
    facts = page.locator(".card .facts")
    facts.wait_for()
    said = facts.inner_text()
    assert "trackmate-xml: root element TrackMate, version 7.11.1" in said
    assert re.search(r"8 in 2-D, 320 positions; lengths 40 to 40", said)
    assert "in µm (in the file: micron)" in said
    analyse(page)
    assert "8 of 8 tracks estimated" in page.inner_text("#headline")
    assert selected(page) == 0
    drag(page, "#map", (0.0, 0.0), (1.0, 1.0))
    assert selected(page) == 8
    drag(page, "#scatter", (0.0, 0.0), (0.5, 1.0))
    some = selected(page)
    assert 0 < some < 8
    assert page.locator('#table tr[aria-selected="true"]').count() == some
    page.locator("#strips .main-svg").first.wait_for()
    page.select_option("#more [name=name]", "msd")
    page.click("#more button[type=submit]")
    page.locator("#figure .main-svg").first.wait_for()
    with page.expect_download() as print_:
        page.click("[data-print=pdf]")
    assert Path(print_.value.path()).read_bytes().startswith(b"%PDF")
    with page.expect_download() as saved:
        page.click("text=tracks.parquet")
    assert Path(saved.value.path()).read_bytes() == (server.folder / RESULTS / "tracks.parquet").read_bytes()
    assert page.inner_text("#command") == "perrin analyze cells.xml -o results --method exact --window 20"
    page.click("#clear")
    page.click("#test")
    page.wait_for_selector("#tested:not([hidden])", timeout=60_000)
    assert "8 tracks tested" in page.inner_text("#tested-said")
    page.locator("#bands .main-svg, #bands p").first.wait_for()


def test_a_table_with_decimal_commas_is_corrected_before_anything_is_computed(page: Page) -> None:
    drop(page, "Zellen.csv", decimal_commas(tracks=5, length=24))
    page.wait_for_selector(".card.wrong")
    assert "--columns" in page.inner_text(".card")
    assert "Spur;Bild;x;y" in page.inner_text(".card pre")
    assert page.locator('[data-step="method"]').is_disabled()
    for role, name in (("track", "Spur"), ("frame", "Bild")):
        page.select_option(f'select[data-role="{role}"]', name)
    page.click("#reading button[type=submit]")
    page.locator(".card .facts").wait_for()
    assert "Enter the pixel size; otherwise lengths stay in pixels." in page.inner_text(".card")
    assert page.locator("#settings .length").all_text_contents() == ["px", "px"]
    page.fill("[name=pixel_size]", "107nm")
    page.fill("[name=frame_interval]", "0.05")
    page.click("#reading button[type=submit]")
    page.locator(".card dd", has_text="in µm (in the file: not stated)").wait_for()
    assert page.input_value('select[data-role="track"]') == "Spur"
    assert page.locator("#settings .length").all_text_contents() == ["µm", "µm"]
    analyse(page)
    assert "5 of 5 tracks estimated" in page.inner_text("#headline")
    assert "--frame-interval 0.05 --pixel-size 107nm --columns track=Spur,frame=Bild" in page.inner_text("#command")


def test_a_hopeless_file_is_said_to_be_one(page: Page) -> None:
    drop(page, "<b>picture</b>.png", PNG)
    page.wait_for_selector(".card.wrong")
    said = page.inner_text(".card")
    assert "_b_picture" in said or "picture" in said
    assert "which perrin does not read" in said
    assert page.locator("#to-method").is_disabled()
    page.click(".card button")
    page.locator(".card").wait_for(state="detached")
    page.click("#example")
    page.locator(".card .facts").wait_for()
    assert "96 in 2-D, 11,591 positions" in page.inner_text(".card")


def result_of(server: Server, page: Page, **kind) -> None:
    """Open a made-up result, without computing it."""
    tracks, estimates = fake(**kind)
    folder = server.folder / RESULTS
    folder.mkdir()
    estimates.write(folder)
    Population.none(PopulationFacts(reason="It was not estimated."), tracks.units).write(folder)
    (folder / "run.json").write_text(json.dumps({"command": "perrin analyze"}))
    server.session._commands = {"analyze": ["perrin analyze"]}
    server.session._open_results()
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    page.locator("#strips .main-svg").first.wait_for()


def test_ten_thousand_tracks_stay_fluid(page: Page, server: Server) -> None:
    result_of(server, page, n=10_000, length=100)
    page.evaluate("window.scrollTo(0, 0)")
    took = []
    for view, start, end in (
        ("#map", (0.1, 0.1), (0.4, 0.4)), ("#map", (0.01, 0.01), (0.99, 0.99)), ("#scatter", (0.3, 0.1), (0.7, 0.9)),
        ("#map", (0.3, 0.3), (0.9, 0.9)),
    ):  # fmt: skip
        page.evaluate("delete document.documentElement.dataset.selectionMs")
        drag(page, view, start, end)
        page.wait_for_selector("html[data-selection-ms]")
        took.append(float(page.evaluate("document.documentElement.dataset.selectionMs")))
        assert selected(page) > 100
    assert sorted(took)[1] < 300, took  # on a busy machine one of them may wait for others
    page.fill("[name=search]", "fewer than 8")
    page.locator("#said", has_text="filtered out").wait_for()
    assert page.locator("#table tbody tr[data-row]").count() < 60


def test_by_keyboard_and_by_ear(page: Page, server: Server) -> None:
    result_of(server, page, n=40, names=[_HOSTILE, *map(str, range(1, 40))], conditions=("a", _HOSTILE))
    assert page.title() == "perrin"
    assert page.locator("img").count() == 0
    assert _HOSTILE in page.inner_text("#table")
    page.locator("#table tbody tr[data-row]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert selected(page) == 2
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    page.keyboard.press("Escape")
    assert selected(page) == 0
    page.focus("#map")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "41"
    assert page.get_by_role("status").filter(has_text="0 of 40 tracks selected").count() == 1
    reached = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(70):  # Tab leads to everything and is held by nothing
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(e => e.id || e.name || e.closest('[id]')?.id)(document.activeElement)"))
    assert {"theme", "search", "a_hi", "select-all", "test", "colour", "map", "map-fit", "scatter", "table"} <= reached
    assert {"more", "command", "copy"} <= reached
    heard = page.locator("body").aria_snapshot()
    for role in ('application "Map of the tracks', 'application "alpha against D_frame', 'searchbox "Search"',
                 'figure "Map of the tracks"', 'button "Does H change? Test"', "grid ", "status:"):  # fmt: skip
        assert role in heard, role
    unnamed = page.evaluate("""() => [...document.querySelectorAll("button, input, select, canvas, a")].filter((e) =>
      !e.closest("[hidden]") && !(e.labels?.length || e.getAttribute("aria-label") || e.textContent.trim())
    ).map((e) => e.outerHTML)""")
    assert unnamed == []


def test_it_fits_the_screen_in_light_and_dark(page: Page, server: Server) -> None:
    result_of(server, page, n=30, conditions=("a", "b"))
    for width, height in ((1280, 900), (820, 1180)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    colours = []
    for _ in range(2):
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.click("#theme")
    assert set(colours) == {"rgb(255, 255, 255)", "rgb(21, 25, 29)"}
