"""Spoiled files of every dialect, by Hypothesis and (where it runs) by coverage-guided fuzzing, for a bounded time."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.dialects import DIALECTS, Dialect
from tests.helpers.reading import read_anything
from tests.helpers.spoiling import sound_files, spoil

ROOT = Path(__file__).parents[2]
SINGLE = [f"{d.reader}: {d.name}" for d in DIALECTS if d.reader != "geff"]


class Drawn:
    """Choices that Hypothesis makes, and can shrink."""

    def __init__(self, draw: st.DataObject) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return self._draw.draw(st.integers(low, high))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Dialect, bytes]]]:
    return sound_files(tmp_path_factory.mktemp("sound"))


@pytest.mark.parametrize("name", SINGLE)
@settings(
    max_examples=20, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(draw=st.data())
def test_a_spoiled_file_is_refused_or_accounted_for(
    name: str, draw: st.DataObject, sound: dict[str, tuple[Dialect, bytes]], tmp_path: Path
) -> None:
    dialect, data = sound[name]
    path = tmp_path / dialect.file
    path.write_bytes(spoil(data, Drawn(draw)))
    read_anything(path, dict(dialect.options))


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris has wheels for CPython 3.11 to 3.13 on Linux only",
)
def test_coverage_guided_fuzzing_finds_nothing_in_a_short_run() -> None:
    command = [sys.executable, "-m", "tests.hostile.fuzz", "--seconds", "5", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Done" in done.stderr
