"""What an analysis reads: files and URLs by name, by pattern; put into the chunk store in the chunks of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from glob import glob
from pathlib import Path
from typing import Any, Final, final

from perrin.errors import ChangedInputError, InputError
from perrin.run import chunks
from perrin.run.chunk_store import ChunkStore, write_chunks
from perrin.run.folder import Output
from perrin.run.storage import filesystem, is_url, service_errors, unreachable
from perrin.tracks import Tracks
from perrin.tracks.reading import read_file, read_files, source_names
from perrin.tracks.source import Source
from perrin.tracks.stream import stream_file
from perrin.tracks.table import ReadOptions
from perrin.version import __version__

IN_MEMORY: Final = {"text": 100_000_000, "parquet": 25_000_000}
"""Bytes of input up to which all files are read at once; more are read piece by piece."""

ReadProgress = Callable[[int, int], None]
"""Called with the bytes read and those of all files."""


@final
@dataclass(frozen=True)
class Inputs:
    """The files of a run: what the user called each, and where it lies on this machine."""

    given: tuple[str, ...]
    paths: tuple[Path, ...]

    @property
    def names(self) -> list[str]:
        """The name of each as a source of tracks."""
        return source_names(self.paths)

    def sums(self) -> dict[str, str]:
        """SHA-256 of each file as it is now, by its name."""
        return {name: Source(path).sha256() for name, path in zip(self.names, self.paths, strict=True)}


def find_inputs(words: Sequence[str], scratch: Path) -> Inputs:
    """The files that `words` name; patterns are filled in, and what lies elsewhere is copied to `scratch` first.

    Raises InputError where a pattern or URL leads to nothing.
    """
    given: list[str] = []
    paths: list[Path] = []
    for word in words:
        if is_url(word):
            for url, path in _copied(word, scratch):
                given.append(url)
                paths.append(path)
            continue
        found = [word] if Path(word).exists() or not set("*?[") & set(word) else sorted(glob(word))
        if not found:
            raise InputError("matches no file", file=word, remedy="Check the pattern and the folder.")
        given += found
        paths += map(Path, found)
    return Inputs(tuple(given), tuple(paths))


def _copied(url: str, scratch: Path) -> Iterator[tuple[str, Path]]:
    disk, path = filesystem(url)
    try:
        with service_errors(url):
            found = sorted(disk.glob(path)) if set("*?[") & set(path) else [path]
            there_is = bool(found) and disk.exists(found[0])
    except OSError as error:
        raise unreachable(url, error) from error
    if not there_is:
        raise InputError("does not lead to a file", file=url, remedy="Check the address.")
    protocol = url.partition("://")[0]
    for number, there in enumerate(found):
        here = scratch / f"{number:06d}" / there.rsplit("/", 1)[-1]
        here.parent.mkdir(parents=True, exist_ok=True)
        with service_errors(url):
            disk.get_file(there, str(here))
        yield f"{protocol}://{there.lstrip('/') if protocol != 'file' else there}", here


def store_inputs(
    folder: Output, inputs: Inputs, options: ReadOptions, progress: ReadProgress | None = None
) -> ChunkStore:
    """The tracks of all files in the chunks of the run, in `folder`; an earlier run's are taken up where it resumes.

    Raises InputError where a file cannot be read, or is not the one that the run to be resumed began with.
    """
    read_options = {"options": asdict(options), "perrin": __version__, "chunk": chunks.CHUNK_POINTS}
    if folder.resumes and (store := ChunkStore.reopen(folder.input_storage)) is not None:
        check_unchanged(inputs, {p.source: p.sha256 for p in store.provenance}, "since the run began")
        if dict(store.read_options) == _json_values(read_options):
            return store
    sources = [Source(path) for path in inputs.paths]
    sizes = [source.size for source in sources]
    if sum(source.size / IN_MEMORY["parquet" if _packed(source) else "text"] for source in sources) <= 1:
        tracks = read_files(inputs.paths, options)
        return write_chunks(folder.input_storage, [tracks], chunks.chunk_size(tracks), _json_values(read_options))
    reports = _progress_reports(sizes, progress)
    parts = (
        part
        for path, name, report in zip(inputs.paths, inputs.names, reports, strict=True)
        for part in _pieces(path, name, options, folder.work / "spill", report)
    )
    return write_chunks(folder.input_storage, parts, chunks.CHUNK_POINTS, _json_values(read_options))


def check_unchanged(inputs: Inputs, before: dict[str, str], when: str) -> None:
    """Raise ChangedInputError where a file is another one than its SHA-256 says."""
    for (name, now), given in zip(inputs.sums().items(), inputs.given, strict=True):
        if before.get(name, now) not in ("", now):
            raise ChangedInputError(
                f"has changed {when} (its SHA-256 was {before[name][:12]}… and is now {now[:12]}…)",
                file=given,
                remedy="Finished work is kept. Restore the file and run the same command with --resume, or run it "
                "without --resume to start again with the changed file.",
            )


def _pieces(
    path: Path, name: str, options: ReadOptions, spill: Path, report: Callable[[int], None]
) -> Iterator[Tracks]:
    """The tracks of one file, in pieces where its format allows it and it is large."""
    streamed = stream_file(path, options, name=name, scratch=spill, report=report)
    if streamed is not None:
        yield from streamed
        return
    tracks = read_file(path, options, name=name)
    note = "was read into memory completely, because this format cannot be read in parts"
    origins = tracks.provenance
    if Source(path).size > IN_MEMORY["text"]:
        origins = tuple(replace(origin, notes=(*origin.notes, note)) for origin in origins)
    yield replace(tracks, provenance=origins)


def _packed(source: Source) -> bool:
    return source.folder or source.gzipped or source.raw.startswith((b"PAR1", b"\x89HDF"))


def _progress_reports(sizes: list[int], progress: ReadProgress | None) -> list[Callable[[int], None]]:
    """For each file a function that is told how many of its bytes are read."""
    before = 0
    reports: list[Callable[[int], None]] = []
    for size in sizes:
        reports.append(partial(_report_progress, progress, before, sum(sizes)))
        before += size
    return reports


def _report_progress(progress: ReadProgress | None, before: int, total: int, done: int) -> None:
    if progress is not None:
        progress(before + done, total)


def _json_values(options: dict[str, Any]) -> dict[str, Any]:
    """As JSON would give it back."""
    import json

    plain: dict[str, Any] = json.loads(json.dumps(options))
    return plain
