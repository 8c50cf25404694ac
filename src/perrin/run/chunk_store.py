"""Tracks on disk, cut into the chunks of a run, so that no process needs more than one of them in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self, final

from perrin.errors import InputError, PerrinError
from perrin.run.chunks import cuts
from perrin.run.storage import Storage
from perrin.tracks import Provenance, Tracks, Units
from perrin.tracks.model import check_alike, concatenate
from perrin.tracks.store import from_bytes, to_bytes
from perrin.types import Json

INDEX: Final = "index.json"


@final
@dataclass(frozen=True)
class ChunkStore:
    """The chunks of a run's tracks, one file each, and all that is known of the whole.

    Attributes:
        storage: where the files are.
        units: of the tracks.
        dimension: axes.
        sizes: tracks of each chunk.
        points: points of each chunk.
        longest: positions of the longest track.
        sums: SHA-256 of each file.
        sources: of each chunk, by their place in `provenance`.
        provenance: where the tracks came from.
        read_options: how they were read; a chunk store that was read in another way is not taken up.
    """

    storage: Storage
    units: Units
    dimension: int
    sizes: tuple[int, ...]
    points: tuple[int, ...]
    longest: int
    sums: tuple[str, ...]
    sources: tuple[tuple[int, ...], ...]
    provenance: tuple[Provenance, ...]
    read_options: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def tracks(self) -> int:
        """How many there are."""
        return sum(self.sizes)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the tracks are."""
        units = f"{self.units.length} {self.units.time}"
        return hashlib.sha256("\n".join([units, *self.sums]).encode()).hexdigest()

    def load(self, index: int) -> Tracks:
        """The tracks of one chunk; raises PerrinError where its file is gone or damaged."""
        try:
            data = self.storage.read(_name(index))
        except FileNotFoundError:
            data = b""
        if hashlib.sha256(data).hexdigest() != self.sums[index]:
            # Without its note, the chunk store is filled again.
            self.storage.remove(INDEX)
            raise PerrinError(
                f"{self.storage}/{_name(index)}, a part of the input, is damaged or missing. Run the same command "
                "with --resume. The input is read again, and finished work is kept"
            )
        return from_bytes(data, self.units, tuple(self.provenance[i] for i in self.sources[index]))

    def write_index(self) -> None:
        """Note what is in the chunk store; without the note, it counts for nothing."""
        index = {
            "units": asdict(self.units), "dimension": self.dimension, "sizes": self.sizes, "points": self.points,
            "longest": self.longest, "sums": self.sums, "sources": self.sources,
            "provenance": [asdict(p) for p in self.provenance], "read_options": dict(self.read_options),
        }  # fmt: skip
        self.storage.write(INDEX, json.dumps(index, ensure_ascii=False).encode())

    @classmethod
    def reopen(cls, where: Storage) -> Self | None:
        """The chunk store that an earlier run filled, None where it did not come to that."""
        try:
            found: Json = json.loads(where.read(INDEX))
            return cls(
                storage=where,
                units=Units(**found["units"]),
                dimension=found["dimension"],
                longest=found["longest"],
                sizes=tuple(found["sizes"]),
                points=tuple(found["points"]),
                sums=tuple(found["sums"]),
                sources=tuple(map(tuple, found["sources"])),
                provenance=tuple(_provenance(entry) for entry in found["provenance"]),
                read_options=found["read_options"],
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


def write_chunks(
    where: Storage, parts: Iterable[Tracks], size: int, read_options: Mapping[str, Any] | None = None
) -> ChunkStore:
    """Put tracks into a chunk store, in chunks that are closed as soon as they hold `size` points.

    Args:
        where: the chunk store's place; what is there is taken away.
        parts: whole tracks, a part after the other.
        size: points of a chunk.
        read_options: how the tracks were read, for the note.

    Returns:
        The chunk store, noted. Raises InputError where the parts do not go together, OSError where the disk is full.
    """
    where.clear()
    writer = _ChunkWriter(where)
    for chunk in _cut(parts, size):
        writer.write(chunk)
    store = writer.store(read_options or {})
    store.write_index()
    return store


def _cut(parts: Iterable[Tracks], size: int) -> Iterator[Tracks]:
    """The same tracks in the chunks of a run; no tracks at all are one empty chunk."""
    held: list[Tracks] = []
    first: Tracks | None = None
    work, any_written = 0, False
    for part in parts:
        first = first or part.select([])
        check_alike(first, part)
        ends, work = cuts(part.lengths, work, size)
        start = 0
        for end in ends.tolist():
            yield concatenate([*held, part.select(range(start, end))])
            held, start, any_written = [], end, True
        if start < len(part):
            held.append(part if start == 0 else part.select(range(start, len(part))))
    if held:
        yield concatenate(held)
    elif not any_written and first is not None:
        yield first


@final
class _ChunkWriter:
    """A chunk store while it is being filled."""

    def __init__(self, where: Storage) -> None:
        self._where = where
        self._first: Tracks | None = None
        self._sizes: list[int] = []
        self._points: list[int] = []
        self._sums: list[str] = []
        self._sources: list[tuple[int, ...]] = []
        self._provenance: dict[str, Provenance] = {}
        self._longest = 0

    def write(self, chunk: Tracks) -> None:
        """Write one chunk."""
        self._first = self._first or chunk.select([])
        data = to_bytes(chunk)
        self._where.write(_name(len(self._sizes)), data)
        self._sizes.append(len(chunk))
        self._points.append(chunk.n_points)
        self._sums.append(hashlib.sha256(data).hexdigest())
        self._longest = max(self._longest, int(chunk.lengths.max(initial=0)))
        # What is said last of a source counts: by then more of its rows have been read.
        self._provenance |= {origin.source: origin for origin in chunk.provenance}
        here = set(chunk.info["source"].unique().to_list())
        # A file of perrin's own names sources of its own.
        origins = [p.source for p in chunk.provenance if p.source in here] or [p.source for p in chunk.provenance]
        known = {name: number for number, name in enumerate(self._provenance)}
        self._sources.append(tuple(dict.fromkeys(known[name] for name in origins)))

    def store(self, read_options: Mapping[str, Any]) -> ChunkStore:
        """What was put, as a chunk store."""
        if self._first is None:
            raise InputError("no input file was given", remedy="Give at least one file.")
        return ChunkStore(
            self._where,
            self._first.units,
            self._first.dimension,
            tuple(self._sizes),
            tuple(self._points),
            self._longest,
            tuple(self._sums),
            tuple(self._sources),
            tuple(self._provenance.values()),
            dict(read_options),
        )


def _name(index: int) -> str:
    return f"{index:06d}.parquet"


def _provenance(entry: Json) -> Provenance:
    lists = {name: tuple(entry[name]) for name in ("unused_columns", "notes")}
    return Provenance(**entry | lists)
