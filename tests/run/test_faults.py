"""Every fault on the way: what was finished is kept, the message says what to do, and --resume completes."""

import errno
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import perrin
from perrin.errors import InputError, PerrinError
from perrin.estimate.local.tamsd import Tamsd
from perrin.result import Estimates, status
from perrin.run import OutputFolder, analyze_into, write_chunks
from perrin.run.result_chunks import DamagedChunkError
from perrin.run.storage import LocalStorage
from perrin.tracks import Tracks
from tests.helpers.interruptions import PATIENCE, await_chunk, command, completed, parquet, partial, waiting

CHUNKS = 9
QUICK = ("--method", "tamsd")
TOLD = "perrin: stopped; run the same command with --resume to continue\n"


@pytest.fixture(scope="module")
def tracks() -> Tracks:
    rng = np.random.default_rng(3)
    return Tracks.from_arrays([np.cumsum(rng.standard_normal((30, 2)), axis=0) for _ in range(2 * CHUNKS)])


@pytest.fixture(scope="module")
def table(tmp_path_factory, tracks) -> Path:
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    # by frame, as trackers write it: no track lies together
    tracks.to_polars().drop("source", "t").sort("frame", "track").write_csv(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, table) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    completed(command(table, out, *QUICK, "--workers", "1"))
    return parquet(out)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_a_random_moment(tmp_path, table, undisturbed, seed: int) -> None:
    """Again and again, until a run comes to its end; large inputs are read piece by piece, small ones at once."""
    chance = random.Random(seed)
    out = tmp_path / "out"
    more = {"STREAM": "1"} if seed % 2 else {}
    words = (*QUICK, "--workers", "2" if seed in (4, 9) else "1")
    begun = time.monotonic()
    process = command(table, out, *words, pause=0.05, more=more)
    await_chunk(process, out, 0)
    time.sleep(chance.uniform(0, 0.8) if seed % 3 else 0.0)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert time.monotonic() - begun < PATIENCE
    completed(command(table, out, *words, "--resume", more=more))
    assert parquet(out) == undisturbed
    assert {p.name for p in tmp_path.iterdir()} == {"out"}


@pytest.mark.slow
def test_read_piece_by_piece_the_tables_are_the_same(tmp_path, table, undisturbed) -> None:
    completed(command(table, tmp_path / "out", *QUICK, "--workers", "2", more={"STREAM": "1"}))
    found = pl.read_parquet(tmp_path / "out" / "points.parquet")
    assert found.equals(pl.read_parquet(undisturbed["points.parquet"]))


@pytest.mark.slow
def test_ctrl_c_twice(tmp_path, table, undisturbed) -> None:
    out = tmp_path / "out"
    process = command(table, out, *QUICK, "--workers", "2", pause=0.2, start_new_session=True)
    await_chunk(process, out, 1)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert set(err.splitlines(keepends=True)) == {TOLD}
    assert waiting(out)
    completed(command(table, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed


@pytest.mark.slow
def test_the_folder_is_taken_away(tmp_path, table, undisturbed) -> None:
    out = tmp_path / "out"
    process = command(table, out, *QUICK, "--workers", "1", pause=0.1)
    await_chunk(process, out, 2)
    shutil.rmtree(partial(out))
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "--resume" in err
    assert len(err.splitlines()) == 1
    completed(command(table, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed


@pytest.mark.slow
def test_a_disk_that_is_full(tmp_path, table, undisturbed) -> None:
    """A disk in memory of a few pages; needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("not allowed to mount")
    try:
        process = command(table, disk / "out", *QUICK, "--workers", "1")
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
        assert err.startswith(f"perrin: {disk / 'out'}: cannot be written (")
        assert err.endswith("Free some space, then run the same command with --resume.\n")
        assert waiting(disk / "out")
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        completed(command(table, disk / "out", *QUICK, "--workers", "1", "--resume"))
        assert parquet(disk / "out") == undisturbed
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("changed", ["on the way", "while it was stopped"])
def test_the_input_changes(tmp_path, table, undisturbed, changed: str) -> None:
    mine, out = tmp_path / "tracks.csv", tmp_path / "out"
    before = table.read_bytes()
    mine.write_bytes(before)
    stamp = mine.stat()
    process = command(mine, out, *QUICK, "--workers", "1", pause=0.1)
    await_chunk(process, out, 2)
    if changed == "while it was stopped":
        process.kill()
        process.communicate(timeout=PATIENCE)
    mine.write_bytes(before.replace(b"0,0,", b"0,0,1", 1))
    os.utime(mine, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # the clock says nothing
    if changed == "on the way":
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
        assert "tracks.csv: has changed during the run (its SHA-256 was" in err
        assert len(err.splitlines()) == 1
    process = command(mine, out, *QUICK, "--workers", "1", "--resume")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "tracks.csv: has changed since the run began" in err
    assert "Restore the file and run the same command with --resume" in err
    assert waiting(out)
    mine.write_bytes(before)
    completed(command(mine, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "how"),
    [
        ("chunks/000001.points.parquet", "changed"),
        ("chunks/000002.tracks.parquet", "gone"),
        ("chunks/000001.json", "emptied"),
    ],
)
def test_a_damaged_chunk_is_done_again(tmp_path, table, undisturbed, damage: str, how: str) -> None:
    out = interrupted(tmp_path, table)
    spoil(partial(out) / damage, how)
    completed(command(table, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed


@pytest.mark.slow
def test_a_damaged_chunk_of_the_input(tmp_path, table, undisturbed) -> None:
    out = interrupted(tmp_path, table)
    spoil(partial(out) / "tracks" / "000008.parquet", "changed")
    process = command(table, out, *QUICK, "--workers", "1", "--resume")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "is damaged or missing. Run the same command with --resume" in err
    finished = waiting(out)
    completed(command(table, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed
    assert len(finished) >= 3, "what was finished was kept"


def interrupted(tmp_path: Path, table: Path) -> Path:
    out = tmp_path / "out"
    process = command(table, out, *QUICK, "--workers", "1", pause=0.05)
    await_chunk(process, out, 3)
    process.kill()
    process.communicate(timeout=PATIENCE)
    return out


def spoil(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    {"changed": lambda: path.write_bytes(data), "emptied": lambda: path.write_bytes(b""), "gone": path.unlink}[how]()


@pytest.mark.slow
def test_the_clock_goes_backwards(tmp_path, table, undisturbed) -> None:
    out = tmp_path / "out"
    more = {"CLOCK": "100000"}
    process = command(table, out, *QUICK, "--workers", "1", pause=0.05, more=more)
    await_chunk(process, out, 3)
    process.kill()
    process.communicate(timeout=PATIENCE)
    for path in partial(out).rglob("*"):
        os.utime(path, (4e9, 4e9))  # from the future
    completed(command(table, out, *QUICK, "--workers", "2", "--resume", more=more))
    assert parquet(out) == undisturbed


@pytest.mark.slow
def test_killed_between_the_result_and_its_cleaning_up(tmp_path, table, undisturbed) -> None:
    out = tmp_path / "out"
    completed(command(table, out, *QUICK, "--workers", "1"))
    (tmp_path / "other").mkdir()
    left = interrupted(tmp_path / "other", table)
    shutil.copytree(partial(left), partial(out))
    process = command(table, out, *QUICK, "--workers", "1", "--resume")
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, f"perrin: {out}: is already complete. There is nothing to resume.\n")
    assert parquet(out) == undisturbed
    assert not partial(out).exists()


# In this process, with what cannot be brought about from outside.


def into(out: Path, tracks: Tracks, estimator=None, **how) -> dict[str, bytes]:
    with OutputFolder(out, **how) as folder:
        shelf = write_chunks(folder.input_storage, [tracks], 60)
        analyze_into(folder, shelf, estimator or Tamsd())
        folder.finish()
    return parquet(out)


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("after", [0, 9, 24, 33])
def test_writing_fails_at_any_moment(tmp_path, tracks, monkeypatch, number: int, after: int) -> None:
    whole = into(tmp_path / "whole", tracks)
    done = iter(range(10_000))

    def refuse(self, name: str, data: bytes, plainly=LocalStorage.write) -> None:
        if next(done) >= after:
            raise OSError(number, os.strerror(number))
        plainly(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "write", refuse)
        with pytest.raises(OSError, match=os.strerror(number)):
            into(tmp_path / "out", tracks)
    assert not (tmp_path / "out").exists()
    assert into(tmp_path / "out", tracks, resume=True) == whole


def test_a_disk_that_changes_what_is_written_is_told(tmp_path, tracks, monkeypatch) -> None:
    def lie(self, name: str, plainly=LocalStorage.read) -> bytes:
        data = plainly(self, name)
        return data[:-1] if name == "000003.points.parquet" else data

    monkeypatch.setattr(LocalStorage, "read", lie)
    with pytest.raises(DamagedChunkError, match=r"differ from what was written.*--resume"):
        into(tmp_path / "out", tracks)


@dataclass(frozen=True)
class Stumbling(Tamsd):  # type: ignore[misc]
    """Tamsd that cannot bear some tracks."""

    over: tuple[str, ...] = ("7", "12")

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        if set(self.over) & set(tracks.info["track"]):
            raise ZeroDivisionError("division by zero")
        return super().estimate(tracks, rng=rng)


def test_a_track_that_makes_the_method_raise_costs_itself_alone(tracks) -> None:
    found = perrin.analyze(tracks, method=Stumbling())
    plain = perrin.analyze(tracks, method=Tamsd())
    lost = pl.col("track").is_in(["7", "12"])
    assert found.tracks.filter(~lost).equals(plain.tracks.filter(~lost))
    assert found.points.filter(~lost).equals(plain.points.filter(~lost))
    assert found.tracks["track"].to_list() == plain.tracks["track"].to_list()
    failed = found.tracks.filter(lost)
    assert failed["status"].to_list() == [status.FAILED] * 2
    assert failed["n_points"].to_list() == [30, 30]
    assert all("ZeroDivisionError: division by zero" in word for word in failed["advice"])
    assert found.points.filter(lost)["status"].unique().to_list() == [status.FAILED]
    assert found.points.select("source", "track", "t", "x", "y").equals(
        plain.points.select("source", "track", "t", "x", "y")
    )


def test_it_does_so_on_disk(tmp_path, tracks) -> None:
    whole = into(tmp_path / "one", tracks, Stumbling())
    assert pl.read_parquet(whole["tracks.parquet"])["status"].to_list().count(status.FAILED) == 2


def test_a_call_that_makes_no_sense_still_ends_the_run(tracks) -> None:
    @dataclass(frozen=True)
    class Refusing(Tamsd):  # type: ignore[misc]
        def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
            raise InputError("has no third axis", remedy="Give one.")

    with pytest.raises(PerrinError, match="no third axis"):
        perrin.analyze(tracks, method=Refusing())
