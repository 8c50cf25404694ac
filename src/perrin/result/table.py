"""What a table of a result holds: its columns, their types and their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import polars as pl

from perrin.tracks import Units

Unit = Literal["1", "length", "time", "diffusion", "frame_diffusion"]


@final
@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        dtype: of its values.
        unit: "1" for a plain number, else which of `Units`; None for words, counts and what has none to be stated.
    """

    dtype: Any
    unit: Unit | None = None


TEXT: Final = Column(pl.String)
COUNT: Final = Column(pl.Int64)
FLAG: Final = Column(pl.Boolean)
NUMBER: Final = Column(pl.Float64)
RATIO: Final = Column(pl.Float64, "1")
LENGTH: Final = Column(pl.Float64, "length")
TIME: Final = Column(pl.Float64, "time")
DIFFUSION: Final = Column(pl.Float64, "diffusion")
FRAME_DIFFUSION: Final = Column(pl.Float64, "frame_diffusion")


def with_interval(name: str, column: Column) -> dict[str, Column]:
    """A quantity and the ends of its interval: `name`, `name_lo`, `name_hi`."""
    return dict.fromkeys((name, f"{name}_lo", f"{name}_hi"), column)


@final
@dataclass(frozen=True)
class TableSchema:
    """One table.

    Attributes:
        name: of the table; its file is NAME.parquet.
        columns: in their order.
        optional: those that a table may lack.
    """

    name: str
    columns: Mapping[str, Column]
    optional: frozenset[str] = frozenset()

    @property
    def file_name(self) -> str:
        """Of the file of the table."""
        return f"{self.name}.parquet"

    @property
    def dtypes(self) -> dict[str, Any]:
        """The type of each column, as polars takes it for a schema."""
        return {name: column.dtype for name, column in self.columns.items()}

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.dtypes)

    def from_rows(self, rows: Sequence[Any]) -> pl.DataFrame:
        """The table of `rows`, each by name or in the order of the columns."""
        return pl.DataFrame(rows, schema=self.dtypes, orient="row")

    def units(self, units: Units) -> dict[str, str]:
        """The unit of every column that has one, where lengths and times are in `units`."""
        measured = {name: column.unit for name, column in self.columns.items() if column.unit is not None}
        return {name: "1" if unit == "1" else str(getattr(units, unit)) for name, unit in measured.items()}

    def missing(self, table: pl.DataFrame) -> list[str]:
        """The columns that `table` lacks and may not lack."""
        return [name for name in self.columns if name not in table.columns and name not in self.optional]

    def unlike(self, table: pl.DataFrame) -> list[str]:
        """The columns of `table` whose values are of a type that cannot stand for that of the schema."""
        return [n for n in self.columns if n in table.columns and not _fits(table.schema[n], self.columns[n].dtype)]

    def converted(self, table: pl.DataFrame) -> pl.DataFrame:
        """`table` with the columns in their order and of their types; what it has besides them follows.

        Raises polars' InvalidOperationError where a value is beyond the range of the type.
        """
        known = [name for name in self.columns if name in table.columns]
        others = [name for name in table.columns if name not in self.columns]
        return table.select(*(pl.col(name).cast(self.columns[name].dtype) for name in known), *others)


def _fits(found: pl.DataType, wanted: Any) -> bool:
    """Whether values can be converted without a loss; a column of nulls alone can be anything."""
    if found in (pl.Null, wanted):
        return True
    if wanted == pl.Float64:
        return found.is_numeric()
    if wanted == pl.Int64:
        return found.is_integer()
    return bool(wanted == pl.String and found in (pl.Categorical, pl.Enum))
