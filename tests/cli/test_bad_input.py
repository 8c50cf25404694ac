"""Whatever is wrong: exit code 2 (3 where nothing could be analysed), one clear line, and nothing left on disk."""

import errno
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import perrin.cli
import perrin.run
from perrin.errors import InputError
from perrin.run import OutputFolder
from perrin.tracks.source import Source
from tests.helpers.walks import HEADING, walks, write

TAMSD = ("--method", "tamsd", "--no-report")
TIFF, AVI, MP4 = b"II*\x00", b"RIFF\x00\x10\x00\x00AVI LIST", b"\x00\x00\x00\x18ftypmp42"


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refused(result, *words: str, code: int = 2) -> str:
    """The one line on stderr; fails where the call was not refused in a clear way."""
    assert result.code == code, result.err
    lines = result.err.splitlines()
    assert len(lines) == 1, result.err
    assert lines[0].startswith("perrin: ")
    assert "Traceback" not in result.err
    for word in words:
        assert word in lines[0], f"{word!r} is not in {lines[0]!r}"
    return lines[0]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.csv", walks())


FILES = {
    "empty file": (b"", ["is empty"]),
    "empty gzip": (gzip.compress(b""), ["is empty once unzipped"]),
    "cut gzip": (gzip.compress(b"track,frame,x,y\n" * 500)[:60], ["cannot be read"]),
    "binary": (bytes(range(256)) * 20, ["a binary file"]),
    "tiff": (TIFF + bytes(3000), ["a TIFF movie", "TrackMate"]),
    "avi": (AVI + bytes(3000), ["an AVI movie"]),
    "mp4": (MP4 + bytes(3000), ["a movie"]),
    "heading only": (f"{HEADING}\n".encode(), ["column headings but no rows"]),
    "prose": (b"These are not the tracks you are looking for.\nMove along.\n", ["recognizes"]),
    "two time columns": (b"track,t,time,x,y\n1,0,0,1,2\n1,1,1,2,3\n", ["'t' and 'time'", "--columns t=t"]),
    "no positions": (b"track,frame,speed\n1,0,3\n1,1,4\n", ["no column for x"]),
    "results, not tracks": (b"TRACK_ID,TRACK_DISPLACEMENT,TRACK_DURATION\n1,2.5,3.5\n", ["results, not positions"]),
    "a row too wide": ("\n".join([HEADING, *100 * ["1,0,1,2"], "1,1,2,3,4"]).encode(), ["row 102", "5 fields"]),
    "broken xml": (b"<TrackMate><Model>", ["row 1", "damaged XML"]),
    "broken parquet": (b"PAR1" + bytes(2000), ["Parquet"]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_file_that_holds_no_tracks(perrin, tmp_path: Path, content: bytes, words: list[str]) -> None:
    (tmp_path / "bad").write_bytes(content)
    before = listing(tmp_path)
    refused(perrin("analyze", "bad", "-o", "out", *TAMSD), "perrin: bad", *words)
    refused(perrin("info", "bad"), "perrin: bad", *words)
    refused(perrin("convert", "bad", "new.csv"), "perrin: bad", *words)
    assert listing(tmp_path) == before


def test_text_in_a_column_of_numbers_names_row_column_and_value(perrin, tmp_path: Path) -> None:
    lines = [HEADING, *(f"{n // 50},{n % 50},{n * 0.5},{n}" for n in range(80_000))]
    lines[70_012] = "1400,11,oops,3"
    (tmp_path / "long.csv").write_text("\n".join(lines))
    refused(perrin("analyze", "long.csv", "-o", "out", *TAMSD), "long.csv", "row 70013", "column 'x'", "'oops'")
    assert listing(tmp_path) == {"long.csv"}


def test_a_file_that_is_none(perrin, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    refused(perrin("analyze", "folder", "-o", "out", *TAMSD), "folder: is a directory", "Give the track files")
    refused(perrin("analyze", "nowhere.csv", "-o", "out", *TAMSD), "nowhere.csv: does not exist")
    refused(perrin("analyze", "/dev/null", "-o", "out", *TAMSD), "is not a regular file")
    assert listing(tmp_path) == {"folder"}


def test_a_file_that_may_not_be_read(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission bits do not bind root, so the refusal of the system is played."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(good))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"good.csv: cannot be read \(Permission denied\)"):
        Source(good)


def test_one_bad_file_among_good_ones(perrin, good: Path, tmp_path: Path) -> None:
    refused(perrin("analyze", "good.csv", "nowhere.csv", "-o", "out", *TAMSD), "nowhere.csv")
    refused(perrin("analyze", "good.csv", "./good.csv", "-o", "out", *TAMSD), "given twice")
    write(tmp_path / "calibrated.csv", walks(), heading="track,frame,x (µm),y (µm)")
    refused(perrin("analyze", "good.csv", "calibrated.csv", "-o", "out", *TAMSD), "calibrated.csv", "--pixel-size")
    assert listing(tmp_path) == {"good.csv", "calibrated.csv"}


OPTIONS = {
    "negative pixel size": (["--pixel-size", "-0.1"], ["--pixel-size must be positive"]),
    "pixel size of nothing": (["--pixel-size", "0"], ["--pixel-size must be positive"]),
    "nonsense pixel size": (["--pixel-size", "abc"], ["--pixel-size 'abc' is not a number"]),
    "pixel size in seconds": (["--pixel-size", "0.1s"], ["not a unit of length"]),
    "three pixel sizes": (["--pixel-size", "1,2,3"], ["3 values"]),
    "immense pixel size": (["--pixel-size", "1e300"], ["too large or too small"]),
    "negative frame interval": (["--frame-interval", "-0.05"], ["--frame-interval must be positive"]),
    "nonsense frame interval": (["--frame-interval", "soon"], ["--frame-interval 'soon' is not a number"]),
    "frame interval in pixels": (["--frame-interval", "3nm"], ["not a unit of time"]),
    "minute frame interval": (["--frame-interval", "1e-300"], ["too large or too small"]),
    "negative error": (["--localization-error", "-1"], ["0 or positive"]),
    "nonsense error": (["--localization-error", "small"], ["is not a number"]),
    "error of nan": (["--localization-error", "nan"], ["0 or positive"]),
    "immense error": (["--localization-error", "1e300"], ["--localization-error"]),
    "three errors": (["--localization-error", "1,2,3"], ["one or two"]),
    "axial error without an axis": (["--method", "exact", "--localization-error", "1,2"], ["2 axes"]),
    "window of 1": (["--window", "1"], ["a window of 1 positions is too small"]),
    "window longer than every track": (["--window", "25"], ["25", "the longest track has only 24", "--window 24"]),
    "window beyond all numbers": (["--window", "1" + 30 * "0"], ["but the longest track has only"]),
    "alpha of 3": (["--method", "exact", "--alpha", "3"], ["alpha must be between 0 and 2"]),
    "alpha of nan": (["--method", "exact", "--alpha", "nan"], ["alpha must be between 0 and 2"]),
    "exposure of 2": (["--method", "exact", "--exposure", "2"], ["from 0 to 1"]),
    "exact window of 1": (["--method", "exact", "--window", "1"], ["a window of 1 positions is too small"]),
    "negative seed": (["--seed", "-1"], ["the seed cannot be -1"]),
    "no workers": (["--workers", "0"], ["--workers 0", "Use 1 or more"]),
    "unknown method": (["--method", "magic"], ["unknown method 'magic'", "exact, tamsd"]),
    "option of another method": (["--drift"], ["has no setting --drift", "--lags"]),
    "lags of exact": (["--method", "exact", "--lags", "1-4"], ["has no setting --lags", "--localization-error"]),
    "one lag": (["--lags", "2"], ["are not enough to fit a line"]),
    "falling lags": (["--lags", "4-1"], ["must increase"]),
    "immense lags": (["--lags", "1-1000000000"], ["must increase"]),
    "nonsense lags": (["--lags", "²"], ["is not a list of lags"]),
    "unknown format": (["--format", "magic"], ["unknown format 'magic'", "trackmate-xml"]),
    "format of another file": (["--format", "trackmate-xml"], ["good.csv"]),
    "unknown column": (["--columns", "x=nose"], ["no column 'nose'", "Its columns are"]),
    "unknown role": (["--columns", "nose=x"], ["'nose' is not a role"]),
    "malformed columns": (["--columns", "x"], ["not of the form role=name"]),
    "a role twice": (["--columns", "x=x,x=y"], ["twice"]),
    "series option for tracks": (["--log"], ["--column"]),
    "logarithm of a negative number": (["--column", "x", "--log"], ["has no logarithm"]),
}


@pytest.mark.parametrize(("options", "words"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_that_makes_no_sense(perrin, good, tmp_path: Path, options: list[str], words: list[str]) -> None:
    # The last --method counts.
    refused(perrin("analyze", "good.csv", "-o", "a/b/out", *TAMSD, *options), *words)
    assert listing(tmp_path) == {"good.csv"}, "folders on the way to DIR are left behind"


@pytest.mark.parametrize(
    "words",
    [
        ["analyze", "good.csv", "-o", "out", "--nonsense"],
        ["analyze", "good.csv", "-o", "out", "--window", "many"],
        ["analyze", "good.csv"],
        ["analyze", "-o", "out"],
        ["nonsense"],
        ["convert", "good.csv"],
    ],
    ids=" ".join,
)
def test_a_call_that_is_malformed(perrin, good: Path, tmp_path: Path, words: list[str]) -> None:
    result = perrin(*words)
    assert result.code == 2
    assert 2 <= len(result.err.splitlines()) <= 4
    assert "Traceback" not in result.err
    assert listing(tmp_path) == {"good.csv"}


PLACES = {
    "below a file": ("good.csv/out", ["cannot be created"]),
    "a file": ("good.csv", ["already exists", "--force"]),
    "where no folder can be": ("/proc/out", ["cannot be created"]),
    "no name": ("", ["is not a valid name for the output folder"]),
    "here": (".", ["is not a valid name for the output folder"]),
    "above": ("..", ["is not a valid name for the output folder"]),
    "the root": ("/", ["is not a valid name for the output folder"]),
}


@pytest.mark.parametrize(("place", "words"), PLACES.values(), ids=PLACES)
def test_an_output_folder_that_cannot_be(perrin, good: Path, tmp_path: Path, place: str, words: list[str]) -> None:
    refused(perrin("analyze", "good.csv", "-o", place, *TAMSD), *words)
    assert listing(tmp_path) == {"good.csv"}


def test_an_output_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=r"out: cannot be created \(Permission denied\)"):
        OutputFolder(tmp_path / "out")
    assert listing(tmp_path) == set()


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_folder_of_other_things_is_never_replaced(perrin, good: Path, tmp_path: Path, force: list[str]) -> None:
    other = tmp_path / "out"
    other.mkdir()
    (other / "thesis.txt").write_text("three years")
    refused(perrin("analyze", "good.csv", "-o", "out", *TAMSD, *force), "thesis.txt" if force else "already exists")
    refused(perrin("analyze", "good.csv", "-o", "out", "--resume", *TAMSD, *force), "out")
    (tmp_path / ".out.partial").mkdir()
    refused(perrin("analyze", "good.csv", "-o", "out", "--resume", *TAMSD, *force), "out")
    (tmp_path / "link").symlink_to("out")
    refused(perrin("analyze", "good.csv", "-o", "link", *TAMSD, *force), "link: is a symbolic link")
    assert listing(other) == {"thesis.txt"}


def test_a_name_that_is_no_text(good: Path, tmp_path: Path) -> None:
    (tmp_path / "latin-\udce9.csv").write_bytes(good.read_bytes())
    command = [sys.executable, "-m", "perrin", "info", "latin-\udce9.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("perrin: the name 'latin-\\udce9.csv' is not valid text. Rename")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("size", [0, 3_000])
def test_a_full_disk_before_the_report(perrin, good: Path, tmp_path: Path, size: int) -> None:
    said = refused(perrin("analyze", "good.csv", "-o", "out", "--method", "tamsd", largest_file=size), "--resume")
    assert said.startswith("perrin: out: cannot be written (")
    assert not (tmp_path / "out").exists()
    assert perrin("analyze", "good.csv", "-o", "out", "--resume", *TAMSD).code == 0
    assert listing(tmp_path / "out") == {"points.parquet", "tracks.parquet", "population.parquet", "run.json"}
    assert not (tmp_path / ".out.partial").exists()


@pytest.mark.slow
def test_a_full_disk_while_the_report_is_written(perrin, good: Path, tmp_path: Path) -> None:
    call = ("analyze", "good.csv", "-o", "out", "--method", "tamsd")
    refused(perrin(*call, largest_file=200_000), "out: cannot be written", "File too large", "--resume")
    assert not (tmp_path / "out").exists()
    refused(perrin(*call, "--resume", "--window", "9"), "out: was started with different input, options or version")
    refused(perrin("analyze", "nowhere.csv", "-o", "out"), "nowhere.csv")
    assert (tmp_path / ".out.partial" / "chunks" / "000000.json").exists(), "what was finished stays"
    assert perrin(*call, "--resume", "--no-report").code == 0
    assert listing(tmp_path / "out") == {"points.parquet", "tracks.parquet", "population.parquet", "run.json"}, (
        "half a report is left"
    )


def test_a_full_disk_in_convert(perrin, good: Path, tmp_path: Path) -> None:
    for name in ("new.csv", "new.parquet"):
        refused(perrin("convert", "good.csv", name, largest_file=1_000), f"{name}: cannot be written")
    before = good.read_bytes()
    refused(perrin("convert", "good.csv", "good.csv", "--force", largest_file=1_000), "good.csv: cannot be written")
    assert good.read_bytes() == before
    assert listing(tmp_path) == {"good.csv"}


@pytest.mark.parametrize("last", ["write_text", "disk_errors"])
def test_no_space_left_is_told_as_such(monkeypatch, capsys, good: Path, tmp_path: Path, last: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(perrin.run, last, full)
    monkeypatch.setattr(sys, "argv", ["perrin", "analyze", str(good), "-o", str(tmp_path / "out"), *TAMSD])
    with pytest.raises(SystemExit) as ended:
        perrin.cli.main()
    assert ended.value.code == 2
    assert "out: cannot be written (No space left on device). Free some space" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_polars_words_for_a_full_disk_become_an_oserror() -> None:
    def write() -> None:
        with perrin.run.disk_errors():
            raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)")

    with pytest.raises(OSError, match=r"^No space left on device \(os error 28\)$"):
        write()


def test_out_of_memory_is_one_line(monkeypatch, capsys, good: Path, tmp_path: Path) -> None:
    def hungry(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(perrin.run, "analyze_into", hungry)
    monkeypatch.setattr(sys, "argv", ["perrin", "analyze", str(good), "-o", str(tmp_path / "out"), *TAMSD])
    with pytest.raises(SystemExit) as ended:
        perrin.cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("perrin: out of memory")


@pytest.mark.slow
def test_convert_refuses(perrin, good: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    refused(perrin("convert", "good.csv", "new.xlsx"), "new.xlsx: cannot write .xlsx", ".parquet, .csv")
    refused(perrin("convert", "good.csv", "new"), "without an extension")
    refused(perrin("convert", "good.csv", "good.csv"), "already exists", "--force")
    refused(perrin("convert", "good.csv", "folder.csv", "--force"), "folder.csv: cannot be written")
    refused(perrin("convert", "good.csv", "nowhere/new.csv"), "nowhere/new.csv: cannot be written")
    assert listing(tmp_path) == {"good.csv", "folder.csv"}


def test_cite_refuses(perrin, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("[1, 2")
    refused(perrin("cite", "magic"), "unknown method 'magic'")
    refused(perrin("cite", "folder"), "folder: does not contain run.json")
    refused(perrin("cite", "broken"), "is not a record of an analysis")


NOTHING = {
    "too short": (
        [f"{track},{frame},{frame % 3},{track}" for track in range(3) for frame in range(5)],
        ["3 too_short (fewer positions than the method needs)"],
        {"too_short": 3},
    ),
    "immobile": (
        [f"{track},{frame},{track},2" for track in range(2) for frame in range(12)],
        ["2 immobile (no motion"],
        {"immobile": 2},
    ),
    "two particles under one id": (
        [f"7,{frame},{frame + shift},{frame % 2}" for shift in (0, 50) for frame in range(12)],
        ["1 bad_input", "12 rows left out (conflicting_row)"],
        {"bad_input": 1},
    ),
    "nothing finite": (
        ["1,1,nan,3", "1,2,nan,4"],
        ["1 bad_input", "2 rows left out (position_missing)"],
        {"bad_input": 1},
    ),
    "no row tracked": ([",1,2,3", ",2,3,4"], ["no tracks", "2 rows left out (untracked)"], {}),
    "some of each": (
        [
            *(f"1,{frame},5,5" for frame in range(9)),
            *(f"2,{frame},{frame},5" for frame in range(4)),
            *(f"3,{frame},{frame},5" for frame in range(4)),
        ],
        ["2 too_short", "1 immobile"],
        {"immobile": 1, "too_short": 2},
    ),
}


@pytest.mark.parametrize("report", [[], ["--no-report"]], ids=["report", "no report"])
@pytest.mark.parametrize(("rows", "words", "counts"), NOTHING.values(), ids=NOTHING)
def test_nothing_to_analyse(perrin, tmp_path: Path, rows, words: list[str], counts: dict, report: list[str]) -> None:
    write(tmp_path / "a.csv", rows)
    result = perrin("analyze", "a.csv", "-o", "out", "--workers", "1", *report)
    refused(result, "no track could be analyzed", "out/run.json", *words, code=3)
    out = tmp_path / "out"
    assert listing(out) == {"points.parquet", "tracks.parquet", "population.parquet", "run.json"} | (
        set() if report else {"report.html"}
    )
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["counts"]["tracks_by_status"] == counts
    assert pl.read_parquet(out / "tracks.parquet").height == sum(counts.values())
    assert listing(tmp_path) == {"a.csv", "out"} | {f"out/{name}" for name in listing(out)}
