"""Helpers that stand beside the tests are importable by name; one BLAS thread a test process."""

import os
import sys
from pathlib import Path

from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# examples are slow where the machine is busy, which says nothing about them
settings.register_profile("perrin", deadline=None)
settings.load_profile("perrin")

for folder in ("estimate", "formats", "hostile", "report", "run"):
    sys.path.insert(0, str(Path(__file__).parent / folder))
