"""`perrin analyze` as it is called when all is well."""

from pathlib import Path

import pytest


@pytest.fixture
def analyze(perrin, tmp_path: Path):
    """A function that runs `perrin analyze`, expects success, and returns the folder."""

    def run(*words: object, out: str = "out") -> Path:
        result = perrin("analyze", *words, "-o", out)
        assert result.code == 0, result.err
        assert result.err == "", "something was said on stderr"
        return tmp_path / out

    return run
