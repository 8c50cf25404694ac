"""The rows of a large file as numbers on disk, and what is known of all of them once they have passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, final

import numpy as np
import polars as pl

from perrin.tracks.assemble import finite_rows
from perrin.tracks.model import AXES
from perrin.tracks.stream.blocks import Blocks, ReadProgress
from perrin.tracks.table import Table
from perrin.types import FloatArray, IntArray

BATCH: Final = 250_000
"""Records that are in memory together."""
_NUMBERS: Final = ("frame", "t", *AXES, *(f"{axis}_err" for axis in AXES), "row")
_WORDS: Final = ("source", "condition", "replicate", "parent", "flaw")


@final
@dataclass(frozen=True)
class Records:
    """Rows of Float64 in a file: the number of the track, then the numbers that the file has.

    Attributes:
        path: of the file.
        columns: their names, the first is `code`.
    """

    path: Path
    columns: tuple[str, ...]

    def append(self, rows: FloatArray) -> None:
        """Write more rows; raises OSError where the disk is full."""
        with self.path.open("ab") as file:
            file.write(np.ascontiguousarray(rows).tobytes())

    def batches(self) -> Iterator[FloatArray]:
        """All rows in order, (n, columns) at a time."""
        width = len(self.columns)
        with self.path.open("rb") as file:
            while data := file.read(BATCH * width * 8):
                yield np.frombuffer(data, dtype=np.float64).reshape(-1, width)

    def all(self) -> FloatArray:
        """All rows at once; none where nothing was written."""
        if not self.path.exists():
            return np.zeros((0, len(self.columns)))
        return np.fromfile(self.path, dtype=np.float64).reshape(-1, len(self.columns))

    def at(self, name: str) -> int:
        """The place of a column."""
        return self.columns.index(name)


@final
@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of a file after one pass over its rows.

    Attributes:
        records: its rows, those without a track, a position or a time left out.
        head: a Table without rows, with all that the file says of itself.
        names: one row a track as first met: track, and source, condition … where the file has them.
        lengths: (n_tracks,) records of each.
        ordered: every track's rows lie together, in the order of `names`.
        low, high: the smallest and largest value of each number.
        complete: numbers that every record has.
        ignored: rows left out, by reason.
        rows: rows of the file.
    """

    records: Records
    head: Table
    names: pl.DataFrame
    lengths: IntArray
    ordered: bool
    low: dict[str, float]
    high: dict[str, float]
    complete: frozenset[str]
    ignored: Counter[str]
    rows: int


def survey(blocks: Blocks, path: Path, report: ReadProgress) -> Survey | None:
    """Write the rows of a file as records to `path`; None for a file without any row."""
    seeing: _SurveyInProgress | None = None
    for table in blocks.tables(report):
        seeing = seeing or _SurveyInProgress(table, path)
        seeing.add(table)
    return None if seeing is None else seeing.survey()


@final
class _SurveyInProgress:
    """A survey while the file passes."""

    def __init__(self, table: Table, path: Path) -> None:
        self._columns = [name for name in _NUMBERS if name in table.rows.columns]
        self._records = Records(path, ("code", *self._columns))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self._head = replace(table, rows=table.rows.clear())
        self._words = [name for name in _WORDS if name in table.rows.columns]
        self._key = ["track", "source"] if "source" in self._words else ["track"]
        self._known = pl.DataFrame(schema=dict.fromkeys(["track", *self._words], pl.String) | {"code": pl.Int64})
        self._lengths = np.zeros(1024, dtype=np.int64)
        self._last, self._ordered = 0.0, True
        self._low = dict.fromkeys(self._columns, np.inf)
        self._high = dict.fromkeys(self._columns, -np.inf)
        self._complete = set(self._columns)
        self._ignored: Counter[str] = Counter()
        self._rows = 0

    def add(self, table: Table) -> None:
        """Take in the rows of one block."""
        self._rows += table.rows.height + sum(table.ignored.values())
        self._ignored.update(table.ignored)
        self._head = replace(self._head, notes=tuple(dict.fromkeys((*self._head.notes, *table.notes))))
        rows = table.rows.with_columns(pl.col("track", *self._words).cast(pl.String))
        loose = int(rows["track"].null_count())
        if loose:
            self._ignored["untracked"] += loose
            rows = rows.filter(pl.col("track").is_not_null())
        if "source" in self._words:
            rows = rows.with_columns(pl.col("source").fill_null(""))
        code = self._codes(rows)
        rows, code = finite_rows(rows, code, self._ignored)
        if rows.height:
            self._write(rows, code)

    def _codes(self, rows: pl.DataFrame) -> IntArray:
        """The number of each row's track; tracks that were not met before get the next ones."""
        here = rows.select("track", *self._words).unique(subset=self._key, keep="first", maintain_order=True)
        met = self._known.select(*self._key, "code").join(here.select(self._key), on=self._key, how="inner")
        here = here.join(met, on=self._key, how="left", maintain_order="left")
        new = here["code"].is_null()
        first = self._known.height
        numbers = (first - 1 + new.cast(pl.Int64).cum_sum()).zip_with(new, here["code"])
        here = here.with_columns(numbers.alias("code"))
        self._known = pl.concat([self._known, here.filter(new)])
        found = rows.select(self._key).join(here.select(*self._key, "code"), on=self._key, how="left",
                                            maintain_order="left")  # fmt: skip
        return found["code"].to_numpy()

    def _write(self, rows: pl.DataFrame, code: IntArray) -> None:
        numbers = {name: rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in self._columns}
        self._records.append(np.column_stack([code.astype(np.float64), *numbers.values()]))
        if self._known.height > len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros(self._known.height, dtype=np.int64)])
        counted = np.bincount(code - code.min())
        self._lengths[code.min() : code.min() + len(counted)] += counted
        self._ordered = self._ordered and code[0] >= self._last and bool((np.diff(code) >= 0).all())
        self._last = code[-1]
        for name, values in numbers.items():
            if name in self._complete and np.isnan(values).any():
                self._complete.discard(name)
            good = values[~np.isnan(values)]
            self._low[name] = min(self._low[name], float(good.min(initial=np.inf)))
            self._high[name] = max(self._high[name], float(good.max(initial=-np.inf)))

    def survey(self) -> Survey:
        """What has been seen."""
        return Survey(
            self._records, self._head, self._known.drop("code"), self._lengths[: self._known.height], self._ordered,
            self._low, self._high, frozenset(self._complete), self._ignored, self._rows,
        )  # fmt: skip


def split(records: Records, owner: IntArray, parts: Sequence[Path]) -> list[Records]:
    """The records in as many files as there are parts, each in the order it had; owner[code] is the part of a track."""
    found = [Records(path, records.columns) for path in parts]
    for rows in records.batches():
        part = owner[rows[:, 0].astype(np.int64)]
        order = np.argsort(part, kind="stable")
        ends = np.flatnonzero(np.diff(part[order])) + 1
        for some in np.split(order, ends):
            found[part[some[0]]].append(rows[some])
    return found
