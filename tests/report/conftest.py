from __future__ import annotations

from pathlib import Path

import pytest

from perrin.report import write_report
from tests.helpers.fakes import fake, record


@pytest.fixture(scope="session")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 50,000 tracks."""
    path = tmp_path_factory.mktemp("report") / "huge.html"
    tracks, estimates = fake(50_000, length=16)
    write_report(path, estimates, tracks, record(tracks, estimates))
    return path
