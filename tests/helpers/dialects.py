"""Every format and dialect that perrin reads, as functions that write a sample in it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.helpers.matfiles import write_v7, write_v73
from tests.helpers.sample import Sample, make_sample, renumbered

AXES = "xyz"
Write = Callable[[Path, Sample], None]


@dataclass(frozen=True)
class Dialect:
    """How a sample is written, by which reader it must be recognised, and what is in the file then."""

    name: str
    reader: str
    write: Write
    length: str = "px"
    time: str = "frame"
    factor: float = 1.0
    tolerance: float = 0.0
    file: str = "tracks.dat"
    dimensions: tuple[int, ...] = (2,)
    gaps: bool = True
    frames: bool = True
    errors: bool = False
    first_id: int | None = None
    shortest: int = 2
    zero: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def sample(self, seed: int, dimension: int = 2) -> Sample:
        """A sample that the dialect can hold."""
        return make_sample(seed, dimension=dimension, gaps=self.gaps, shortest=self.shortest, zero=self.zero)

    def expected(self, sample: Sample) -> Sample:
        """The sample with the ids that the format keeps or gives."""
        return sample if self.first_id is None else renumbered(sample, self.first_id)


DIALECTS: list[Dialect] = []


def dialect(name: str, reader: str, **about: Any) -> Callable[[Write], Write]:
    """Register the function below as the writer of a dialect."""

    def register(write: Write) -> Write:
        DIALECTS.append(Dialect(name, reader, write, **about))
        return write

    return register


def text(path: Path, lines: list[str], *, end: str = "\n", encoding: str = "utf-8") -> None:
    path.write_bytes((end.join(lines) + end).encode(encoding))


# tables with a heading


def table(
    sample: Sample, heading: list[str], *, sep: str = ",", comma: bool = False, errors: bool = False, swap: bool = False
) -> list[str]:
    def number(value: float) -> str:
        return repr(value).replace(".", ",") if comma else repr(value)

    lines = [sep.join(heading)]
    for name, frame, place, error in sample.flat():
        cells = [name, str(frame), *map(number, place[::-1] if swap else place)]
        lines.append(sep.join(cells + [number(e) for e in error] if errors else cells))
    return lines


@dialect("comma", "table", dimensions=(2, 3))
def comma(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["particle", "frame", *AXES[: sample.dimension]]))


@dialect("tab, µm, errors", "table", length="µm", errors=True, dimensions=(2, 3))
def tab_errors(path: Path, sample: Sample) -> None:
    axes = AXES[: sample.dimension]
    heading = ["trajectory", "frame", *(f"{a} (µm)" for a in axes), *(f"{a}_err (µm)" for a in axes)]
    text(path, table(sample, heading, sep="\t", errors=True))


@dialect("semicolon, decimal comma, Latin-1, nm", "table", length="µm", factor=1e-3, tolerance=1e-14)
def semicolon(path: Path, sample: Sample) -> None:
    lines = table(sample, ["Spur", "Frame", "X pos (nm)", "Y pos (nm)", "Größe"], sep=";", comma=True)
    heading = lines[0].replace("Spur", "Track")
    text(path, [heading, *(f"{line};1,5" for line in lines[1:])], encoding="latin-1")


@dialect("y before x, BOM", "table")
def swapped(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["id", "slice", "y", "x"], swap=True), encoding="utf-8-sig")


@dialect("UTF-16", "table")
def wide(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["track", "frame", "x", "y"], sep="\t"), encoding="utf-16")


@dialect("CR line ends", "table")
def carriage(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["track", "frame", "x", "y"]), end="\r")


@dialect("CRLF line ends, gzip", "table")
def gzipped(path: Path, sample: Sample) -> None:
    lines = table(sample, ["track", "frame", "x", "y"])
    path.write_bytes(gzip.compress("\r\n".join(lines).encode()))


@dialect("blanks", "table")
def blanks(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["track", "frame", "x", "y"], sep="   "))


@dialect("times in ms", "table", time="s", frames=False, length="µm")
def milliseconds(path: Path, sample: Sample) -> None:
    lines = ["track,time (ms),x (um),y (um)"]
    lines += [f"{i},{f * sample.interval * 1e3!r},{x!r},{y!r}" for i, f, (x, y), _ in sample.flat()]
    text(path, lines)


@dialect("pandas index", "table")
def indexed(path: Path, sample: Sample) -> None:
    lines = table(sample, ["particle", "frame", "x", "y"])
    text(path, [f",{lines[0]}", *(f"{i},{line}" for i, line in enumerate(lines[1:]))])


@dialect("Parquet", "table", dimensions=(2, 3))
def parquet(path: Path, sample: Sample) -> None:
    rows = [(int(i), f, *p) for i, f, p, _ in sample.flat()]
    pl.DataFrame(rows, schema=["track", "frame", *AXES[: sample.dimension]], orient="row").write_parquet(path)


# TrackMate

_FEATURES = ("QUALITY", "POSITION_X", "POSITION_Y", "POSITION_Z", "POSITION_T", "FRAME", "RADIUS")
_SPOKEN = ("Quality", "X", "Y", "Z", "T", "Frame", "Radius")
_UNITS = ("(quality)", "(micron)", "(micron)", "(micron)", "(sec)", "", "(micron)")


def spots(sample: Sample, *, missing: str) -> list[str]:
    lines = []
    for number, (name, frame, place, _) in enumerate(sample.flat()):
        x, y, z = (*place, 0.0)[:3]
        lines.append(
            f"ID{number},{number},{name},7.5,{x!r},{y!r},{z!r},{frame * sample.interval!r},{frame},2.5,{missing}"
        )
    return lines


@dialect("four heading rows", "trackmate-csv", length="µm", time="s", dimensions=(2, 3))
def trackmate_four(path: Path, sample: Sample) -> None:
    heads = [("LABEL", "ID", "TRACK_ID", *_FEATURES, "MEAN"), ("Label", "Spot ID", "Track ID", *_SPOKEN, "Mean")]
    units = ("", "", "", *_UNITS, "(counts)")
    text(path, [*(",".join(h) for h in (heads[0], heads[1], heads[1], units)), *spots(sample, missing="")])


@dialect("headless, three heading rows", "trackmate-csv", length="µm", time="s")
def trackmate_headless(path: Path, sample: Sample) -> None:
    heads = (
        ("ID", "LABEL", "TRACK_ID", "TRACK_NAME", "TRACK_VISIBLE", *_FEATURES),
        ("ID", "Label", "Track ID", "Track name", "Track visibility", *_SPOKEN),
        ("", "", "", "", "", *_UNITS),
    )
    lines = [line.split(",") for line in spots(sample, missing="ø")]
    text(path, [*map(",".join, heads), *(",".join([c[1], c[0], c[2], f"Track_{c[2]}", "1", *c[3:-1]]) for c in lines)])


@dialect("headless, two heading rows", "trackmate-csv", length="µm", time="s")
def trackmate_headless_two(path: Path, sample: Sample) -> None:
    heads = (("ID", "LABEL", "TRACK_ID", *_FEATURES, "GATE"), ("", "", "", *_UNITS, ""))
    text(path, [*map(",".join, heads), *spots(sample, missing="ø")])


@dialect("version 6, one heading row", "trackmate-csv", options={"pixel_size": 1.0}, length="µm")
def trackmate_six(path: Path, sample: Sample) -> None:
    text(path, [",".join(("Label", "ID", "TRACK_ID", *_FEATURES, "GATE")), *spots(sample, missing="None")])


@dialect("displayed names", "trackmate-csv", options={"pixel_size": 1.0, "frame_interval": None}, length="µm")
def trackmate_displayed(path: Path, sample: Sample) -> None:
    text(path, [",".join(("Label", "Spot ID", "Track ID", *_SPOKEN, "Gate")), *spots(sample, missing="")])


def trackmate_parts(sample: Sample, *, ends: tuple[str, str], named: bool) -> tuple[list[str], list[str]]:
    """The XML of spots by frame and of tracks of links."""
    at: dict[int, list[str]] = {}
    tracks, number = [], 0
    for name, frames, places in zip(sample.ids, sample.frames, sample.positions, strict=True):
        tracks.append(f'<Track TRACK_ID="{name}">' if named else "<Track>")
        for step, (frame, place) in enumerate(zip(frames.tolist(), places.tolist(), strict=True)):
            x, y, z = (*place, 0.0)[:3]
            at.setdefault(frame, []).append(
                f'<Spot ID="{number}" name="ID{number}" QUALITY="1.5" POSITION_X="{x!r}" POSITION_Y="{y!r}" '
                f'POSITION_Z="{z!r}" FRAME="{frame}" RADIUS="2.5" />'
            )
            if step:
                tracks.append(f'<Edge {ends[0]}="{number - 1}" {ends[1]}="{number}" LINK_COST="1.0" />')
            number += 1
        tracks.append("</Track>")
    lines = []
    for frame in sorted(at):
        lines += [f'<SpotsInFrame frame="{frame}">', *at[frame], "</SpotsInFrame>"]
    return lines, tracks


@dialect("full", "trackmate-xml", length="µm", time="s", dimensions=(2, 3))
def trackmate_xml(path: Path, sample: Sample) -> None:
    spots_, tracks = trackmate_parts(sample, ends=("SPOT_SOURCE_ID", "SPOT_TARGET_ID"), named=True)
    kept = [f'<TrackID TRACK_ID="{name}" />' for name in sample.ids]
    text(path, [
        '<?xml version="1.0" encoding="UTF-8"?>', '<TrackMate version="7.11.1">',
        '<Model spatialunits="micron" timeunits="sec"><AllSpots nspots="9">', *spots_, "</AllSpots><AllTracks>",
        *tracks, "</AllTracks><FilteredTracks>", *kept, "</FilteredTracks></Model>",
        f'<Settings><ImageData filename="a.tif" timeinterval="{sample.interval!r}" /></Settings>', "</TrackMate>",
    ])  # fmt: skip


@dialect("oldest", "trackmate-xml", length="px", time="s", first_id=0)
def trackmate_oldest(path: Path, sample: Sample) -> None:
    spots_, tracks = trackmate_parts(sample, ends=("sourceID", "targetID"), named=False)
    text(path, [
        '<?xml version="1.0" encoding="UTF-8"?>', "<TrakMate>",
        f'<ImageData filename="a.tif" timeinterval="{sample.interval!r}" spatialunits="pixel" timeunits="sec" />',
        "<AllTracks>", *tracks, "</AllTracks><AllSpots>", *spots_, "</AllSpots>", "</TrakMate>",
    ])  # fmt: skip


def particles(sample: Sample) -> list[str]:
    lines = []
    for frames, places in zip(sample.frames, sample.positions, strict=True):
        lines.append(f'<particle nSpots="{len(frames)}">')
        for frame, place in zip(frames.tolist(), places.tolist(), strict=True):
            x, y, z = (*place, 0.0)[:3]
            lines.append(f'<detection t="{frame}" x="{x!r}" y="{y!r}" z="{z!r}" />')
        lines.append("</particle>")
    return lines


@dialect("tracks only", "trackmate-tracks", length="µm", time="s", first_id=0, dimensions=(2, 3))
def trackmate_tracks(path: Path, sample: Sample) -> None:
    head = f'nTracks="{len(sample.ids)}" spaceUnits="µm" frameInterval="{sample.interval * 1e3!r}" timeUnits="ms"'
    text(
        path,
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<Tracks {head} from="TrackMate v7">',
            *particles(sample),
            "</Tracks>",
        ],
    )


# other trackers


@dialect("challenge", "isbi", first_id=0, dimensions=(2, 3))
def isbi(path: Path, sample: Sample) -> None:
    head = '<TrackContestISBI2012 SNR="7" density="low" scenario="VESICLE">'
    text(path, ['<?xml version="1.0"?>', "<root>", head, *particles(sample), "</TrackContestISBI2012>", "</root>"])


@dialect("pieces and links", "icy", dimensions=(2, 3))
def icy(path: Path, sample: Sample) -> None:
    """As Icy demands: a new piece after every gap, ids as large as Java's hash codes, links behind."""
    lines, links = [], []
    for name, frames, places in zip(sample.ids, sample.frames, sample.positions, strict=True):
        piece, before = 0, ""
        for step, (frame, place) in enumerate(zip(frames.tolist(), places.tolist(), strict=True)):
            if step == 0 or frame > frames[step - 1] + 1:
                lines += ["</track>"] if step else []
                called = name if step == 0 else f"-{name}00{piece}"
                links += [f'<link from="{before}" to="{called}" />'] if step else []
                lines.append(f'<track id="{called}">')
                before, piece = called, piece + 1
            x, y, z = (*place, 0.0)[:3]
            lines.append(f'<detection t="{frame}" x="{x!r}" y="{y!r}" z="{z!r}" classname="a.b.C" type="1" />')
        lines.append("</track>")
    head = ['<?xml version="1.0" encoding="UTF-8"?>', "<root>", '<trackfile version="1" />', "<trackgroup>"]
    text(path, [*head, *lines, "</trackgroup>", "<linklist>", *links, "</linklist>", "</root>"])


def mosaic_lines(sample: Sample, sep: str) -> list[str]:
    lines = []
    for number, (name, frame, place, _) in enumerate(sample.flat()):
        x, y, z = (*place, 0.0)[:3]
        lines.append(sep.join([str(number + 1), name, str(frame), repr(x), repr(y), repr(z), "1.5", "0.0"]))
    return lines


@dialect("csv", "mosaic", dimensions=(2, 3))
def mosaic(path: Path, sample: Sample) -> None:
    text(path, [",Trajectory,Frame,x,y,z,m0,NPscore", *mosaic_lines(sample, ",")])


@dialect("tsv", "mosaic")
def mosaic_tsv(path: Path, sample: Sample) -> None:
    text(path, [" \tTrajectory\tFrame\tx\ty\tz\tm0\tNPscore", *mosaic_lines(sample, "\t")])


def mdf_points(frames: np.ndarray, places: np.ndarray) -> list[str]:
    return [
        " ".join(["Point", str(i), *(repr(v) for v in (*p, 1.0)[:3]), f"{f}.0", "1.0"])
        for i, (f, p) in enumerate(zip(frames.tolist(), places.tolist(), strict=True), start=1)
    ]


@dialect("one cluster", "mtrackj", dimensions=(2, 3))
def mtrackj(path: Path, sample: Sample) -> None:
    lines = ["MTrackJ 1.5.1 Data File", "Displaying true true true 1 1 0 0", "Assembly 1 FF0000", "Cluster 1 FFFF00"]
    for name, frames, places in zip(sample.ids, sample.frames, sample.positions, strict=True):
        lines += [f"Track {name} 00ff00", *mdf_points(frames, places)]
    text(path, [*lines, "End of MTrackJ Data File"], end="\r\n")


@dialect("heading", "spot-on", length="µm", time="s")
def spot_on(path: Path, sample: Sample) -> None:
    lines = ["frame,t,trajectory,x,y"]
    lines += [f"{f},{f * sample.interval!r},{i},{x!r},{y!r}" for i, f, (x, y), _ in sample.flat()]
    text(path, lines)


@dialect("row numbers", "spot-on", length="µm", time="s")
def spot_on_indexed(path: Path, sample: Sample) -> None:
    lines = [",frame,t,trajectory,x,y"]
    flat = sample.flat()
    lines += [f"{n},{f},{f * sample.interval!r},{i},{x!r},{y!r}" for n, (i, f, (x, y), _) in enumerate(flat)]
    text(path, lines)


@dialect("no heading", "evalspt")
def evalspt(path: Path, sample: Sample) -> None:
    text(path, [f"{x!r}\t{y!r}\t{f}\t{i}" for i, f, (x, y), _ in sample.flat()])


@dialect("heading", "slimfast")
def slimfast(path: Path, sample: Sample) -> None:
    lines = ["x0\ty0\tt0\ttraj\tphotons", *(f"{x!r}\t{y!r}\t{f}\t{i}\t100" for i, f, (x, y), _ in sample.flat())]
    text(path, lines)


@dialect("no heading", "trxyt", length="µm", time="s", frames=False)
def trxyt(path: Path, sample: Sample) -> None:
    text(path, [f"{i}\t{x!r}\t{y!r}\t{f * sample.interval:.9g}" for i, f, (x, y), _ in sample.flat()])


@dialect("row numbers", "trxyt", length="µm", time="s", frames=False)
def trxyt_indexed(path: Path, sample: Sample) -> None:
    flat = sample.flat()
    text(path, [f"{n}\t{i}\t{x!r}\t{y!r}\t{f * sample.interval:.9g}" for n, (i, f, (x, y), _) in enumerate(flat)])


@dialect("preamble", "imaris", length="µm", dimensions=(2, 3))
def imaris(path: Path, sample: Sample) -> None:
    lines = ["", "Position", "====================",
             "Position X,Position Y,Position Z,Unit,Category,Collection,Time,TrackID,ID,"]  # fmt: skip
    for number, (name, frame, place, _) in enumerate(sample.flat()):
        x, y, z = (*place, 0.0)[:3]
        lines.append(f"{x!r},{y!r},{z!r},um,Spot,Position,{frame},{name},{number},")
    text(path, lines)


@dialect("Birth [s]", "imaris", length="µm", time="s", frames=False)
def imaris_birth(path: Path, sample: Sample) -> None:
    lines = ["Position X,Position Y,Position Z,Unit,Category,Collection,Birth [s],Death [s],TrackID,ID,"]
    for number, (name, frame, (x, y), _) in enumerate(sample.flat()):
        t = frame * sample.interval
        lines.append(f"{x!r},{y!r},1.5,um,Surface,Position,{t!r},{t + 1!r},{name},{number},")
    text(path, lines)


# arrays


def napari_rows(sample: Sample) -> np.ndarray:
    return np.array([(float(i), float(f), *place[::-1]) for i, f, place, _ in sample.flat()])


@dialect("array", "napari", file="tracks.npy", dimensions=(2, 3))
def napari(path: Path, sample: Sample) -> None:
    np.save(path, napari_rows(sample))


@dialect("array in Fortran order, big-endian", "napari", file="tracks.npy")
def napari_fortran(path: Path, sample: Sample) -> None:
    np.save(path, np.asfortranarray(napari_rows(sample).astype(">f8")))


@dialect("csv", "napari", dimensions=(2, 3))
def napari_csv(path: Path, sample: Sample) -> None:
    heading = ",".join(("ID", "T", *AXES[: sample.dimension][::-1].upper()))
    text(path, [heading, *(",".join(map(repr, row)) for row in napari_rows(sample).tolist())])


def minflux_record(sample: Sample, dtype: list[Any]) -> np.ndarray:
    """One record an event: tid, tim, and valid; positions are filled in by the caller, in m."""
    flat = sample.flat()
    array = np.zeros(len(flat), dtype=dtype)
    array["tid"] = [int(i) for i, *_ in flat]
    array["tim"] = [f * sample.interval for _, f, *_ in flat]
    array["vld"] = True
    return array


_MINFLUX = {"length": "µm", "time": "s", "factor": 1.0, "tolerance": 1e-12, "frames": False}


@dialect("npy, an event a record", "minflux", file="a.npy", dimensions=(2, 3), **_MINFLUX)
def minflux_events(path: Path, sample: Sample) -> None:
    inner = [("itr", "<i4"), ("tic", "<u8"), ("loc", "<f8", (3,)), ("eco", "<i4")]
    array = minflux_record(sample, [("itr", inner, (4,)), ("sqi", "<u4"), ("tim", "<f8"), ("tid", "<i4"), ("vld", "?")])
    array["itr"]["loc"] = np.nan
    for row, (_, _, place, _) in enumerate(sample.flat()):
        array["itr"]["loc"][row, :3] = -1.0
        array["itr"]["loc"][row, 3] = [v * 1e-6 for v in (*place, 0.0)[:3]]
    np.save(path, array)


@dialect("npy, an iteration a record, last ones only", "minflux", file="a.npy", **_MINFLUX)
def minflux_iterations(path: Path, sample: Sample) -> None:
    kinds = [("vld", "?"), ("fnl", "?"), ("tim", "<f8"), ("tid", "<i4"), ("itr", "<i4"), ("loc", "<f8", (3,))]
    array = minflux_record(sample, kinds)
    array["fnl"], array["itr"] = True, 9
    array["loc"] = [[v * 1e-6 for v in (*place, 0.0)[:3]] for _, _, place, _ in sample.flat()]
    np.save(path, array)


@dialect("mat", "minflux", file="a.mat", **_MINFLUX)
def minflux_mat(path: Path, sample: Sample) -> None:
    write_v7(path, minflux_variables(sample))


@dialect("mat 7.3", "minflux", file="a.mat", **_MINFLUX)
def minflux_mat73(path: Path, sample: Sample) -> None:
    write_v73(path, minflux_variables(sample))


def minflux_variables(sample: Sample) -> dict[str, Any]:
    flat = sample.flat()
    loc = np.full((len(flat), 3, 3), np.nan)
    loc[:, 2] = [[v * 1e-6 for v in (*place, 0.0)[:3]] for _, _, place, _ in flat]
    return {
        "tid": np.array([[int(i) for i, *_ in flat]], dtype=float),
        "tim": np.array([[f * sample.interval for _, f, *_ in flat]]),
        "vld": np.ones((1, len(flat))),
        "itr": [{"loc": loc, "eco": np.ones((len(flat), 3))}],
    }


def utrack_items(sample: Sample) -> list[dict[str, Any]]:
    items = []
    for frames, places, errors in zip(sample.frames, sample.positions, sample.errors, strict=True):
        n = int(frames[-1] - frames[0]) + 1
        row = np.full((n, 8), np.nan)
        row[:, [2, 6]] = 0.0
        at = frames - frames[0]
        row[at, : places.shape[1]] = places
        row[at, 4 : 4 + errors.shape[1]] = errors
        row[at, 3], row[at, 7] = 100.0, 1.0
        row[np.setdiff1d(np.arange(n), at)] = np.nan
        events = np.array([[frames[0], 1, 1, np.nan], [frames[-1], 2, 1, np.nan]], dtype=float)
        items.append(
            {"tracksFeatIndxCG": np.ones((1, n)), "tracksCoordAmpCG": row.reshape(1, -1), "seqOfEvents": events}
        )
    return items


@dialect("mat", "utrack", file="a.mat", errors=True, first_id=1, dimensions=(2, 3))
def utrack(path: Path, sample: Sample) -> None:
    write_v7(path, {"tracksFinal": utrack_items(sample)})


@dialect("mat 7.3", "utrack", file="a.mat", errors=True, first_id=1)
def utrack73(path: Path, sample: Sample) -> None:
    write_v73(path, {"tracksFinal": utrack_items(sample)})


def anders_items(sample: Sample, *, lying: bool) -> list[dict[str, Any]]:
    items = []
    for frames, places in zip(sample.frames, sample.positions, strict=True):
        column = np.asarray(frames, dtype=float).reshape((1, -1) if lying else (-1, 1))
        item = {"xy": places, "Frame": column, "TimeStamp": column * sample.interval}
        items.append(dict(reversed(item.items())) if lying else item)
    return items


@dialect("mat", "anders", file="a.mat", length="µm", time="s", first_id=1)
def anders(path: Path, sample: Sample) -> None:
    write_v7(path, {"trackedPar": anders_items(sample, lying=False), "settings": np.ones((1, 1))}, compressed=False)


@dialect("mat, other order of fields", "anders", file="a.mat", length="µm", time="s", first_id=1)
def anders_lying(path: Path, sample: Sample) -> None:
    write_v7(path, {"trackedPar": anders_items(sample, lying=True)})


@dialect("mat 7.3", "anders", file="a.mat", length="µm", time="s", first_id=1)
def anders73(path: Path, sample: Sample) -> None:
    write_v73(path, {"trackedPar": anders_items(sample, lying=False)})


_CHOICE = {"columns": {"x": "1", "y": "2", "frame": "3", "track": "4"}}


@dialect("mat, four columns", "matrix", file="a.mat", options=_CHOICE)
def matrix(path: Path, sample: Sample) -> None:
    write_v7(path, {"tr": np.array([(*p, f, int(i)) for i, f, p, _ in sample.flat()])})


@dialect("mat 7.3, four columns", "matrix", file="a.mat", options=_CHOICE)
def matrix73(path: Path, sample: Sample) -> None:
    write_v73(path, {"tr": np.array([(*p, f, int(i)) for i, f, p, _ in sample.flat()])})


def geff_folder(path: Path, sample: Sample, version: int) -> None:
    import zarr

    axes = [{"name": "t", "type": "time", "unit": "frame"}]
    axes += [{"name": a, "type": "space", "unit": "micrometer"} for a in AXES[: sample.dimension][::-1]]
    flat = sample.flat()
    root = zarr.open_group(path, mode="w", zarr_format=version)
    root.attrs["geff"] = {"geff_version": "1.1", "directed": True, "axes": axes}
    ids = np.arange(100, 100 + len(flat), dtype=np.uint64)
    edges = [(ids[n - 1], ids[n]) for n in range(1, len(flat)) if flat[n][0] == flat[n - 1][0]]
    arrays = {"nodes/ids": ids, "edges/ids": np.array(edges, dtype=np.uint64)}
    arrays["nodes/props/t/values"] = np.array([f for _, f, *_ in flat])
    for i, axis in enumerate(AXES[: sample.dimension]):
        arrays[f"nodes/props/{axis}/values"] = np.array([p[i] for _, _, p, _ in flat])
    for name, values in arrays.items():
        root.create_array(name, data=values)


@dialect("Zarr 2", "geff", file="a.geff", length="µm", first_id=0, dimensions=(2, 3))
def geff2(path: Path, sample: Sample) -> None:
    geff_folder(path, sample, 2)


@dialect("Zarr 3", "geff", file="a.geff", length="µm", first_id=0)
def geff3(path: Path, sample: Sample) -> None:
    geff_folder(path, sample, 3)


# challenges and series


@dialect("rows", "andi1", first_id=0, gaps=False, shortest=10, zero=True)
def andi1(path: Path, sample: Sample) -> None:
    text(path, [";".join(["2.0", *(repr(v) for v in p.T.reshape(-1).tolist())]) for p in sample.positions])


@dialect("heading", "andi2")
def andi2(path: Path, sample: Sample) -> None:
    text(path, table(sample, ["traj_idx", "frame", "x", "y"]))
