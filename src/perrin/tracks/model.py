"""`Tracks`: what was seen. Frozen, ragged, sorted by (track, time); gaps are simply times that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import html
from perrin.tracks.units import Units
from perrin.types import BoolArray, FloatArray, IntArray

Array = TypeVar("Array", bound=np.ndarray[Any, Any])
Which: TypeAlias = int | str | slice | Sequence[int] | Sequence[str] | Sequence[bool] | IntArray | BoolArray | pl.Series
"""What names some tracks of a set: see `Tracks.__getitem__`."""

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
    """An immutable set of single-particle tracks; `len` counts them, and iterating gives one after the other.

    What it is made of is copied, so that it stays as it is: arrays that are given to it remain their owner's.

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
        for name in ("positions", "times", "offsets", "frames", "sigma"):
            array = getattr(self, name)
            if array is not None and array.flags.writeable:  # somebody else may go on to write there
                object.__setattr__(self, name, frozen(array.copy()))

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

    def _repr_html_(self) -> str:
        lengths = self.lengths
        sources = self.info["source"].unique(maintain_order=True).to_list()
        told = {
            "positions a track": f"{lengths.min()} to {lengths.max()}, median {np.median(lengths):g}"
            if len(self)
            else "",
            "sources": ", ".join(sources[:5]) + (f" and {len(sources) - 5} more" if len(sources) > 5 else ""),
        }
        plane = self.dimension > 1
        places = self.positions[:, :2] if plane else np.column_stack([self.times, self.positions[:, 0]])
        paths = np.split(places, self.offsets[1:-1])
        return html.described(repr(self), html.facts(told), html.track_map(paths, equal_axes=plane))

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

    def __iter__(self) -> Iterator[Tracks]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, which: Which) -> Tracks:
        """Some of the tracks, as Tracks, also where it is one.

        Args:
            which: a number (also from the end), an id (as ID or SOURCE:ID), a slice, one bool a track, or a list of
                numbers or of ids.

        Raises:
            IndexError: where there is no track of that number.
            InputError: where no track has that id, several have it, or there is not one bool a track.

        Examples:
            >>> import numpy as np
            >>> import perrin
            >>> tracks = perrin.Tracks.from_arrays([np.zeros((5, 2)), np.ones((9, 2))], ids=["a", "b"])
            >>> tracks["b"].n_points, tracks[-1].n_points, len(tracks[tracks.lengths > 5])
            (9, 9, 1)
        """
        if isinstance(which, slice):
            return self.select(range(*which.indices(len(self))))
        chosen = np.atleast_1d(np.asarray(which))
        if chosen.dtype == bool:
            if chosen.shape != (len(self),):
                raise InputError(f"{len(chosen)} bools for {len(self)} tracks", remedy="Give one value for each track.")
            return self.select(np.flatnonzero(chosen))
        if chosen.dtype.kind in "OUT":
            return self.select([self._number_of(str(word)) for word in chosen.tolist()])
        for number in chosen.tolist():
            if number != int(number) or not -len(self) <= number < len(self):
                raise IndexError(f"no track has the number {number}; they are numbered from 0 to {len(self) - 1}")
        return self.select(np.arange(len(self))[chosen.astype(np.int64)])

    def _number_of(self, word: str) -> int:
        named = pl.concat_str("source", pl.lit(":"), "track")
        found = self.info.with_row_index("n").filter((pl.col("track") == word) | (named == word))
        if found.height == 1:
            return int(found["n"][0])
        if found.height:
            first = f"{found['source'][0]}:{found['track'][0]}"
            raise InputError(f"{found.height} tracks have the id {word!r}", remedy=f"Name one as {first!r}.")
        known = ", ".join(map(repr, self.info["track"].head(5).to_list())) or "none"
        raise InputError(f"no track has the id {word!r}", remedy=f"The ids are {known}{' …' if len(self) > 5 else ''}.")

    def select(self, indices: Iterable[int]) -> Tracks:
        """The tracks of the numbers `indices`, from 0 on, in that order."""
        chosen = np.asarray(list(indices), dtype=np.int64)
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.repeat(self.offsets[:-1][chosen] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return replace(
            self,
            positions=frozen(self.positions[rows]),
            times=frozen(self.times[rows]),
            frames=frozen(self.frames[rows]),
            sigma=None if self.sigma is None else frozen(self.sigma[rows]),
            offsets=frozen(offsets),
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

    def to_pandas(self) -> Any:
        """The same as a pandas DataFrame; needs pandas and pyarrow.

        Raises InputError where they are not installed.
        """
        try:
            return self.to_polars().to_pandas()
        except ModuleNotFoundError as error:
            raise InputError(f"a pandas table needs {error.name}", remedy="pip install pandas pyarrow") from None


def frozen(array: Array) -> Array:
    """The same array, read-only; for one that nobody else holds."""
    array.flags.writeable = False
    return array


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
        positions=frozen(np.concatenate([part.positions for part in parts])),
        times=frozen(np.concatenate([part.times for part in parts])),
        offsets=frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)),
        info=pl.concat([part.info for part in parts]),
        units=first.units,
        frames=frozen(np.concatenate([part.frames for part in parts])),
        sigma=None if sigma is None else frozen(sigma),
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
