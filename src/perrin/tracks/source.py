"""A file on disk as readers see it: checked, unzipped, decoded, with its first lines at hand."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast, final

from perrin.errors import InputError
from perrin.tracks.cells import MISSING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

HEAD_BYTES: Final = 1 << 18
_LINES: Final = 60
_CONTROLS: Final = bytes({*range(32)} - {9, 10, 12, 13})
"""Bytes that no text holds."""
_WIDEST: Final = 10_000
"""More columns than any table of tracks has; the readers do not look at them one by one."""
_LARGEST_RATIO: Final = 200
_ALWAYS_ALLOWED: Final = 1 << 26
_NUMBER: Final = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^[-+]?inf(inity)?$", re.IGNORECASE)
_DECIMAL_COMMA: Final = re.compile(r"^[-+]?\d*,\d+([eE][-+]?\d+)?$")

_ZARR_MARKS: Final = ("zarr.json", ".zgroup", ".zattrs")
_BINARY_KINDS: Final = (
    (b"II*\x00", "a TIFF movie"),
    (b"MM\x00*", "a TIFF movie"),
    (b"II+\x00", "a BigTIFF movie"),
    (b"\xda\xce\xbe\x0a", "a Nikon ND2 movie"),
    (b"RIFF", "an AVI movie"),
    (b"\x1aE\xdf\xa3", "a Matroska movie"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"MATLAB 5.0", "a MATLAB file without tracks"),
    (b"MATLAB 7.3", "a MATLAB file without tracks"),
)


@final
@dataclass(frozen=True)
class Layout:
    """How a text file is laid out: delimiter, decimal sign, heading, and the line where data begin (0-based)."""

    delimiter: str
    decimal_comma: bool
    names: tuple[str, ...]
    has_header: bool
    first_line: int
    sample: tuple[tuple[str, ...], ...]

    @property
    def whitespace(self) -> bool:
        """True when columns are separated by runs of blanks."""
        return self.delimiter == " "


def largest_unzipped(size: int) -> int:
    """How many bytes `size` packed bytes may unpack to; real tracks stay far below, zip bombs do not."""
    return max(_ALWAYS_ALLOWED, _LARGEST_RATIO * size)


@final
class _Unzipping(io.RawIOBase):
    """A gzipped file that refuses to become a flood."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, gzip.open(path)  # noqa: SIM115  (closed by close)
        self._left = largest_unzipped(path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        count = self._file.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise InputError(
                f"unpacks to more than {_LARGEST_RATIO} times its size, as a zip bomb does",
                file=self._path,
                remedy="Unzip it by hand if you trust it.",
            )
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


@final
class Source:
    """One input file, or one Zarr folder. Raises InputError at once when it is missing, empty, or something else."""

    def __init__(self, path: str | Path, *, name: str | None = None) -> None:
        self.path = Path(path)
        self.name = name or self.path.name
        try:
            self.folder = self.path.is_dir()
            if self.folder:
                self.raw = b""
                self._check_folder()
                return
            if not self.path.exists():
                raise InputError("does not exist", file=self.path, remedy="Check the name and the folder.")
            if not self.path.is_file():
                raise InputError("is no regular file", file=self.path, remedy="Copy its content to a file first.")
            if self.path.stat().st_size == 0:
                raise InputError("is empty", file=self.path, remedy="Export the tracks again.")
            with self.open() as stream:
                self.raw = stream.read(HEAD_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                f"cannot be read ({getattr(error, 'strerror', None) or error})",
                file=self.path,
                remedy="Check that the file is whole and that you may read it.",
            ) from error
        if not self.raw:
            raise InputError("is empty once unzipped", file=self.path, remedy="Export the tracks again.")

    def _check_folder(self) -> None:
        if not any((self.path / name).exists() for name in _ZARR_MARKS):
            raise InputError("is a directory", file=self.path, remedy="Name the track files inside it.")
        for path in self.files():
            # A link could lead anywhere, and reading a pipe would never end.
            if path.is_symlink() or not path.is_file():
                raise InputError("holds links or other things that are no plain files", file=self.path, row=None,
                                 remedy=f"Take away {path.name}.")  # fmt: skip

    def files(self) -> list[Path]:
        """The file itself, or all that a folder holds but folders, in a fixed order."""
        if not self.folder:
            return [self.path]
        return sorted(p for p in self.path.rglob("*") if p.is_symlink() or not p.is_dir())

    @cached_property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.files())

    @cached_property
    def gzipped(self) -> bool:
        """True when the file starts with the gzip signature."""
        if self.folder:
            return False
        with self.path.open("rb") as stream:
            return stream.read(2) == b"\x1f\x8b"

    def open(self) -> IO[bytes]:
        """The file's bytes, unzipped on the way; reading raises InputError where they unpack to far too much."""
        if not self.gzipped:
            return self.path.open("rb")
        return cast(IO[bytes], io.BufferedReader(_Unzipping(self.path), 1 << 20))

    @cached_property
    def ends_abruptly(self) -> bool:
        """True for a text whose last line has no end, as where a file was cut off; not known of a gzipped one."""
        if self.encoding is None or self.gzipped:
            return False
        with self.path.open("rb") as stream:
            stream.seek(-min(4, self.path.stat().st_size), io.SEEK_END)
            return not stream.read().rstrip(b"\x00").endswith((b"\n", b"\r"))

    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the file as it lies on disk; of a folder, of the list of its files' names and sums."""
        sums = []
        for path in self.files():
            with path.open("rb") as stream:
                sums.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {path.relative_to(self.path)}\n")
        return hashlib.sha256("".join(sums).encode()).hexdigest() if self.folder else sums[0][:64]

    @cached_property
    def encoding(self) -> str | None:
        """Text encoding found from the first bytes, or None for a binary file."""
        raw = self.raw
        if self.folder:
            return None
        for mark, name in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (codecs.BOM_UTF32_LE, "utf-32"),
            (codecs.BOM_UTF32_BE, "utf-32"),
            (codecs.BOM_UTF16_LE, "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16"),
        ):
            if raw.startswith(mark):
                return name
        if b"\x00" in raw:
            return None
        strange = len(raw.translate(None, _CONTROLS)) < len(raw)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(raw, final=False)
        except UnicodeDecodeError:
            return None if strange else "latin-1"
        return None if strange else "utf-8"

    @cached_property
    def binary_kind(self) -> str:
        """What a binary file seems to be, in words."""
        if self.folder:
            return "a Zarr folder without tracks"
        for magic, kind in _BINARY_KINDS:
            if self.raw.startswith(magic):
                return kind
        return "a movie" if self.raw[4:8] == b"ftyp" else "a binary file"

    @cached_property
    def head(self) -> str:
        """The first part of the text ('' for a binary file), with line ends made plain."""
        if self.encoding is None:
            return ""
        text = codecs.getincrementaldecoder(self.encoding)(errors="replace").decode(self.raw)
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def utf8(self) -> bytes:
        """The whole text as UTF-8 with plain line ends; raises InputError where it cannot be decoded."""
        if self.encoding is None:
            raise InputError(f"is {self.binary_kind}, not text", file=self.path, remedy="Leave --format out.")
        try:
            with self.open() as stream:
                data = stream.read()
            if self.encoding != "utf-8":
                data = data.decode(self.encoding).encode()
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise InputError(
                f"cannot be read to its end ({error})", file=self.path, remedy="Save it as UTF-8 text."
            ) from error
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    @cached_property
    def layout(self) -> Layout | None:
        """Delimiter, decimal sign and heading of a delimited text; None when it is none."""
        return find_layout(self.head) if self.head and not self.head.lstrip().startswith("<") else None


def is_number(text: str, *, decimal_comma: bool = False) -> bool:
    """True when `text` is a number (of any size) written with a point, or with a comma where that is the custom."""
    text = text.strip().strip('"')
    return bool(_NUMBER.match(text.replace(",", ".") if decimal_comma else text))


def is_missing(text: str) -> bool:
    """True for the words that files use for 'no value'."""
    return text.strip().strip('"').lower() in MISSING


def split_line(line: str, delimiter: str) -> tuple[str, ...]:
    """The fields of one line."""
    if delimiter == " ":
        return tuple(line.split())
    try:
        return tuple(field.strip() for field in next(csv.reader(io.StringIO(line), delimiter=delimiter), []))
    except csv.Error:  # a field longer than the module likes
        return tuple(field.strip() for field in line.split(delimiter))


def find_layout(head: str) -> Layout | None:
    """Work out how a delimited text is laid out from its first lines; None when it has no consistent columns."""
    lines = head.split("\n")
    if len(lines) > 2 and len(head) >= HEAD_BYTES // 4:
        lines = lines[:-1]
    start, heading = 0, None
    while start < len(lines) and (not lines[start].strip() or lines[start].lstrip().startswith("#")):
        if lines[start].strip():
            heading = lines[start].lstrip().lstrip("#").strip()
        start += 1
    body = [line for line in lines[start : start + _LINES] if line.strip()]
    if not body:
        return None
    delimiter = _find_delimiter(body)
    if body[0].count(delimiter) > _WIDEST:
        return None
    rows = [split_line(line, delimiter) for line in body]
    numeric = [field for row in rows[1:] or rows for field in row]
    decimal_comma = (
        delimiter != ","
        and any(_DECIMAL_COMMA.match(field) for field in numeric)
        and not any("." in field and _NUMBER.match(field) for field in numeric)
    )
    first = rows[0]
    has_header = not all(is_number(f, decimal_comma=decimal_comma) or is_missing(f) for f in first)
    if has_header:
        names, start, rows = first, start + 1, rows[1:]
    elif heading is not None and len(split_line(heading, delimiter)) == len(first):
        names, has_header = split_line(heading, delimiter), True
    else:
        names = tuple(str(i + 1) for i in range(len(first)))
    if has_header and rows and all(len(row) == len(names) + 1 for row in rows):
        names = _widened(tuple(names), rows)
    return Layout(delimiter, decimal_comma, tuple(names), has_header, start, tuple(rows))


def _widened(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The heading of rows that have one field more: a delimiter at the end, or row names in front.

    Anything else (decimal commas between commas, say) is left as it is, and refused where it is read.
    """
    if not any(row[-1] for row in rows):
        return (*names, "")
    first = [row[0] for row in rows]
    counted = [str(int(first[0]) + i) for i in range(len(first))] if first[0].isdigit() else []
    return ("", *names) if first == counted or not any(is_number(f) for f in first) else names


def _find_delimiter(lines: list[str]) -> str:
    fitting = []
    for delimiter in ("\t", ";", "|", ","):
        counts = [len(split_line(line, delimiter)) for line in lines]
        typical = max(set(counts), key=counts.count)
        if typical > 1 and sum(abs(c - typical) <= 1 for c in counts) >= 0.9 * len(counts):
            fitting.append((counts[0] == typical, delimiter))
    # A sign that the heading has as often as the rows goes before one that only words in the rows contain.
    if fitting:
        return next((delimiter for heading, delimiter in fitting if heading), fitting[0][1])
    for delimiter in (";", ","):
        if all(delimiter in line for line in lines):
            return delimiter
    widths = {len(line.split()) for line in lines[1:] or lines}
    wide = max(widths)
    # the heading may lack a name for the names of the rows
    regular = len(widths) == 1 and wide > 1 and len(lines[0].split()) in (wide, wide - 1)
    return " " if regular else ","
