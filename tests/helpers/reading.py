"""What must hold of any file: an InputError in one line, or tracks that are sorted, finite and accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import perrin
from perrin.errors import InputError


def read_anything(path: Path, options: dict[str, object]) -> str:
    """Read `path` and check what comes; returns 'refused' or 'tracks'."""
    try:
        tracks = perrin.read(path, **options)
    except InputError as error:
        text = str(error)
        assert "\n" not in text, text
        assert text.startswith(str(path)), text
        return "refused"
    entry = tracks.provenance[0]
    assert entry.rows == tracks.n_points + sum(entry.ignored.values()), "rows are lost"
    assert np.isfinite(tracks.positions).all()
    assert np.isfinite(tracks.times).all()
    assert not tracks.info.select("source", "track").is_duplicated().any()
    if tracks.sigma is not None:
        assert (tracks.sigma >= 0).all()
    return "tracks"
