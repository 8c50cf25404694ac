"""Input and output by URL: what fsspec reaches is read and written like files."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import perrin.cli
from perrin.errors import InputError
from perrin.run import open_output
from perrin.run.storage import LocalStorage, RemoteStorage, open_storage
from perrin.tracks import Tracks

fsspec = pytest.importorskip("fsspec")
QUICK = ("--method", "tamsd", "--workers", "1", "--no-report")


@pytest.fixture
def memory():
    disk = fsspec.filesystem("memory")
    for kept in (disk.store, disk.pseudo_dirs):
        kept.clear()
    yield disk
    for kept in (disk.store, disk.pseudo_dirs):
        kept.clear()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    tracks = Tracks.from_arrays([np.cumsum(rng.standard_normal((40, 2)), axis=0) for _ in range(18)])
    path = tmp_path / "a.csv"
    tracks.to_polars().drop("source", "t").write_csv(path)
    return path


def call(monkeypatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["perrin", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        perrin.cli.main()
    return ended.value.code


@pytest.mark.slow
def test_from_and_to_an_address(tmp_path, monkeypatch, capsys, memory, table) -> None:
    for day in ("monday", "tuesday"):
        memory.pipe_file(f"/in/{day}.csv", table.read_bytes())
    assert call(monkeypatch, "analyze", "memory://in/*day.csv", "-o", "memory://out", *QUICK) == 0
    for day in ("monday", "tuesday"):
        (tmp_path / f"{day}.csv").write_bytes(table.read_bytes())
    files = [tmp_path / f"{day}.csv" for day in ("monday", "tuesday")]
    assert call(monkeypatch, "analyze", *files, "-o", tmp_path / "out", *QUICK) == 0
    for name in ("points", "tracks", "population"):
        assert memory.cat_file(f"/out/{name}.parquet") == (tmp_path / "out" / f"{name}.parquet").read_bytes()
    record = json.loads(memory.cat_file("/out/run.json"))
    assert [entry["path"] for entry in record["inputs"]] == ["memory://in/monday.csv", "memory://in/tuesday.csv"]
    assert not memory.exists("/out.partial")
    assert "tables   memory://out" in capsys.readouterr().out


@pytest.mark.slow
def test_an_interrupted_run_at_an_address_is_taken_up(tmp_path, monkeypatch, capsys, memory, table) -> None:
    words = ("analyze", table, "-o", "memory://out", *QUICK)
    written = iter(range(1000))

    def refuse(self, name: str, data: bytes, plainly=RemoteStorage.write) -> None:
        if next(written) > 3:
            raise OSError(28, "No space left on device")
        plainly(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(RemoteStorage, "write", refuse)
        assert call(monkeypatch, *words) == 2
    assert "--resume" in capsys.readouterr().err
    assert memory.exists("/out.partial/plan.json")
    assert not memory.exists("/out")
    assert call(monkeypatch, *words, "--resume") == 0
    assert call(monkeypatch, *words, "--resume") == 0, "it is finished"
    assert call(monkeypatch, *words) == 2
    assert "already exists" in capsys.readouterr().err
    assert call(monkeypatch, *words, "--force") == 0
    assert call(monkeypatch, "analyze", table, "-o", tmp_path / "out", *QUICK) == 0
    assert memory.cat_file("/out/points.parquet") == (tmp_path / "out" / "points.parquet").read_bytes()


def test_the_test_from_and_to_an_address(tmp_path, monkeypatch, memory, table) -> None:
    words = ("test", "--samples", "40", "--workers", "1", "--no-report")
    memory.pipe_file("/in/a.csv", table.read_bytes())
    assert call(monkeypatch, *words, "memory://in/*.csv", "-o", "memory://tested") == 0
    assert call(monkeypatch, *words, table, "-o", tmp_path / "out") == 0
    for name in ("tests", "bands"):
        assert memory.cat_file(f"/tested/{name}.parquet") == (tmp_path / "out" / f"{name}.parquet").read_bytes()


def test_simulation_to_an_address(tmp_path, monkeypatch, memory) -> None:
    words = ("simulate", "fbm", "--tracks", "30", "--length", "10", "--workers", "1")
    assert call(monkeypatch, *words, "-o", "memory://made/a.parquet") == 0
    assert call(monkeypatch, *words, "-o", tmp_path / "a.parquet") == 0
    assert memory.cat_file("/made/a.parquet") == (tmp_path / "a.parquet").read_bytes()
    assert call(monkeypatch, *words, "-o", "memory://made/a.parquet") == 2


@pytest.mark.parametrize("words", [("memory://nothing/*.csv",), ("memory://nothing.csv",), ("nothing*.csv",)])
def test_what_leads_nowhere_is_told(tmp_path, monkeypatch, capsys, memory, words) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "analyze", *words, "-o", "out", *QUICK) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"perrin: {words[0]}: ")
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_an_unknown_protocol_names_what_to_install(tmp_path) -> None:
    with pytest.raises(InputError, match=r"cannot be reached.*pip install"):
        open_output("gopher://somewhere/out")


def test_a_missing_s3fs_is_told_with_the_remedy(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    assert call(monkeypatch, "analyze", "s3://bucket/a.csv", "-o", "s3://bucket/out", *QUICK) == 2
    said = capsys.readouterr().err
    assert said.startswith("perrin: s3://bucket/out: cannot be reached (")
    assert "s3fs for s3://" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("where", ["disk", "memory://place"])
def test_a_place_keeps_what_it_is_given(tmp_path, memory, where: str) -> None:
    kept = open_storage(where if "://" in where else tmp_path / where)
    assert kept.names() == set()
    kept.write("a", b"1")
    kept.write("a", b"2")
    inner = kept.subfolder("inner")
    inner.write("b", b"3")
    assert kept.read("a") == b"2"
    assert inner.names() == {"b"}
    kept.remove("a")
    kept.remove("a")
    with pytest.raises(FileNotFoundError):
        kept.read("a")
    inner.clear()
    assert inner.names() == set()
    assert isinstance(kept, LocalStorage) == ("://" not in where)
