"""The documentation is true: its commands run, its Python runs, its options exist, and the site builds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pandas
import pytest

import perrin
from perrin import figures
from tests.helpers.pages import PAGES, ROOT, Shell, blocks, not_run, prepare, spans

pytestmark = pytest.mark.docs

DOCS = ROOT / "docs"
SPOKEN = {
    "perrin info FILE": "info tracks.csv",
    "perrin analyze FILE… -o DIR": "analyze control-1.csv drug-1.csv -o made",
    "perrin analyze -o DIR": "analyze tracks.csv -o DIR",
    "perrin analyze --condition": "analyze tracks.csv -o labeled --condition control",
    "perrin test FILE… -o DIR": "test tracks.csv -o test --samples 50",
    "perrin test --method mfbm-net": "test tracks.csv -o net --samples 50 --method mfbm-net",
    "perrin figure NAME DIR -o FILE": "figure map DIR -o map.svg",
    "perrin figure strips DIR --test DIR": "figure strips DIR --test test -o strips.svg",
    "perrin analyze control/x.csv drug/x.csv": "analyze control/x.csv drug/x.csv -o same",
    "perrin convert --source NAME": "convert control/x.csv x.parquet --source control/x.csv",
    "perrin convert IN OUT": "convert tracks.csv OUT.parquet",
    "perrin convert DIR OUT": "convert DIR OUT.csv",
    "perrin learn TRACKS… --target class -o MODEL.onnx": "learn actin.csv glycerol.csv --target class -o MODEL.onnx",
    "perrin analyze --method MODEL.onnx": "analyze other.csv -o learned --method MODEL.onnx",
    "perrin fingerprint FILE… -o DIR": "fingerprint actin.csv glycerol.csv -o fingerprints",
    "perrin simulate fbm -o FILE": "simulate fbm -o fbm.csv",
    "perrin simulate mfbm": "simulate mfbm -o mfbm.csv --length 64",
    "perrin simulate andi": "simulate andi -o andi.csv",
}
"""How commands of the running text are run, whose FILE and DIR stand for something; in this order."""
NAMED = {
    "perrin app FILE": "tests/app opens it",
    "perrin app FILE…": "tests/app opens it",
    "perrin train RECIPE": "hours; tests/train runs the loop, and the recipe is there",
}
"""Commands of the running text that are not run, and why; what stands behind them is looked up."""


@pytest.fixture
def shell(perrin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    running = Shell(perrin, tmp_path)
    yield running
    running.close()


class Viewer:
    """Stands in for napari's."""

    def add_tracks(self, data, *, properties, color_by: str, colormap: str) -> None:
        assert data.shape[1] == 4
        assert color_by in properties


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_runs(page: Path, shell: Shell) -> None:
    if "-o tracks.csv" in page.read_text("utf-8"):
        Path("tracks.csv").unlink()  # the page makes its own
    known = {"viewer": Viewer(), "pandas": pandas}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, page.name, "exec"), known)
        elif language == "sh":
            for line in text.strip().splitlines():
                shell.run(line)
        else:
            assert language in ("text", "toml"), f"a block of {page.name} is of no language"
    if page.name == "README.md":
        assert "perrin.analyze(tracks, method=&#39;exact&#39;" in Path("report.html").read_text("utf-8")


def test_few_lines_are_not_run() -> None:
    lines = [
        line for page in PAGES for language, text in blocks(page) if language == "sh" for line in text.splitlines()
    ]
    left = [line for line in lines if not_run(line)]
    assert len(left) == 8, left
    assert len(lines) > 50


def test_commands_in_the_running_text_run(shell: Shell) -> None:
    every = {
        span for page in [*PAGES, *DOCS.glob("decisions/*.md")] for span in spans(page) if span.startswith("perrin ")
    }
    plain = {span for span in every if re.fullmatch(r"perrin [a-z]+", span)}
    for command in sorted(plain):
        assert shell.perrin(*command.split()[1:], "--help").code == 0, command
    rest = every - plain
    assert set(SPOKEN) <= rest, "of a command that no page speaks of any more"
    for words in SPOKEN.values():
        shell.run(f"perrin {words}")
    for span in rest - set(SPOKEN) - set(NAMED):
        assert _is_there(*span.split()[1:3]), f"say how {span!r} is to be run"


def _is_there(command: str, name: str) -> bool:
    """A recipe of that name, which is not run here."""
    recipe = files("perrin.train").joinpath("recipes", f"{name}.toml")
    return command == "train" and recipe.is_file()


def test_benchmarks_in_the_running_text_exist() -> None:
    import typer.main

    from benchmarks import BENCHMARKS
    from benchmarks.__main__ import app

    options = {option for param in typer.main.get_command(app).params for option in param.opts}
    pages = [*PAGES, *DOCS.glob("decisions/*.md"), ROOT / "benchmarks" / "README.md"]
    every = {span for page in pages for span in spans(page) if span.startswith("python -m benchmarks ")}
    assert len(every) > 10
    for name, *words in (span.split()[3:] for span in every):
        assert name in {*BENCHMARKS, "NAME"}
        assert {word for word in words if word.startswith("-")} <= options


def test_the_api_is_all_there() -> None:
    named = set(re.findall(r"^::: [\w.]+\.(\w+)$", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE))
    public = {name for name in perrin.__all__ if not isinstance(getattr(perrin, name), ModuleType)}
    assert (public | {*figures.__all__}) - {"__version__"} <= named


def test_options_in_the_running_text_exist() -> None:
    import typer.main

    from perrin.cli.app import app

    commands = dict(typer.main.get_command(app).commands)
    commands.update({f"simulate {name}": kind for name, kind in commands.pop("simulate").commands.items()})
    known = {
        name: {o for p in command.params for o in p.opts + p.secondary_opts} | {"--help"}
        for name, command in commands.items()
    }
    for page in PAGES:
        for span in spans(page):
            found = re.match(r"perrin ((?:simulate )?[a-z]+)", span)
            options = {word.partition("=")[0] for word in span.split() if re.match(r"--?[a-zA-Z]", word)}
            if found and found[1] in known:
                assert options <= known[found[1]], (page.name, span)
            elif span.startswith("--"):
                assert any(options <= some for some in known.values()), (page.name, span)


def test_links_inside_the_documentation_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_site_builds_without_a_warning_and_is_whole(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    page = (site / "index.html").read_text("utf-8")
    assert not re.search(r'(?:src|href)="https?://(?!squidfunk)', page.replace('href="https://www.mkdocs.org', ""))
    assert (site / "decisions" / "index.html").read_text("utf-8").count("<tr") > 40
    for made in site.rglob("*.html"):
        for target in re.findall(r'(?:src|href)="([^"#?:]+)[#?"]', made.read_text("utf-8")):
            root = site if target.startswith("/") else made.parent
            assert (root / unquote(target).lstrip("/")).exists(), (made.relative_to(site), target)
