"""Every format and dialect: recognised, read back exactly, and by nobody else."""

from pathlib import Path

import pytest

import perrin
from perrin.testing.reader import check_reader
from perrin.tracks.formats import readers
from perrin.tracks.source import Source
from perrin.tracks.table import ReadOptions
from tests.helpers.dialects import DIALECTS, Dialect
from tests.helpers.sample import check_equal

FILES_A_DIALECT = 40
"""Times the number of dialects: 2,000 files and more."""

EACH = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: f"{d.reader}: {d.name}")


def written(dialect: Dialect, folder: Path, seed: int, dimension: int = 2) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / dialect.file
    dialect.write(path, dialect.sample(seed, dimension))
    return path


def test_every_reader_has_a_dialect() -> None:
    tested = {d.reader for d in DIALECTS} | {"thunderstorm", "series", "perrin-parquet"}
    assert tested == {r.name for r in readers()}


@EACH
def test_every_dialect_keeps_the_contract_and_is_claimed_once(dialect: Dialect, tmp_path: Path) -> None:
    path = written(dialect, tmp_path, seed=1)
    reader = next(r for r in readers() if r.name == dialect.reader)
    options = ReadOptions(columns=dialect.options.get("columns", {}))
    check_reader(reader, path, options)
    claims = [r.name for r in readers() if not r.general and r.sniff(Source(path))]
    assert claims == ([] if reader.general else [dialect.reader])


@pytest.mark.slow
@EACH
def test_random_files_are_read_back_exactly(dialect: Dialect, tmp_path: Path) -> None:
    for seed in range(FILES_A_DIALECT):
        dimension = dialect.dimensions[seed % len(dialect.dimensions)]
        path = written(dialect, tmp_path / str(seed), seed, dimension)
        sample = dialect.sample(seed, dimension)
        tracks = perrin.read(path, **dialect.options)
        assert tracks.provenance[0].format == dialect.reader
        check_equal(
            tracks, dialect.expected(sample), length=dialect.length, time=dialect.time, factor=dialect.factor,
            frames=dialect.frames, errors=dialect.errors, tolerance=dialect.tolerance,
        )  # fmt: skip


def test_there_are_two_thousand_files() -> None:
    assert len(DIALECTS) * FILES_A_DIALECT >= 2000
