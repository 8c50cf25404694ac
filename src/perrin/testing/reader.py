"""What every reader owes its users, as one call."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from perrin.tracks.assemble import assemble
from perrin.tracks.model import Tracks
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions


def check_reader(reader: Reader, path: str | Path, options: ReadOptions | None = None) -> Tracks:
    """Check `reader` against a file of its own format, and return the tracks in it.

    The reader must recognise the file and say why; its tracks must be sorted and finite; every row must be a
    point or be counted by reason; and reading again must give the same.

    Raises:
        AssertionError: naming what the reader owes.
    """
    chosen = options or ReadOptions()
    reason = reader.sniff(Source(path))
    assert reason, f"{reader.name} does not recognize {path}"
    assert reader.name, f"{type(reader).__name__} has no name"
    assert reader.title, f"{type(reader).__name__} has no title"
    tracks = _read(reader, path, chosen)
    _check_sorted(tracks)
    for entry in tracks.provenance:
        counted = tracks.n_points + sum(entry.ignored.values())
        assert entry.rows == counted, f"{entry.rows} rows, but {counted} points and ignored rows: {entry.ignored}"
        assert entry.format == reader.name, f"format is {entry.format}, not {reader.name}"
        assert all(count > 0 for count in entry.ignored.values()), f"ignored has empty counts: {entry.ignored}"
    check_same(tracks, _read(reader, path, chosen))
    return tracks


def check_same(first: Tracks, second: Tracks, *, exact: bool = True) -> None:
    """Check that two sets of tracks are equal in all but provenance; `exact` down to the last bit.

    Raises:
        AssertionError: naming what differs.
    """
    tolerance = 0.0 if exact else 1e-9
    assert first.info.equals(second.info), f"info differs: {first.info} and {second.info}"
    assert first.units == second.units, f"units differ: {first.units} and {second.units}"
    assert np.array_equal(first.offsets, second.offsets), "lengths differ"
    assert np.array_equal(first.frames, second.frames), "frames differ"
    assert first.positions.shape == second.positions.shape, "dimensions differ"
    np.testing.assert_allclose(first.positions, second.positions, rtol=tolerance, atol=0, err_msg="positions differ")
    np.testing.assert_allclose(first.times, second.times, rtol=tolerance, atol=tolerance, err_msg="times differ")
    assert (first.sigma is None) == (second.sigma is None), "only one states localization errors"
    if first.sigma is not None and second.sigma is not None:
        np.testing.assert_allclose(first.sigma, second.sigma, rtol=tolerance, atol=0, err_msg="errors differ")


def _read(reader: Reader, path: str | Path, options: ReadOptions) -> Tracks:
    source = Source(path)
    table = reader.read(source, options)
    return assemble(table, options, source=source.name, format_name=reader.name, reason="", file=source.path)


def _check_sorted(tracks: Tracks) -> None:
    owner = np.repeat(np.arange(len(tracks)), tracks.lengths)
    rising = (np.diff(tracks.times) > 0) | (np.diff(owner) > 0)
    assert rising.all(), "times do not rise within each track"
    assert np.isfinite(tracks.positions).all(), "positions are not finite"
    assert not tracks.info.select("source", "track").is_duplicated().any(), "two tracks share an id"
