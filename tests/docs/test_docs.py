"""The documentation is true: its commands run, its Python runs, its options exist, and the site builds."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import pytest

from app.walks import csv, rows, trackmate

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md"))
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("perrin app",)  # tests/app opens it
NOT_RUN = {
    "learn.md": "learning takes minutes; tests/learn does it",
    "scale.md": "wants several machines; tests/run has a cluster",
}
"""Pages whose blocks are only held against the command line's options."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of the code blocks of a page."""
    for found in BLOCK.finditer(page.read_text("utf-8")):
        yield found[1], found[2]


def prepare(folder: Path) -> None:
    """The files that the pages speak of."""
    (folder / "tracks.csv").write_bytes(csv(tracks=6, length=40))
    (folder / "cells.xml").write_bytes(trackmate(tracks=4, length=24))
    lines = [f"{t};{f};{x:.3f};{y:.3f}".replace(".", ",") for t, f, x, y in rows(4, 24)]
    (folder / "own.csv").write_text("\n".join(["Spur;Bild;PosX;PosY", *lines, ""]), "utf-8")
    (folder / "pixels.csv").write_text(
        "\n".join(["track,frame,x,y", *(f"{t},{f},{x},{y}" for t, f, x, y in rows(4, 24))])
    )
    for number, name in enumerate(("control-1", "control-2", "drug-1", "drug-2")):
        (folder / f"{name}.csv").write_bytes(csv(tracks=4, length=24, seed=number))
    (folder / "short.csv").write_bytes(csv(tracks=30, length=4))
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 300)))
    series = "\n".join(["Close", *(f"{v:.4f}" for v in walk), ""])
    (folder / "series.csv").write_text(series)
    (folder / "sp500.csv.gz").write_bytes(gzip.compress(series.encode()))


class Viewer:
    """Stands in for napari's."""

    def add_tracks(self, data, *, properties, color_by: str, colormap: str) -> None:
        assert data.shape[1] == 4
        assert color_by in properties


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in NOT_RUN], ids=lambda page: page.name)
def test_every_block_runs(page: Path, tmp_path: Path, perrin, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    if "-o tracks.csv" in page.read_text("utf-8"):
        (tmp_path / "tracks.csv").unlink()  # the page makes its own
    monkeypatch.chdir(tmp_path)
    known = {"viewer": Viewer(), "pandas": pandas}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, page.name, "exec"), known)
        elif language == "sh":
            for line in text.strip().splitlines():
                run(line, perrin)
        else:
            assert language == "text", f"a block of {page.name} is of no language"


def run(line: str, perrin) -> None:
    words = shlex.split(line)
    if words[:2] == ["pip", "install"]:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
        wanted = re.search(r"\[(.*)\]", words[2])
        assert wanted is None or wanted[1] in extras
        return
    assert words[0] == "perrin", line
    if line.startswith(ELSEWHERE):
        return
    if words[1] == "demo":  # longer than the fixture waits on a busy machine
        subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True, timeout=900)
        return
    done = perrin(*words[1:])
    assert done.code == 0, (line, done.err)


def test_commands_and_options_in_the_text_exist() -> None:
    import typer.main

    from perrin.cli.app import app

    group = typer.main.get_command(app)
    for page in [*PAGES, ROOT / "README.md"]:
        text = page.read_text("utf-8")
        spans = re.findall(r"`(perrin [a-z][^`\n]*)`", BLOCK.sub("", text))
        if page.name in NOT_RUN:
            lines = "\n".join(block for _, block in blocks(page)).replace("\\\n", " ")
            spans += re.findall(r"^(?:\w*\$ )?(perrin [a-z].*)$", lines, re.MULTILINE)
        for span in spans:
            name, *rest = [word for word in span.split()[1:] if word not in ("…",)]
            assert name in group.commands, (page.name, span)
            command = group.commands[name]
            if hasattr(command, "commands"):
                continue
            known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
            used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
            assert used <= known | {"--help"}, (page.name, span)


def test_links_inside_the_documentation_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not target.startswith("../"):  # of the repository, not of the site
                assert (page.parent / target).exists(), (page.name, target)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert not re.search(r'(?:src|href)="https?://(?!squidfunk)', page.replace('href="https://www.mkdocs.org', ""))
    assert (tmp_path / "site" / "decisions" / "index.html").read_text("utf-8").count("<li") > 20
