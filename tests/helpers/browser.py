"""A headless Chromium, for tests that open a report."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--mute-audio",
)  # fmt: skip


def rendered(page: Path, profile: Path) -> str:
    """The document as it stands after its scripts have run."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("no Chromium to open the report with; install it: apt-get install chromium (make test does)")
    command = [program, *_QUIET, f"--user-data-dir={profile}", "--virtual-time-budget=20000", "--window-size=1280,1000"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, check=True, timeout=120, encoding="utf-8"
    )
    return done.stdout
