"""Results as files: those of version 1 are read for ever, and what is none, damaged or newer is told."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import perrin
from perrin.errors import InputError
from perrin.estimate.local.tamsd import Tamsd
from perrin.result import (
    Estimates,
    HurstTest,
    concatenate_estimates,
    read_estimates,
    read_hurst_test,
    read_population,
    read_results,
)
from perrin.result.estimates import POINTS
from perrin.result.formats import FORMATS
from perrin.tracks import Units

OLD = Path(__file__).parents[1] / "archives" / "0.1"
PARQUET = [name for kind in FORMATS for name in kind.file_names]
READERS = (read_estimates, read_population, read_hurst_test)
every_kind = pytest.mark.parametrize(
    ("kind", "read"), list(zip(FORMATS, READERS, strict=True)), ids=[f.title for f in FORMATS]
)


def said(file: Path) -> dict:
    return json.loads(pl.read_parquet_metadata(file)["perrin"])


def copied(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PARQUET:
        shutil.copy(OLD / name, folder)


def changed(folder: Path, name: str, table: Callable = lambda t: t, metadata: Callable = lambda m: m) -> Path:
    """A copy of the files of version 1 in which one is another."""
    copied(folder)
    file = folder / name
    new = table(pl.read_parquet(OLD / name))
    new.write_parquet(file, metadata={"perrin": json.dumps(metadata(said(OLD / name)))})
    return folder


@every_kind
def test_files_of_version_1_are_read_and_written_again_as_they_were(kind, read, tmp_path: Path) -> None:
    """All but what later versions say besides."""
    tmp_path /= "new"
    read(OLD).write(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kind.file_names)
    for schema in kind.tables:
        old, new = OLD / schema.file_name, tmp_path / schema.file_name
        assert_frame_equal(pl.read_parquet(new), pl.read_parquet(old))
        later = dict.fromkeys(kind.since) | {"format": kind.version}
        assert list(said(new)) == list(kind.entries)
        assert said(new) == said(old) | later


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind.since], ids=lambda kind: kind.title)
def test_an_entry_is_asked_of_the_version_that_brought_it(kind, tmp_path: Path) -> None:
    folder = changed(tmp_path, kind.file_names[0], metadata=lambda m: m | {"format": kind.version})
    with pytest.raises(InputError, match=f"has no entry '{next(iter(kind.since))}'"):
        read_results(folder)


def test_what_made_a_result_is_kept_with_it(tmp_path: Path) -> None:
    tracks = perrin.simulate_fbm(2, 50, dimension=1, seed=1).tracks
    for found in (perrin.analyze(tracks, "tamsd"), perrin.run_hurst_test(tracks, "tamsd", samples=20)):
        assert (found.method, found.info) == ("tamsd", Tamsd.info)
        found.write(tmp_path)
    again = read_results(tmp_path)
    assert again.estimates.info == again.hurst_test.info == Tamsd.info


def test_what_version_1_holds() -> None:
    estimates, population, decisions = (read(OLD) for read in READERS)
    assert estimates.units == population.units == decisions.units == Units("µm", "s")
    assert (estimates.method, estimates.settings["window"], estimates.dimension) == ("tamsd", 20, 2)
    assert estimates.tracks["alpha"].round(3).to_list() == [0.670, 0.855, 0.782]
    assert estimates.points.height == 120
    assert (population.facts.n_used, population.facts.alpha, len(population.facts.warnings)) == (24, 0.7, 1)
    assert population.main_modes().height == 1
    assert (decisions.level, decisions.samples, decisions.method) == (0.05, 20, "tamsd")
    assert decisions.tests["changes"].to_list() == [False, False]
    assert decisions.bands.height == 80


def test_bytes_are_read_as_files_are() -> None:
    points, tracks, tests, bands = ((OLD / f"{n}.parquet").read_bytes() for n in ("points", "tracks", "tests", "bands"))
    assert_frame_equal(Estimates.from_bytes(points, tracks).tracks, read_estimates(OLD).tracks)
    assert_frame_equal(HurstTest.from_bytes(tests, bands).bands, read_hurst_test(OLD).bands)


@every_kind
def test_a_newer_version_says_so(kind, read, tmp_path: Path) -> None:
    folder = changed(tmp_path, kind.file_names[0], metadata=lambda m: m | {"format": kind.version + 1})
    told = rf"{kind.file_names[0]}: has version {kind.version + 1} of perrin's format of {kind.title}; .* newer one"
    with pytest.raises(InputError, match=told):
        read(folder)


@every_kind
@pytest.mark.parametrize(
    "content",
    [None, b"", b"no", b"PAR1" + bytes(20), ["format"], 3, {}, {"format": None}, {"format": "1"}, {"format": 0},
     "[" * 100_000],
    ids=["gone", "empty", "text", "torn", "list", "number", "nothing", "null", "word", "version 0", "deep"],
)  # fmt: skip
def test_what_is_no_result_is_told(kind, read, content, tmp_path: Path) -> None:
    copied(tmp_path)
    file = tmp_path / kind.file_names[-1]
    if content is None:
        file.unlink()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        pl.read_parquet(OLD / file.name).write_parquet(file, metadata={"perrin": text})
    with pytest.raises(InputError, match=file.name) as told:
        read(tmp_path)
    assert "Run perrin" in str(told.value) or "newer one" in str(told.value)


@every_kind
def test_an_entry_of_the_metadata_that_is_not_there_is_told(kind, read, tmp_path: Path) -> None:
    for entry in set(kind.entries[1:]) - set(kind.since):
        folder = changed(
            tmp_path / entry, kind.file_names[0], metadata=lambda m, e=entry: {k: v for k, v in m.items() if k != e}
        )
        with pytest.raises(InputError, match=f"has no entry '{entry}'.*Run {kind.command} again"):
            read(folder)


@every_kind
def test_a_column_that_is_not_there_is_told(kind, read, tmp_path: Path) -> None:
    for schema in kind.tables:
        for column in set(schema.columns) - schema.optional:
            folder = changed(tmp_path / column, schema.file_name, lambda t, c=column: t.drop(c))
            with pytest.raises(InputError, match=f"{schema.file_name}, column '{column}': does not exist"):
                read(folder)


def test_a_column_of_another_kind_is_told(tmp_path: Path) -> None:
    folder = changed(tmp_path, "tracks.parquet", lambda t: t.with_columns(pl.col("alpha").cast(pl.String)))
    with pytest.raises(InputError, match=r"tracks.parquet, column 'alpha': holds String"):
        read_estimates(folder)


def test_damaged_modes_are_told(tmp_path: Path) -> None:
    folder = changed(tmp_path, "population.parquet", metadata=lambda m: m | {"modes": [{"mode": "many"}]})
    with pytest.raises(InputError, match="not a table of a population"):
        read_population(folder)


def test_what_other_programs_make_of_a_type_is_taken_back(tmp_path: Path) -> None:
    """Whole numbers of 32 bits, categories, nothing but nulls; a column of one's own stays, behind the others."""
    other = pl.col("frame").cast(pl.Int32), pl.col("status").cast(pl.Categorical), pl.lit(None).alias("class")
    folder = changed(tmp_path, "points.parquet", lambda t: t.with_columns(*other).select(pl.lit(1).alias("own"), "*"))
    points, old = read_estimates(folder).points, read_estimates(OLD).points
    assert points.columns == [*old.columns, "own"]
    assert_frame_equal(points.drop("own"), old)


def test_names_of_folders_are_no_patterns(tmp_path: Path) -> None:
    copied(tmp_path / "a[1]*")
    assert read_estimates(tmp_path / "a[1]*").points.height == 120


def test_axes_are_as_many_as_there_are() -> None:
    assert [name for name in POINTS.columns if name not in read_estimates(OLD).points.columns] == ["z"]
    assert "z" not in read_estimates(OLD).column_units()


def test_parts_are_joined_in_their_order() -> None:
    whole = read_estimates(OLD)
    parts = [replace(whole, points=whole.points[a:b], tracks=whole.tracks[i : i + 1])
             for i, (a, b) in enumerate(((0, 40), (40, 80), (80, 120)))]  # fmt: skip
    joined = concatenate_estimates(parts)
    assert_frame_equal(joined.points, whole.points)
    assert_frame_equal(joined.tracks, whole.tracks)
    assert joined.metadata("tracks") == whole.metadata("tracks")


def test_no_two_results_share_a_file() -> None:
    names = [name for kind in FORMATS for name in kind.file_names]
    assert len(set(names)) == len(names)
