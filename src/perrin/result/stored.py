"""The files of a result: a Parquet file a table, each of which says of itself what it is and in which units."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, final

import polars as pl

from perrin.errors import InputError
from perrin.result.estimator_info import EstimatorInfo
from perrin.result.table import TableSchema
from perrin.tracks import Units
from perrin.types import Json

T = TypeVar("T")
METADATA_KEY: Final = "perrin"
_DAMAGE: Final = (OSError, KeyError, ValueError, TypeError, RecursionError, pl.exceptions.PolarsError)
"""What reading a damaged file, or one that is none, raises."""


@final
@dataclass(frozen=True, eq=False)
class Stored:
    """A result as its files hold it.

    Attributes:
        tables: by name.
        units: of every length and time.
        metadata: what else the metadata say.
    """

    tables: Mapping[str, pl.DataFrame]
    units: Units
    metadata: Json


def info_of(stored: Stored) -> EstimatorInfo | None:
    """The entry `info` of the metadata: what the estimator is."""
    said = stored.metadata.get("info")
    return None if said is None else EstimatorInfo.from_json(said)


def info_entry(info: EstimatorInfo | None) -> Json:
    """The same as metadata."""
    return {"info": None if info is None else info.as_json()}


class _Tables(Protocol):
    def table(self, name: str) -> pl.DataFrame: ...


@final
@dataclass(frozen=True)
class ResultFormat:
    """How one kind of result is kept in files.

    Attributes:
        title: what its tables are tables of, for messages.
        command: that writes it.
        tables: one file each.
        entries: what the metadata of each file say, in this order; `format` is the version of the format, and
            `length_unit`, `time_unit` and `units` (of the columns) are known from the tables.
        version: of the format as it is written. Files of this and of every earlier version are read.
        since: the version with which an entry came, where that is not the first.
    """

    title: str
    command: str
    tables: tuple[TableSchema, ...]
    entries: tuple[str, ...]
    version: int = 1
    since: Mapping[str, int] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tables."""
        return tuple(schema.name for schema in self.tables)

    @property
    def file_names(self) -> tuple[str, ...]:
        """Of the files, in the order of the tables."""
        return tuple(schema.file_name for schema in self.tables)

    def metadata(self, name: str, stored: Stored) -> dict[str, str]:
        """What the file of a table says of itself, as polars writes it into Parquet."""
        schema, table = self._schema(name), stored.tables[name]
        units = {column: unit for column, unit in schema.units(stored.units).items() if column in table.columns}
        known = {
            "format": self.version, "length_unit": stored.units.length, "time_unit": stored.units.time, "units": units,
        }  # fmt: skip
        said = {entry: (stored.metadata | known)[entry] for entry in self.entries}
        return {METADATA_KEY: json.dumps(said, ensure_ascii=False)}

    def write(self, folder: str | Path, stored: Stored, *names: str) -> None:
        """Write the files of the named tables, of all where none is named, into a folder that is made if need be."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name in names or self.names:
            path = Path(folder) / self._schema(name).file_name
            stored.tables[name].write_parquet(path, metadata=self.metadata(name, stored))

    def read(self, folder: Path, make: Callable[[Stored], T]) -> T:
        """What `make` makes of the files that `write` wrote.

        Raises InputError naming the file that is missing, damaged, or of a newer version.
        """
        return self._made([folder / name for name in self.file_names], folder, make)

    def from_bytes(self, files: Sequence[bytes], make: Callable[[Stored], T]) -> T:
        """The same from the content of the files, in the order of the tables."""
        return self._made([io.BytesIO(data) for data in files], Path(), make)

    def concatenated(self, parts: Sequence[_Tables]) -> dict[str, pl.DataFrame]:
        """The tables of several results, one after the other."""
        return {name: pl.concat([part.table(name) for part in parts]) for name in self.names}

    def _schema(self, name: str) -> TableSchema:
        return self.tables[self.names.index(name)]

    def _made(self, sources: Sequence[Path | io.BytesIO], folder: Path, make: Callable[[Stored], T]) -> T:
        """Where the metadata of the files differ, those of the last one count."""
        tables: dict[str, pl.DataFrame] = {}
        for schema, source in zip(self.tables, sources, strict=True):
            file = folder / schema.file_name
            with self._refusing(file):
                said = json.loads(pl.read_parquet_metadata(source)[METADATA_KEY])
                self._check_metadata(said, file)
                tables[schema.name] = self._checked(schema, pl.read_parquet(source, glob=False), file)
        with self._refusing(file):
            return make(Stored(tables, Units(said["length_unit"], said["time_unit"]), said))

    @contextmanager
    def _refusing(self, file: Path) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise self._refused(f"is not a table of {self.title} ({type(error).__name__})", file) from None

    def _check_metadata(self, said: Any, file: Path) -> None:
        version = said["format"]
        if not 1 <= version <= self.version:
            raise InputError(
                f"has version {version} of perrin's format of {self.title}; "
                f"this perrin reads versions up to {self.version}",
                file=file,
                remedy="Use the version of perrin that wrote it, or a newer one.",
            )
        expected = [entry for entry in self.entries if self.since.get(entry, 1) <= version]
        if lacking := [entry for entry in expected if entry not in said]:
            raise self._refused(f"has no entry {lacking[0]!r} in its metadata", file)

    def _checked(self, schema: TableSchema, table: pl.DataFrame, file: Path) -> pl.DataFrame:
        for column in schema.missing(table):
            raise self._refused("does not exist", file, column)
        for column in schema.unlike(table):
            raise self._refused(f"holds {table.schema[column]}", file, column)
        return schema.converted(table)

    def _refused(self, problem: str, file: Path, column: str | None = None) -> InputError:
        return InputError(problem, file=file, column=column, remedy=f"Run {self.command} again.")
