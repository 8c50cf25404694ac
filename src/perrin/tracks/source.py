"""A file on disk as readers see it: checked, unzipped, decoded, with its first lines at hand."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast, final

from perrin.errors import InputError
from perrin.tracks.layout import HEAD_BYTES, TextLayout, find_layout

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_CONTROLS: Final = bytes({*range(32)} - {9, 10, 12, 13})
"""Bytes that no text holds."""
_LARGEST_RATIO: Final = 200
_ALWAYS_ALLOWED: Final = 1 << 26
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


def largest_unzipped(size: int) -> int:
    """How many bytes `size` packed bytes may unpack to; real tracks stay far below, zip bombs do not."""
    return max(_ALWAYS_ALLOWED, _LARGEST_RATIO * size)


@final
class _Unzipping(io.RawIOBase):
    """A gzipped file that refuses to become a flood."""

    def __init__(self, path: Path) -> None:
        self._path, self._packed = path, path.open("rb")  # closed by close
        self._file = gzip.GzipFile(fileobj=self._packed)
        self._left = largest_unzipped(path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        count = self._file.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise InputError(
                f"unpacks to more than {_LARGEST_RATIO} times its size, like a zip bomb",
                file=self._path,
                remedy="If you trust the file, unzip it yourself.",
            )
        return count

    def reached(self) -> int:
        """Bytes of the packed file that have been read."""
        return self._packed.tell()

    def close(self) -> None:
        self._file.close()
        self._packed.close()
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
                raise InputError("is not a regular file", file=self.path, remedy="Copy its content to a file first.")
            if self.path.stat().st_size == 0:
                raise InputError("is empty", file=self.path, remedy="Export the tracks again.")
            with self.open() as stream:
                self.raw = stream.read(HEAD_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                f"cannot be read ({getattr(error, 'strerror', None) or error})",
                file=self.path,
                remedy="Check that the file is complete and that you have permission to read it.",
            ) from error
        if not self.raw:
            raise InputError("is empty once unzipped", file=self.path, remedy="Export the tracks again.")

    def _check_folder(self) -> None:
        if not any((self.path / name).exists() for name in _ZARR_MARKS):
            raise InputError("is a directory", file=self.path, remedy="Give the track files in it.")
        for path in self.files():
            # A link could lead anywhere, and reading a pipe would never end.
            if path.is_symlink() or not path.is_file():
                raise InputError("contains links or other entries that are not regular files", file=self.path, row=None,
                                 remedy=f"Remove {path.name}.")  # fmt: skip

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

    @staticmethod
    def reached(stream: IO[bytes]) -> int:
        """How many bytes of the file on disk have been read of what `open` gave."""
        raw = getattr(stream, "raw", None)
        return raw.reached() if isinstance(raw, _Unzipping) else stream.tell()

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
            raise InputError(f"is {self.binary_kind}, not text", file=self.path, remedy="Remove --format.")
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
    def layout(self) -> TextLayout | None:
        """Delimiter, decimal sign and heading of a delimited text; None when it is none."""
        return find_layout(self.head) if self.head and not self.head.lstrip().startswith("<") else None
