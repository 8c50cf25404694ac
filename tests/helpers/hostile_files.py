"""Hostile and broken files, made by code: each with what must come of it."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import shutil
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.helpers.dialects import DIALECTS
from tests.helpers.matfiles import write_v7, write_v73
from tests.helpers.sample import make_sample

FIXTURES = Path(__file__).parent.parent / "fixtures"
MB = 1 << 20


@dataclass(frozen=True)
class Case:
    """A file, and what must come of it: refused with these words, or so many points and counted exclusions."""

    name: str
    make: Callable[[Path], object]
    refused: str | None = None
    points: int | None = None
    ignored: Mapping[str, int] | None = None
    noted: str | None = None
    ids: tuple[str, ...] | None = None
    flawed: str | None = None
    unzipped: int = 0
    file: str = "file.dat"
    options: Mapping[str, Any] = field(default_factory=dict)


CASES: list[Case] = []


def case(name: str, **about: Any) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    def register(make: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES.append(Case(name, make, **about))
        return make

    return register


def text_case(name: str, text: str | bytes, **about: Any) -> None:
    data = text.encode() if isinstance(text, str) else text
    CASES.append(Case(name, lambda path: path.write_bytes(data), **about))


def dialect_file(reader: str, name: str, path: Path) -> None:
    """A sound file of a dialect at `path`."""
    found = next(d for d in DIALECTS if (d.reader, d.name) == (reader, name))
    found.write(path, make_sample(5, gaps=found.gaps, shortest=found.shortest, zero=found.zero))


HEAD = "track,frame,x,y\n"

# numbers

text_case("infinite and missing positions", HEAD + "1,0,inf,2\n1,1,nan,2\n1,2,-inf,2\n1,3,,2\n1,4,1,2\n1,5,2,3\n",
          points=2, ignored={"position_missing": 4})  # fmt: skip
text_case("numbers near the end of floats", HEAD + "1,0,1e308,-1e308\n1,1,-1e308,1e308\n1,2,1.5,2\n", points=3)
text_case("numbers beyond floats", HEAD + "1,0,1e400,2\n1,1,1.5,2\n1,2,1.75,2.5\n", points=2,
          ignored={"position_missing": 1})  # fmt: skip
text_case(
    "times near the end of floats", "track,t (s),x,y\n1,0,1,2\n1,1e308,2,3\n1,1.7e308,3,4\n2,-1.7e308,2,3\n", points=4
)
text_case(
    "meters beyond floats", "track,frame,x (m),y (m)\n1,0,1e305,2\n1,1,2,3\n", refused="too large after conversion"
)
text_case("a huge frame", HEAD + f"1,{10**30},1,2\n1,1,2,3\n", refused="is not a frame number")
text_case("a frame that floats cannot tell from the next", HEAD + f"1,{2**53 + 1},1,2\n1,{2**53 + 2},2,3\n1,1,2,3\n",
          refused="is not a frame number")  # fmt: skip
text_case("an endless frame", HEAD + "1,inf,1,2\n1,1,2,3\n1,2,3,4\n", points=2, ignored={"time_missing": 1})
text_case("ids of 400 digits", HEAD + f"{'9' * 400},0,1,2\n{'9' * 399}8,0,5,6\n", points=2,
          ids=("9" * 400, "9" * 399 + "8"))  # fmt: skip
text_case("ids that floats cannot tell apart", HEAD + "9007199254740993,0,1,2\n9007199254740992,0,5,6\n", points=2,
          ids=("9007199254740993", "9007199254740992"))  # fmt: skip
text_case("half a frame", HEAD + "1,0.5,1,2\n1,1,2,3\n", refused="row 2, column 'frame': 0.5 is not a frame number")
text_case("negative and unsorted frames", HEAD + "1,3,1,2\n1,-5,2,3\n1,0,3,4.5\n", points=3)
text_case("a number in words", HEAD + "1,0,one,2\n", refused="row 2, column 'x': 'one' is not a number")
text_case("a thousands sign", HEAD + '1,0,"1,500",2\n', refused="'1,500' is not a number")
text_case("hexadecimal", HEAD + "1,0,0x10,2\n", refused="'0x10' is not a number")

# rows and ids

text_case("the same row twice", HEAD + "1,0,1,2\n1,0,1,2\n1,1,2,3\n", points=2, ignored={"duplicate_row": 1})
text_case("two places at one time", HEAD + "1,0,1,2\n1,0,5,6\n1,1,2,3\n", points=2, ignored={"conflicting_row": 1},
          flawed="two different positions at frame 0")  # fmt: skip
text_case("ids that are formulas", HEAD + "=cmd|' /C calc'!A0,0,1,2\n@SUM(1),0,3,4\n+1+2,0,5,7\n", points=3,
          ids=("=cmd|' /C calc'!A0", "@SUM(1)", "+1+2"))  # fmt: skip
text_case("ids that are HTML", HEAD + "<script>alert(1)</script>,0,1,2\n&lt;b&gt;,0,3,4\n", points=2,
          ids=("<script>alert(1)</script>", "&lt;b&gt;"))  # fmt: skip
text_case("no ids", HEAD + ",0,1,2\nnan,1,2,3\n-1,2,3,4\n", points=0, ignored={"untracked": 3})
text_case("mixed dimensions", "track,frame,x,y,z\n1,0,1,2,3\n1,1,2,3\n1,2,3,4,5\n", points=2,
          ignored={"position_missing": 1})  # fmt: skip
text_case(
    "a row too long", HEAD + "1,0,1,2\n1,1,2,3,4\n1,2,3,4\n", refused="row 3: has 5 fields, but the other rows have 4"
)
text_case("a quote that never ends", HEAD + '1,0,1,2\n1,1,"2,3\n1,2,3,4\n' * 9, refused="")
text_case(
    "a table cut off in a number",
    HEAD + "1,0,1.25,2\n1,1,2.5,3.1",
    points=2,
    noted="the last line does not end with a line break",
)
text_case("a heading alone", HEAD, refused="no rows")
text_case("a heading twice", "track,frame,x,x,y\n1,0,1,2,3\n", refused="could both be x")
text_case("blank lines", "\n\n \n\t\n", refused="nothing that perrin recognizes")
text_case("an empty file", "", refused="is empty")
text_case("NUL bytes in a table", HEAD.encode() + b"1,0,1,2\n1,1,2\x00,3\n", refused="a binary file")
text_case("NUL bytes far behind", HEAD.encode() + b"1,0,1,2\n" * 60_000 + b"1,\x00,2,3\n", refused="is not a number")
text_case("random bytes", np.random.default_rng(0).bytes(200_000), refused="a binary file")
text_case("one endless line", b"1," * 2_000_000, refused="")
text_case("a word of 10 MB", HEAD.encode() + b"1,0,1," + b"9" * 10_000_000 + b"\n1,1,2,3\n", points=1,
          ignored={"position_missing": 1})  # fmt: skip
text_case("ten million columns", b"a," * 10_000_000 + b"\n" + b"1," * 1_000 + b"\n", refused="")
text_case(
    "ten million commas a row",
    b"track,frame,x,y\n1,0,1,2\n" + b"," * 10_000_000 + b"\n",
    refused="fields, but the other rows have",
)

# encodings

_TABLE = HEAD.replace("track", "Größe,track") + "1,µ,0,1,2\n1,µ,1,2,3\n"
for encoding, about in {
    "utf-16": {"points": 2}, "utf-8-sig": {"points": 2}, "latin-1": {"points": 2}, "cp1252": {"points": 2},
    "utf-16-le": {"refused": "a binary file"}, "utf-32": {"points": 2},
    "utf-7": {"points": 2}, "cp037": {"refused": ""},
}.items():  # fmt: skip
    text_case(f"a table in {encoding}", _TABLE.encode(encoding), **about)
text_case("half UTF-8, half Latin-1", HEAD.encode() + "µ,0,1,2\n".encode() + "µ,1,2,3\n".encode("latin-1"), points=2)
text_case("invalid UTF-8 far behind", HEAD.encode() + b"1,0,1,2\n" * 60_000 + b"\xff\xfe,1,2,3\n", refused="")
for ends in ("\r", "\r\n", "\n\r", "\r\r\n"):
    text_case(f"line ends {ends!r}", (HEAD + "1,0,1,2\n1,1,2,3\n").replace("\n", ends), points=2)

# XML

_BOMB = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
_ROOTS = {"trackmate": "TrackMate", "tracks": "Tracks", "root": "root", "oldest": "TrakMate"}
for label, root in _ROOTS.items():
    for kind, doctype in {
        "an entity bomb": f'<!DOCTYPE {root} [<!ENTITY a "aaaaaaaaaa">{_BOMB}]>',
        "an external entity": f'<!DOCTYPE {root} [<!ENTITY i SYSTEM "file:///etc/hostname">]>',
        "a remote DTD": f'<!DOCTYPE {root} SYSTEM "http://127.0.0.1:9/a.dtd">',
        "a parameter entity": f'<!DOCTYPE {root} [<!ENTITY % p SYSTEM "http://127.0.0.1:9/a"> %p;]>',
    }.items():
        body = f'<?xml version="1.0"?>{doctype}<{root} nTracks="1"><trackfile/><TrackContestISBI2012/>&i;</{root}>'
        for form in ("trackmate-xml", "trackmate-tracks", "icy", "isbi"):
            text_case(f"{kind} in {label}, read as {form}", body, refused="DOCTYPE", options={"format": form})
text_case("XML a million elements deep", "<TrackMate><Model>" + "<a>" * 1_000_000, refused="is damaged XML")
text_case("an attribute of 20 MB", f'<Tracks nTracks="1"><particle a="{"x" * 20_000_000}"/></Tracks>', refused="")
text_case("numbers in XML that are none", '<Tracks nTracks="1"><particle><detection t="0" x="1" y="NaN"/>'
          '<detection t="1" x="1e999" y="1"/><detection t="2" x="1" y="2"/></particle></Tracks>',
          points=1, ignored={"position_missing": 2})  # fmt: skip
text_case("a spot id beyond all integers", refused="which is not a whole number",
          text=f'<TrackMate><Model><AllSpots><Spot ID="{10**30}"/></AllSpots></Model></TrackMate>')  # fmt: skip
text_case(
    "detections outside tracks",
    refused="row 1: a detection is outside of any track",
    text='<root><trackfile/><trackgroup><detection t="0" x="1" y="2"/></trackgroup></root>',
)
text_case(
    "detections outside particles",
    refused="a detection is outside of any particle",
    text='<Tracks nTracks="1"><detection t="0" x="1" y="2"/><particle/></Tracks>',
)
text_case("thousands of links from nowhere", '<root><trackfile/><trackgroup><track id="1">'
          '<detection t="0" x="1" y="2"/></track></trackgroup><linklist>'
          + '<link from="1" to="1"/>' * 50_000 + "</linklist></root>",
          points=1, noted="do not lead forward")  # fmt: skip

# bombs


def zeros(size: int) -> bytes:
    """`size` MB of zeros, gzipped in members."""
    return gzip.compress(bytes(MB), 9) * size


@case("a gzip bomb", refused="", unzipped=200 * MB)
def gzip_bomb(path: Path) -> None:
    path.write_bytes(gzip.compress(HEAD.encode() + b"1,0,1,2\n") + zeros(1000))


@case("a gzip bomb of a table", refused="zip bomb", unzipped=300 * MB)
def gzip_table(path: Path) -> None:
    path.write_bytes(gzip.compress(HEAD.encode()) + gzip.compress(b"1,0,1,2\n" * (MB // 8), 9) * 400)


@case("a gzip bomb of XML", refused="zip bomb", unzipped=300 * MB)
def gzip_xml(path: Path) -> None:
    path.write_bytes(gzip.compress(b"<TrackMate><Model>") + gzip.compress(b"<a></a>" * (MB // 7), 9) * 100)


@case("a truncated gzip", refused="cannot be read")
def gzip_cut(path: Path) -> None:
    data = gzip.compress(os.urandom(100_000))
    path.write_bytes(data[: len(data) // 2])


@case("an npz of zeros", refused="zip archive")
def npz(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tracks.npy", bytes(50 * MB))


def mat_header() -> bytes:
    return b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + b"\x00\x01IM"


def mat_matrix(kind: int, shape: tuple[int, ...], content: bytes, name: bytes = b"tr") -> bytes:
    def element(code: int, data: bytes) -> bytes:
        return struct.pack("<II", code, len(data)) + data + bytes(-len(data) % 8)

    inside = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape))
    return element(14, inside + element(1, name) + content)


def deflated(start: bytes, size: int) -> bytes:
    """`start` and then `size` MB of zeros, as one zlib stream."""
    packer = zlib.compressobj(9)
    return packer.compress(start) + b"".join(packer.compress(bytes(MB)) for _ in range(size)) + packer.flush()


@case("a MATLAB bomb", refused="", unzipped=200 * MB, options={"columns": {"x": "1", "frame": "2", "track": "3"}})
def mat_bomb(path: Path) -> None:
    size = 400 * MB
    start = mat_matrix(6, (size // 24, 3), b"")[:8] + mat_matrix(6, (size // 24, 3), b"")[8:]
    start = struct.pack("<II", 14, len(start) - 8 + 8 + size) + start[8:] + struct.pack("<II", 9, size)
    packed = deflated(start, 400)
    path.write_bytes(mat_header() + struct.pack("<II", 15, len(packed)) + packed)


@case(
    "a MATLAB matrix larger than its file", refused="states more values", options={"columns": {"x": "1", "frame": "2"}}
)
def mat_claims(path: Path) -> None:
    path.write_bytes(mat_header() + mat_matrix(6, (2**30, 3), struct.pack("<II", 9, 8) + bytes(8)))


@case("a MATLAB cell larger than its file", refused="")
def mat_cell(path: Path) -> None:
    path.write_bytes(mat_header() + mat_matrix(1, (2**30, 4), b"", b"tracksFinal"))


@case("complex MATLAB numbers", refused="", options={"columns": {"x": "1", "frame": "2"}})
def mat_complex(path: Path) -> None:
    write_v7(path, {"tr": np.ones((5, 3)) * (1 + 2j)})


@case("MATLAB cells in cells in cells", refused="")
def mat_nested(path: Path) -> None:
    inner = mat_matrix(6, (1, 1), struct.pack("<II", 9, 8) + bytes(8), b"")
    for _ in range(2000):
        inner = mat_matrix(1, (1, 1), inner, b"")
    fields = struct.pack("<IIi", 5, 4, 32) + bytes(4)
    names = b"".join(n.ljust(32, b"\0") for n in (b"xy", b"Frame", b"TimeStamp"))
    fields += struct.pack("<II", 1, len(names)) + names
    path.write_bytes(mat_header() + mat_matrix(2, (1, 1), fields + inner * 3, b"trackedPar"))


@case("an HDF5 file that is empty but claims a terabyte", refused="", file="a.mat",
      options={"columns": {"x": "1", "frame": "2", "track": "3"}})  # fmt: skip
def hdf_claims(path: Path) -> None:
    write_v73(path, {"tr": np.ones((4, 3))})
    with h5py.File(path, "r+") as file:
        del file["tr"]
        node = file.create_dataset("tr", shape=(3, 2**36), chunks=(3, 2**16), dtype="f8", compression="gzip")
        node.attrs["MATLAB_class"] = np.bytes_("double")


@case("HDF5 references that go round", refused="", file="a.mat")
def hdf_loop(path: Path) -> None:
    dialect_file("utrack", "mat 7.3", path)
    with h5py.File(path, "r+") as file:
        group = file["tracksFinal"]
        for name in list(group):
            del group[name]
            refs = group.create_dataset(name, (2, 1), dtype=h5py.ref_dtype)
            refs[0, 0] = refs[1, 0] = group.ref


@case("HDF5 data in other files", refused="", file="a.mat", options={"columns": {"x": "1", "frame": "2", "track": "3"}})
def hdf_outside(path: Path) -> None:
    write_v73(path, {"settings": np.ones((4, 3))})
    (path.parent / "secret").write_bytes(bytes(96))
    with h5py.File(path, "r+") as file:
        file.create_dataset("tr", (3, 4), "f8", external=[(str(path.parent / "secret"), 0, 96)])
        file["tr"].attrs["MATLAB_class"] = np.bytes_("double")


@case("HDF5 links to other files", refused="", file="a.mat")
def hdf_link(path: Path) -> None:
    dialect_file("anders", "mat 7.3", path.parent / "other.mat")
    write_v73(path, {"settings": np.ones((4, 3))})
    with h5py.File(path, "r+") as file:
        file["trackedPar"] = h5py.ExternalLink(str(path.parent / "other.mat"), "trackedPar")


# NumPy


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


@case("a pickle in a NumPy file", refused="", file="a.npy", options={"format": "napari"})
def npy_pickle(path: Path) -> None:
    np.save(path, np.array([Evil(), Evil()], dtype=object), allow_pickle=True)


@case("a pickle", refused="")
def plain_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Evil()))


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


for what, header in {
    "a huge shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 4)}",
    "a shape that overflows": "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    "a negative shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 4)}",
    "an empty type": "{'descr': '|V0', 'fortran_order': False, 'shape': (1000000000, 4)}",
    "an expression": "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (4, 4)}",
    "brackets without end": "(" * 100,
}.items():
    text_case(
        f"a NumPy file with {what}", npy(header, bytes(128)), refused="", file="a.npy", options={"format": "napari"}
    )

# GEFF


def changed_geff(path: Path, change: Callable[[Path], object]) -> None:
    shutil.copytree(FIXTURES / "tracks.geff", path)
    change(path)


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


X = "nodes/props/x/values"
for what, change in {
    "a pickling filter": lambda p: edit(p / X / ".zarray", filters=[{"id": "pickle"}], dtype="|O"),
    "an unknown codec": lambda p: edit(p / X / ".zarray", compressor={"id": "evil"}),
    "a huge shape": lambda p: edit(p / X / ".zarray", shape=[2**40], chunks=[2**40]),
    "a million pieces": lambda p: edit(p / X / ".zarray", shape=[2**22], chunks=[1]),
    "pieces of nothing": lambda p: edit(p / X / ".zarray", chunks=[0]),
    "another shape": lambda p: edit(p / X / ".zarray", shape=[5], chunks=[5]),
    "a damaged piece": lambda p: (p / X / "0").write_bytes(b"\x02\x01\x21\x08" + bytes(30)),
    "no nodes": lambda p: shutil.rmtree(p / "nodes"),
    "no axes": lambda p: edit(p / ".zattrs", geff={"geff_version": "1.1"}),
    "axes that are none": lambda p: edit(p / ".zattrs", geff={"axes": [1, 2]}),
    "a path as an axis": lambda p: edit(
        p / ".zattrs", geff={"axes": [{"name": "t"}, {"name": "../x", "type": "space"}]}
    ),
    "brackets without end": lambda p: (p / ".zattrs").write_text("[" * 100_000),
    "a link": lambda p: ((p / X / "0").unlink(), (p / X / "0").symlink_to("/etc/hostname")),
    "a pipe": lambda p: ((p / X / "0").unlink(), os.mkfifo(p / X / "0")),
}.items():
    CASES.append(Case(f"GEFF with {what}", lambda p, c=change: changed_geff(p, c), refused="", file="a.geff"))

# paths


@case("a symbolic link to a table", points=2)
def link(path: Path) -> None:
    (path.parent / "real.csv").write_text(HEAD + "1,0,1,2\n1,1,2,3\n")
    path.symlink_to("real.csv")


@case("a symbolic link to itself", refused="")
def link_loop(path: Path) -> None:
    path.symlink_to(path.name)


@case("a symbolic link to nothing", refused="does not exist")
def link_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


@case("a pipe", refused="is not a regular file")
def pipe(path: Path) -> None:
    os.mkfifo(path)


@case("a socket", refused="is not a regular file")
def unix_socket(path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(path.parent)  # the name of a socket must be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


@case("an endless device", refused="is not a regular file")
def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@case("a folder", refused="is a directory")
def folder(path: Path) -> None:
    path.mkdir()


# every dialect, cut off


def shortened(path: Path, dialect: Any, part: float) -> None:
    dialect.write(path, dialect.sample(5))
    if path.is_dir():
        for name in (X, "nodes/ids", "edges/ids"):
            for piece in (path / name).rglob("*"):
                if piece.is_file() and piece.name not in (".zarray", ".zattrs", "zarr.json"):
                    piece.write_bytes(piece.read_bytes()[: int(piece.stat().st_size * part)])
    else:
        path.write_bytes(path.read_bytes()[: max(1, int(path.stat().st_size * part))])


def any_v7(path: Path) -> None:
    write_v7(path, {"a": np.ones((2, 2))})


CASES.append(Case("a MATLAB file of something else", any_v7, refused="MATLAB file without tracks", file="a.mat"))
CUT = [
    Case(
        f"{d.reader}, {d.name}, cut at {part:.0%}",
        lambda p, d=d, part=part: shortened(p, d, part),
        file=d.file,
        options=d.options,
    )
    for d in DIALECTS
    for part in (0.1, 0.5, 0.97)
]
