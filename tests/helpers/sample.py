"""Random tracks that any format can hold, and what reading them back must give."""

from dataclasses import dataclass, replace

import numpy as np

from perrin.tracks import Tracks


@dataclass(frozen=True)
class Sample:
    """Tracks as plain arrays: positions in the unit a format writes, frames with gaps, and a frame interval in s."""

    ids: tuple[str, ...]
    frames: tuple[np.ndarray, ...]
    positions: tuple[np.ndarray, ...]
    interval: float
    errors: tuple[np.ndarray, ...]

    @property
    def dimension(self) -> int:
        return self.positions[0].shape[1]

    def flat(self) -> list[tuple[str, int, tuple[float, ...], tuple[float, ...]]]:
        """(id, frame, position, error) of every point, track by track."""
        return [
            (name, int(f), tuple(p.tolist()), tuple(e.tolist()))
            for name, frames, places, errors in zip(self.ids, self.frames, self.positions, self.errors, strict=True)
            for f, p, e in zip(frames, places, errors, strict=True)
        ]


def make_sample(seed: int, *, dimension: int = 2, gaps: bool = True, shortest: int = 2, zero: bool = False) -> Sample:
    """Three to five tracks of 2 to 14 points; seeds differ in everything, equal seeds agree to the bit."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 6))
    frames, positions, errors = [], [], []
    for _ in range(n):
        length = int(rng.integers(shortest, shortest + 12))
        steps = rng.integers(1, 4, length) if gaps else np.ones(length, dtype=np.int64)
        frames.append((0 if zero else int(rng.integers(0, 20))) + np.cumsum(steps) - steps[0])
        positions.append(rng.uniform(1, 100, dimension) + np.cumsum(rng.normal(0, 0.3, (length, dimension)), axis=0))
        errors.append(rng.uniform(0.01, 0.05, (length, dimension)))
    # One track has two points a frame apart, so that a file's shortest step is its frame interval.
    frames[0] = frames[0][0] + np.arange(len(frames[0]))
    interval = float(rng.choice([0.005, 0.02, 0.1, 1.5]))
    ids = tuple(str(i) for i in range(1, n + 1))
    return Sample(ids, tuple(frames), tuple(positions), interval, tuple(errors))


def renumbered(sample: Sample, first: int) -> Sample:
    """The same tracks numbered from `first`, as formats do that have no ids."""
    return replace(sample, ids=tuple(str(first + i) for i in range(len(sample.ids))))


def check_equal(
    tracks: Tracks, sample: Sample, *, length: str, time: str, factor: float = 1.0, frames: bool = True,
    errors: bool = False, tolerance: float = 0.0,
) -> None:  # fmt: skip
    """Assert that `tracks` are `sample`, its lengths times `factor` and its frames in s where `time` says so."""
    assert (tracks.units.length, tracks.units.time) == (length, time)
    found = {name: tracks[i] for i, name in enumerate(tracks.info["track"].to_list())}
    assert sorted(found) == sorted(sample.ids)
    assert not any(p.ignored for p in tracks.provenance)
    for name, at, places, error in zip(sample.ids, sample.frames, sample.positions, sample.errors, strict=True):
        one = found[name]
        np.testing.assert_allclose(one.positions, places * factor, rtol=tolerance, atol=0)
        wanted = at * (sample.interval if time == "s" else 1.0)
        np.testing.assert_allclose(one.times, wanted, rtol=1e-9, atol=1e-9 * sample.interval)
        if frames:
            assert one.frames.tolist() == at.tolist()
        if errors:
            assert one.sigma is not None
            np.testing.assert_allclose(one.sigma, error * factor, rtol=max(tolerance, 1e-15), atol=0)
        else:
            assert one.sigma is None
