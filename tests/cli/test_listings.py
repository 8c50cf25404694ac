"""`perrin methods`, `cite` and `--help`: what there is, and where benchmarks went."""

import re
from pathlib import Path

import pytest

from perrin.estimate import METHODS
from perrin.version import __version__
from tests.helpers.results import QUICK
from tests.helpers.walks import walks, write


def test_methods_are_listed(perrin) -> None:
    told = perrin("methods")
    assert told.code == 0
    assert "exact: Exact Bayesian" in told.out
    assert "tamsd: Time-averaged" in told.out
    assert told.out.count("Limits:") == len(METHODS)


@pytest.mark.slow
def test_what_to_cite(perrin, analyze, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    analyze("a.csv", *QUICK)
    told = perrin("cite", "out")
    assert told.code == 0
    assert told.out == perrin("cite", "tamsd").out
    assert told.out.splitlines()[0] == f"perrin {__version__}"
    assert "doi:10.1016/S0006-3495(91)82125-7" in told.out
    assert "Mandelbrot" in perrin("cite").out


@pytest.mark.parametrize("words", [(), ("real",), ("real", "--data", "x", "-o", "y")])
def test_benchmarks_say_where_they_went(perrin, words: tuple[str, ...]) -> None:
    told = perrin("bench", *words)
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "perrin: this command was removed: run `python -m benchmarks NAME` in a clone of the repository\n"
    )
    assert "bench" not in perrin("--help").out


@pytest.mark.slow
def test_help_mentions_every_command(perrin) -> None:
    from perrin.cli.app import app

    told = perrin("--help")
    assert told.code == 0
    names = [command.name for command in app.registered_commands if not command.hidden]
    assert {"analyze", "info", "convert", "methods", "cite"} <= set(names)
    for name in names:
        assert re.search(rf"^  {name}  +\w", told.out, re.MULTILINE)
        own = perrin(name, "--help")
        assert own.code == 0
        assert own.out.startswith("Usage:")
