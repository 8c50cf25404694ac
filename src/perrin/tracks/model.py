"""`Tracks`: what was seen. Frozen, ragged, sorted by (track, time); gaps are simply times that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.units import Units
from perrin.types import FloatArray, IntArray

AXES: Final[tuple[str, ...]] = ("x", "y", "z")
NO_FRAME: Final = int(np.iinfo(np.int64).min)
"""Stands for a missing frame number inside `Tracks.frames`; tables show it as null."""

INFO_SCHEMA: Final = {
    "source": pl.String,
    "condition": pl.String,
    "replicate": pl.String,
    "track": pl.String,
    "parent": pl.String,
    "flaw": pl.String,
}


@final
@dataclass(frozen=True, slots=True)
class Provenance:
    """Where tracks came from and what happened to the rows on the way: nothing is lost, all is counted."""

    source: str
    format: str = "memory"
    reason: str = ""
    sha256: str = ""
    rows: int = 0
    length_unit: str | None = None
    time_unit: str | None = None
    frame_interval: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    unused_columns: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@final
@dataclass(frozen=True, eq=False)
class Tracks:
    """An immutable set of single-particle tracks.

    Attributes:
        positions: (n_points, d) coordinates in `units.length`, d = 1 to 3.
        times: (n_points,) in `units.time`, strictly increasing within a track.
        offsets: (n_tracks + 1,); track i is rows offsets[i] to offsets[i + 1].
        info: one row a track: source, condition, replicate, track (its id), parent, and `flaw`, the reason
            why the track cannot be used (null for a sound one).
        units: of positions and times.
        frames: (n_points,) frame numbers, NO_FRAME where the source has none.
        sigma: (n_points, d) localisation error of each coordinate, or None where the source states none.
        provenance: one entry a source.
    """

    positions: FloatArray
    times: FloatArray
    offsets: IntArray
    info: pl.DataFrame
    units: Units
    frames: IntArray
    sigma: FloatArray | None = None
    provenance: tuple[Provenance, ...] = ()

    def __post_init__(self) -> None:
        n, m = len(self.times), len(self.offsets) - 1
        if self.positions.ndim != 2 or not 1 <= self.positions.shape[1] <= 3:
            raise InputError(f"positions have shape {self.positions.shape}", remedy="Give (points, 1 to 3 axes).")
        if self.positions.shape[0] != n or len(self.frames) != n or self.info.height != m or self.offsets[-1] != n:
            raise InputError("positions, times, frames and offsets do not have matching lengths")
        steps = np.diff(self.times)
        if n:
            borders = self.offsets[1:-1]
            steps[borders[(borders > 0) & (borders < n)] - 1] = 1.0
        if not (np.isfinite(self.positions).all() and np.isfinite(self.times).all() and (steps > 0).all()):
            raise InputError(
                "positions and times must be finite, and times must increase within a track",
                remedy="perrin.read cleans such input and counts the rows that it excludes.",
            )
        if self.sigma is not None:
            self._check_sigma(self.sigma)
        for array in (self.positions, self.times, self.offsets, self.frames, self.sigma):
            if array is not None:
                array.flags.writeable = False

    def _check_sigma(self, sigma: FloatArray) -> None:
        if sigma.shape != self.positions.shape:
            raise InputError(
                f"localization errors have shape {sigma.shape}, positions {self.positions.shape}",
                remedy="Give one error per coordinate.",
            )
        if not (sigma >= 0).all() or np.isinf(sigma).any():
            raise InputError(
                "a localization error is missing, negative or infinite", remedy="Give 0 or a positive number for each."
            )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        return (
            f"Tracks({len(self):,} tracks, {self.n_points:,} points, {self.dimension}-D, "
            f"{self.units.length}, {self.units.time})"
        )

    @property
    def n_points(self) -> int:
        """Number of accepted observations in all tracks."""
        return len(self.times)

    @property
    def dimension(self) -> int:
        """Number of axes, 1 to 3."""
        return int(self.positions.shape[1])

    @property
    def lengths(self) -> IntArray:
        """(n_tracks,) number of positions of each track."""
        return np.diff(self.offsets)

    @classmethod
    def from_arrays(
        cls,
        positions: Sequence[FloatArray],
        *,
        times: Sequence[FloatArray] | None = None,
        interval: float = 1.0,
        ids: Sequence[str] | None = None,
        units: Units | None = None,
        sigma: Sequence[FloatArray] | None = None,
        source: str = "memory",
    ) -> Tracks:
        """Tracks from one (n, d) array a track; without `times`, frames 0, 1, … are `interval` apart.

        An array (n,) is n positions along one axis. `sigma` has the shape of the positions.

        Raises InputError when shapes disagree, a number is not finite, or times do not increase.
        """
        arrays = [_as_points(p) for p in positions]
        if len({a.shape[1:] for a in arrays}) > 1:
            raise InputError(
                "tracks have different numbers of axes", remedy="Give tracks of different dimensions separately."
            )
        lengths = np.array([len(p) for p in arrays], dtype=np.int64)
        if times is None:
            frames = np.concatenate([np.arange(n) for n in lengths] or [np.zeros(0)]).astype(np.int64)
            stamps = frames.astype(np.float64) * interval
        else:
            stamps = np.concatenate([np.asarray(t, dtype=np.float64) for t in times] or [np.zeros(0)])
            frames = np.full(len(stamps), NO_FRAME, dtype=np.int64)
        names = [str(i) for i in range(len(arrays))] if ids is None else [str(i) for i in ids]
        return cls(
            positions=np.concatenate(arrays) if arrays else np.zeros((0, 2)),
            times=stamps,
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            info=track_info(names, source=source),
            units=units or Units(),
            frames=frames,
            sigma=None if sigma is None else np.concatenate([_as_points(s) for s in sigma]),
            provenance=(Provenance(source=source, rows=int(lengths.sum())),),
        )

    def track(self, index: int) -> Tracks:
        """The single track at `index`, as Tracks."""
        return self.select([index])

    def select(self, indices: Iterable[int]) -> Tracks:
        """The tracks at `indices`, in that order."""
        chosen = np.asarray(list(indices), dtype=np.int64)
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.repeat(self.offsets[:-1][chosen] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return replace(
            self,
            positions=self.positions[rows],
            times=self.times[rows],
            frames=self.frames[rows],
            sigma=None if self.sigma is None else self.sigma[rows],
            offsets=offsets,
            info=self.info[chosen.tolist()],
        )

    def to_polars(self) -> pl.DataFrame:
        """One row a point: source, track, frame, t, x[, y, z][, x_err, …]."""
        lengths = self.lengths
        columns: dict[str, object] = {
            name: self.info[name].gather(np.repeat(np.arange(len(self)), lengths)) for name in ("source", "track")
        }
        frame = pl.Series("frame", self.frames)
        columns["frame"] = frame.set(frame == NO_FRAME, None)
        columns["t"] = self.times
        for axis in range(self.dimension):
            columns[AXES[axis]] = self.positions[:, axis]
        if self.sigma is not None:
            for axis in range(self.dimension):
                columns[f"{AXES[axis]}_err"] = self.sigma[:, axis]
        return pl.DataFrame(columns)


def _as_points(values: FloatArray) -> FloatArray:
    """A copy (n, d); (n,) becomes (n, 1)."""
    points = np.array(values, dtype=np.float64)
    return points[:, None] if points.ndim == 1 else points


def track_info(
    ids: Sequence[str],
    *,
    source: str,
    condition: str | None = None,
    replicate: str | None = None,
    parents: Sequence[str | None] | None = None,
    flaws: Sequence[str | None] | None = None,
) -> pl.DataFrame:
    """The `info` table of Tracks: one row a track, all columns strings."""
    n = len(ids)
    return pl.DataFrame(
        {
            "source": [source] * n,
            "condition": [condition] * n,
            "replicate": [replicate] * n,
            "track": list(ids),
            "parent": [None] * n if parents is None else list(parents),
            "flaw": [None] * n if flaws is None else list(flaws),
        },
        schema=INFO_SCHEMA,
    )


def concatenate(parts: Sequence[Tracks]) -> Tracks:
    """Join tracks of several sources; they must share dimension and units.

    Raises InputError naming the first source that disagrees.
    """
    first = parts[0]
    for part in parts[1:]:
        check_alike(first, part)
    counts = np.concatenate([part.lengths for part in parts])
    sigma = None
    if first.sigma is not None:
        sigma = np.concatenate([part.sigma for part in parts if part.sigma is not None])
    return Tracks(
        positions=np.concatenate([part.positions for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        info=pl.concat([part.info for part in parts]),
        units=first.units,
        frames=np.concatenate([part.frames for part in parts]),
        sigma=sigma,
        provenance=tuple(p for part in parts for p in part.provenance),
    )


def check_alike(first: Tracks, part: Tracks) -> None:
    """Raise InputError where `part` has another dimension or other units than `first`, or states other errors."""
    name = part.provenance[0].source if part.provenance else "memory"
    if part.dimension != first.dimension:
        raise InputError(
            f"tracks are {part.dimension}-D, but those of the files before are {first.dimension}-D",
            file=name,
            remedy="Analyze these files separately.",
        )
    if part.units != first.units:
        raise InputError(
            f"tracks are in {part.units.length} and {part.units.time}, but those of the files before are in "
            f"{first.units.length} and {first.units.time}",
            file=name,
            remedy="Use --pixel-size and --frame-interval, or analyze the files separately.",
        )
    if (part.sigma is None) != (first.sigma is None):
        raise InputError("some files state localization errors and others do not", remedy="Analyze them separately.")
