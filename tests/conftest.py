"""Helpers that stand beside the tests are importable by name."""

import sys
from pathlib import Path

for folder in ("estimate", "report"):
    sys.path.insert(0, str(Path(__file__).parent / folder))
