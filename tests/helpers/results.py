"""What `perrin analyze` left in its folder."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

QUICK = ("--method", "tamsd", "--no-report", "--workers", "1")


def tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.read_parquet(folder / "points.parquet"), pl.read_parquet(folder / "tracks.parquet")


def assert_same_tables(one: Path, other: Path) -> None:
    for first, second in zip(tables(one), tables(other), strict=True):
        assert_frame_equal(first.drop("source"), second.drop("source"))
