"""A Parquet file that kills its reader is told in one line; all others are left to the reader."""

import polars as pl
import pytest

from perrin.cli import parquet_check
from perrin.errors import InputError


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "tracks.parquet"
    pl.DataFrame({"track": ["1"] * 9, "frame": range(9), "x": [0.5] * 9, "y": [1.5] * 9}).write_parquet(path)
    return path


def test_sound_files_pass(parquet, tmp_path):
    (tmp_path / "a.csv").write_text("PAR1,x")
    parquet_check.check_parquet_files([parquet, tmp_path / "a.csv", tmp_path / "missing"])


def test_a_file_that_the_reader_complains_about_is_left_to_it(parquet):
    parquet.write_bytes(parquet.read_bytes()[:-20])
    parquet_check.check_parquet_files([parquet])


def test_a_file_that_kills_its_reader(parquet, monkeypatch):
    monkeypatch.setattr(parquet_check, "READ", "import os; os.abort()")
    with pytest.raises(InputError, match="reading it stops the process"):
        parquet_check.check_parquet_files([parquet])
