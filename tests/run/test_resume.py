"""Interrupted at any moment, a run can be taken up, and ends with the same tables to the byte."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from perrin.errors import InputError, PerrinError
from perrin.estimate.local.tamsd import Tamsd
from perrin.result import Estimates
from perrin.run import Cores, OutputFolder, analyze, analyze_into, chunks, local, write_chunks
from perrin.run.chunks import chunk_size
from perrin.tracks import Tracks
from tests.helpers.interruptions import PATIENCE, await_chunk, command, completed, parquet, waiting

CHUNKS = 10


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_POINTS", 60)


@pytest.fixture(scope="module")
def tracks() -> Tracks:
    rng = np.random.default_rng(3)
    return Tracks.from_arrays([np.cumsum(rng.standard_normal((30, 2)), axis=0) for _ in range(2 * CHUNKS)])


def into(out: Path, tracks: Tracks, estimator=None, **options) -> dict[str, bytes]:
    """The tables of a run into `out`, as bytes."""
    seed, workers = options.pop("seed", 0), options.pop("workers", 1)
    with OutputFolder(out, **options) as folder, Cores(workers) as cores:
        analyze_into(folder, shelved(folder, tracks), estimator or Tamsd(), seed=seed, executor=cores)
        folder.finish()
    return {path.name: path.read_bytes() for path in out.iterdir()}


def shelved(folder: OutputFolder, tracks: Tracks):
    return write_chunks(folder.input_storage, [tracks], chunk_size(tracks))


def interrupted(folder: Path, tracks: Tracks, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A run into `folder` that a Ctrl-C ends after some chunks."""

    def stop(self, task, shared, items, plainly=local.Cores.map) -> Iterator[tuple[int, Estimates]]:
        for done, item in enumerate(items):
            if done == after and task.__name__ == "estimate":
                raise KeyboardInterrupt
            yield from plainly(self, task, shared, [item])

    with monkeypatch.context() as patch:
        patch.setattr(local.Cores, "map", stop)
        with pytest.raises(KeyboardInterrupt):
            into(folder, tracks)


@dataclass(frozen=True)
class Counting(Tamsd):  # type: ignore[misc]
    """Tamsd that notes in a file how many tracks it was given, and stumbles over one id."""

    log: str = ""
    stumble: str = ""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        with open(self.log, "a") as log:
            log.write(f"{len(tracks)}\n")
        if self.stumble in tracks.info["track"]:
            raise InputError("stumbled")
        return super().estimate(tracks, rng=rng)

    def settings(self):
        return {}


def counted(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()]


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 6, CHUNKS - 1])
def test_a_resumed_run_ends_like_one_that_was_not_interrupted(tmp_path, tracks, monkeypatch, after: int) -> None:
    whole = into(tmp_path / "whole", tracks)
    interrupted(tmp_path / "out", tracks, monkeypatch, after)
    assert len(waiting(tmp_path / "out")) == after
    assert not (tmp_path / "out").exists()
    assert into(tmp_path / "out", tracks, resume=True) == whole
    assert {p.name for p in tmp_path.iterdir()} == {"whole", "out"}


@pytest.mark.slow
def test_finished_chunks_are_not_computed_again(tmp_path, tracks, monkeypatch) -> None:
    log = tmp_path / "log"
    with pytest.raises(InputError, match="stumbled"):
        into(tmp_path / "out", tracks, Counting(log=str(log), stumble="7"))
    assert waiting(tmp_path / "out") == ["000000", "000001", "000002"], "finished chunks are kept"
    assert counted(log) == [2, 2, 2, 2]
    log.unlink()
    tables = into(tmp_path / "out", tracks, Counting(log=str(log)), resume=True)
    assert sum(counted(log)) == len(tracks) - 6
    assert tables == into(tmp_path / "whole", tracks, Counting(log=str(log)))
    found = pl.read_parquet(tmp_path / "out" / "tracks.parquet")
    assert found["track"].to_list() == tracks.info["track"].to_list(), "nothing is counted twice"


@pytest.mark.slow
def test_progress_counts_tracks_and_goes_on_where_it_was(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=8)
    seen = []
    with OutputFolder(tmp_path / "out", resume=True) as folder:
        analyze_into(folder, shelved(folder, tracks), Tamsd(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(18, 20), (20, 20)]


@pytest.mark.parametrize(
    ("estimator", "seed", "points"),
    [(Tamsd(window=10), 0, 60), (Tamsd(), 1, 60), (Tamsd(), 0, 90)],
    ids=["window", "seed", "size of chunks"],
)
def test_another_run_is_not_taken_up(tmp_path, tracks, monkeypatch, estimator, seed: int, points: int) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    monkeypatch.setattr(chunks, "CHUNK_POINTS", points)
    with pytest.raises(
        InputError, match=r"out: was started with different input, options or version.*without --resume"
    ):
        into(tmp_path / "out", tracks, estimator, seed=seed, resume=True)
    assert len(waiting(tmp_path / "out")) == 4, "what was finished stays"


def test_other_input_is_not_taken_up(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    with pytest.raises(InputError, match="was started with different input"):
        into(tmp_path / "out", tracks.select(range(19)), resume=True)


def test_without_resume_a_run_begins_anew(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    (tmp_path / ".out.partial" / "report.html").write_text("half a report")
    other = into(tmp_path / "out", tracks.select(range(5)))
    assert set(other) == {"points.parquet", "tracks.parquet"}
    assert other == into(tmp_path / "whole", tracks.select(range(5)))


@pytest.mark.slow
def test_resume_of_nothing_simply_starts(tmp_path, tracks) -> None:
    assert into(tmp_path / "out", tracks, resume=True) == into(tmp_path / "whole", tracks)


@pytest.mark.slow
def test_resume_of_a_finished_run_is_refused(tmp_path, tracks) -> None:
    with OutputFolder(tmp_path / "out") as folder:
        analyze_into(folder, shelved(folder, tracks), Tamsd())
        (folder.draft / "run.json").write_text("{}")
        folder.finish()
    with pytest.raises(InputError, match="is already complete"):
        OutputFolder(tmp_path / "out", resume=True)


@pytest.mark.parametrize("note", ["", "[]", '{"chunks": 3}', '{"plan": 3}'])
def test_a_damaged_note_is_not_trusted(tmp_path, tracks, monkeypatch, note: str) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    (tmp_path / ".out.partial" / "plan.json").write_text(note)
    with pytest.raises(InputError, match="was started with different"):
        into(tmp_path / "out", tracks, resume=True)


@pytest.mark.slow
def test_chunks_without_a_note_are_not_trusted(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    (tmp_path / ".out.partial" / "plan.json").unlink()
    assert into(tmp_path / "out", tracks, resume=True) == into(tmp_path / "whole", tracks)


@pytest.mark.slow
def test_half_a_chunk_is_computed_again(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    kept = tmp_path / ".out.partial" / "chunks"
    (kept / "000004.points.parquet").write_bytes(b"PAR1")
    (kept / "000005.json.7-8.draft").write_bytes(b"{")
    assert into(tmp_path / "out", tracks, resume=True) == into(tmp_path / "whole", tracks)


def test_two_runs_do_not_write_one_folder(tmp_path, tracks) -> None:
    pytest.importorskip("fcntl")
    with OutputFolder(tmp_path / "out") as first:
        for resume in (False, True):
            with pytest.raises(InputError, match="out: is in use by another run of perrin"):
                OutputFolder(tmp_path / "out", resume=resume)
        analyze_into(first, shelved(first, tracks), Tamsd())
        first.finish()
    assert (tmp_path / "out").is_dir()


@pytest.mark.slow
def test_a_folder_that_appears_meanwhile_is_left_alone(tmp_path, tracks) -> None:
    with OutputFolder(tmp_path / "out") as folder:
        analyze_into(folder, shelved(folder, tracks), Tamsd())
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("three years")
        with pytest.raises(InputError, match="already exists"):
            folder.finish()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.txt"]
    assert len(waiting(tmp_path / "out")) == CHUNKS


def test_discard_leaves_what_an_earlier_run_finished(tmp_path, tracks, monkeypatch) -> None:
    interrupted(tmp_path / "out", tracks, monkeypatch, after=4)
    with OutputFolder(tmp_path / "out") as folder:
        folder.discard()
    assert len(waiting(tmp_path / "out")) == 4
    with OutputFolder(tmp_path / "new" / "deep" / "out") as folder:
        folder.discard()
    assert not (tmp_path / "new").exists()


def test_one_chunk_gives_what_many_give(tracks, monkeypatch) -> None:
    many = analyze(tracks, method="tamsd")
    monkeypatch.setattr(chunks, "CHUNK_POINTS", 1_000_000)
    one = analyze(tracks, method="tamsd")
    assert many.points.equals(one.points)
    assert many.tracks.equals(one.tracks)


@pytest.mark.slow
def test_an_error_in_a_worker_surfaces_and_finished_chunks_are_kept(tmp_path, tracks) -> None:
    log = tmp_path / "log"
    with pytest.raises(InputError, match="stumbled"):
        into(tmp_path / "out", tracks, Counting(log=str(log), stumble="19"), workers=2)
    assert "000000" in waiting(tmp_path / "out")
    assert "000009" not in waiting(tmp_path / "out")


@dataclass(frozen=True)
class Dying(Tamsd):  # type: ignore[misc]
    """Tamsd in a process that is killed."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        os._exit(9)


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_in_one_line(tmp_path, tracks) -> None:
    with pytest.raises(PerrinError, match=r"a worker process stopped.*--resume"):
        into(tmp_path / "out", tracks, Dying(), workers=2)


# The whole command, ended from outside.


@pytest.fixture(scope="module")
def table(tmp_path_factory, tracks) -> Path:
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    tracks.to_polars().drop("source", "t").write_csv(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, table) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    completed(command(table, out, "--method", "tamsd", "--workers", "1"))
    return parquet(out)


@pytest.mark.slow
@pytest.mark.parametrize(("blow", "seed"), [("SIGINT", 1), ("SIGKILL", 2), ("SIGKILL", 3)])
def test_ended_from_outside_and_taken_up(tmp_path, table, undisturbed, blow: str, seed: int) -> None:
    chance = random.Random(seed)
    out = tmp_path / "out"
    words = ("--method", "tamsd", "--workers", "1")
    process = command(table, out, *words, pause=0.1)
    await_chunk(process, out, chance.randrange(CHUNKS - 3))
    time.sleep(chance.uniform(0, 0.15))
    process.send_signal(getattr(signal, blow))
    _, err = process.communicate(timeout=PATIENCE)
    assert not out.exists()
    if blow == "SIGINT":
        assert process.returncode == 130
        assert err == "perrin: stopped; run the same command with --resume to continue\n"
    finished = waiting(out)
    assert 0 < len(finished) < CHUNKS
    completed(command(table, out, *words, "--resume"))
    assert parquet(out) == undisturbed
    assert {p.name for p in tmp_path.iterdir()} == {"out"}
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]["tracks"] == 2 * CHUNKS


@pytest.mark.slow
def test_workers_end_with_the_command(tmp_path, table) -> None:
    process = command(table, tmp_path / "out", "--method", "tamsd", "--workers", "2", pause=0.3)
    await_chunk(process, tmp_path / "out", 0)
    process.kill()
    # The pipes close when the last process that holds them has ended.
    process.communicate(timeout=PATIENCE)


@pytest.mark.slow
def test_ctrl_c_reaches_workers_without_a_word_of_theirs(tmp_path, table) -> None:
    words = ("--method", "tamsd", "--workers", "2")
    process = command(table, tmp_path / "out", *words, pause=0.3, start_new_session=True)
    await_chunk(process, tmp_path / "out", 0)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err == "perrin: stopped; run the same command with --resume to continue\n"


@pytest.mark.slow
def test_two_workers_write_the_same_tables_as_one_to_the_byte(tmp_path, tracks) -> None:
    few = tmp_path / "few.csv"
    tracks.select(range(6)).to_polars().drop("source", "t").write_csv(few)
    for workers in ("1", "2"):
        completed(command(few, tmp_path / workers, "--workers", workers))
    assert parquet(tmp_path / "1") == parquet(tmp_path / "2")
