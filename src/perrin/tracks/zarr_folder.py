"""Arrays in a Zarr folder (versions 2 and 3), checked before the library opens them.

Zarr codecs may do anything, even unpickle; here only those are allowed that merely pack numbers. Needs the extra
`formats`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.tracks.source import Source, largest_unzipped

_LARGEST_JSON: Final = 1 << 24
_CODECS: Final = frozenset(
    ("bytes", "transpose", "blosc", "gzip", "zlib", "zstd", "lz4", "bz2", "lzma", "crc32c", "shuffle", "delta")
)


@final
class ZarrFolder:
    """A Zarr folder. Raises InputError where its description is no JSON, or zarr is not installed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left = largest_unzipped(source.size)
        self._check_installed()

    @staticmethod
    def attributes(source: Source, inside: str = "") -> dict[str, Any]:
        """The attributes of a group, {} where it has none; raises InputError where they are no JSON."""
        folder = source.path / inside if inside else source.path
        found = _json(source, folder / "zarr.json").get("attributes") or _json(source, folder / ".zattrs")
        return found if isinstance(found, dict) else {}

    def has(self, inside: str) -> bool:
        """True when there is an array called `inside`."""
        return any((self.source.path / inside / name).exists() for name in ("zarr.json", ".zarray"))

    def array(self, inside: str) -> np.ndarray[Any, Any]:
        """All of an array of plain numbers; raises InputError where it is missing, damaged, too large or unsafe."""
        import zarr

        described = self._described(inside)
        try:
            self._check(inside, described)
            opened = zarr.open_array(self.source.path / inside, mode="r", zarr_format=3 if "codecs" in described else 2)
            values = np.asarray(opened[...])
        except InputError:
            raise
        except Exception as error:  # zarr and its codecs raise whatever comes where an array is not as it should be
            raise self._damaged(inside, str(error)[:120] or type(error).__name__) from None
        if values.dtype.kind not in "iufb":
            raise self._damaged(inside, f"contains {values.dtype}, not numbers")
        return values

    def _described(self, inside: str) -> dict[str, Any]:
        folder = self.source.path / inside
        found = _json(self.source, folder / "zarr.json") or _json(self.source, folder / ".zarray")
        if not found:
            raise self._damaged(inside, "is missing")
        return found

    def _check(self, inside: str, described: Mapping[str, Any]) -> None:
        """Raise unless the array is no larger than the folder can hold and is packed in a harmless way."""
        names = [*_codec_names(described.get("codecs")), *_codec_names(described.get("filters"))]
        names += _codec_names([described["compressor"]] if described.get("compressor") else None)
        if strange := {*names} - _CODECS:
            raise self._damaged(inside, f"is compressed with {min(strange)!r}, which perrin cannot unpack")
        dtype = np.dtype(str(described.get("data_type") or described.get("dtype")))
        if dtype.hasobject or dtype.kind not in "iufb":
            raise self._damaged(inside, f"contains {dtype}, not numbers")
        grid = described.get("chunk_grid", {}).get("configuration", {}).get("chunk_shape") or described.get(
            "chunks", []
        )
        for shape in (described["shape"], grid):
            if not isinstance(shape, list) or any(not isinstance(n, int) or n < 0 for n in shape):
                raise self._damaged(inside, "has an impossible shape")
            if math.prod(shape) * dtype.itemsize > largest_unzipped(self.source.size):
                raise self._damaged(inside, "states more values than the folder can contain")
        if any(n == 0 for n in grid):
            raise self._damaged(inside, "has an impossible shape")
        chunks = math.prod(-(-n // c) for n, c in zip(described["shape"], grid, strict=True))
        if chunks > 100 + 10 * len(self.source.files()):
            raise self._damaged(inside, "states far more chunks than the folder contains")
        self.left -= math.prod(described["shape"]) * dtype.itemsize
        if self.left < 0:
            raise self._damaged(inside, "states more values than the folder can contain")

    def _check_installed(self) -> None:
        try:
            import zarr  # noqa: F401
        except ImportError:
            raise InputError(
                "is a Zarr folder, which needs the package zarr",
                file=self.source.path,
                remedy="Install it with: pip install 'perrin[formats]'",
            ) from None

    def _damaged(self, inside: str, why: str) -> InputError:
        return InputError(f"array {inside} {why}", file=self.source.path, remedy="Create the file again.")


def _codec_names(codecs: Any) -> list[str]:
    """The names of codecs, whatever they are nested in."""
    if not isinstance(codecs, list):
        return []
    return [str(c.get("name") or c.get("id")) if isinstance(c, Mapping) else "something" for c in codecs]


def _json(source: Source, path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("too large")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path.name} is not valid JSON ({error})", file=source.path, remedy="Create the file again."
        ) from None
    return found if isinstance(found, dict) else {}
