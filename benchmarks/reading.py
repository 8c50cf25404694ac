"""Speed of reading: tables beside polars reading the same file raw, TrackMate XML beside the published Python reader.

Every reading is done by a process of its own that has read a small file before, so neither imports nor memory kept
from an earlier reading are in the seconds; each entry is the least of several such processes, sha256 and all checks
included. The published reader, pytrackmate, is timed by the driver of peers, in processor time as all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from benchmarks import peers
from benchmarks.record import surroundings
from perrin.types import Json

if TYPE_CHECKING:
    import plotly.graph_objects as go

POINTS: Final = 1_000_000
TRACK_LENGTH: Final = 100
SPOTS: Final = 500_000
TRACKS: Final = 5_000
SORTED_LIMIT, UNSORTED_LIMIT, XML_LIMIT = 2.0, 3.5, 5.0
"""Times polars' own reading, at most; times as fast as pytrackmate, at least."""
_REPEATS: Final = 7
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_FEATURES: Final = (
    "QUALITY", "POSITION_Z", "RADIUS", "VISIBILITY", "MEAN_INTENSITY_CH1", "MEDIAN_INTENSITY_CH1",
    "MIN_INTENSITY_CH1", "MAX_INTENSITY_CH1", "TOTAL_INTENSITY_CH1", "STD_INTENSITY_CH1", "CONTRAST_CH1", "SNR_CH1",
)  # fmt: skip

_TIMED: Final = """
import sys, time
{imports}
read({small!r})
from pathlib import Path
status = Path("/proc/self/status")
def peak():
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024 if status.exists() else 0.0
before = peak()
start, cpu = time.perf_counter(), time.process_time()
result = read({file!r})
print(time.perf_counter() - start, time.process_time() - cpu, peak() - before)
"""
_READERS: Final = {
    "polars": "import polars, perrin\nread = polars.read_csv",
    "perrin": "import polars, perrin\nread = perrin.read",
}


def run(data: Path) -> Json:  # noqa: ARG001  (makes its own data)
    """Seconds, ratios and limits for sorted and unsorted tables and for TrackMate XML."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        tables = [_table(place, name, sort=sort) for name, sort in (("sorted", True), ("unsorted", False))]
        xml = _xml(place)
    return {
        "command": "python -m benchmarks read",
        "surroundings": surroundings() | {"polars": pl.__version__},
        "points": POINTS,
        "tables": tables,
        "trackmate_xml": xml,
    }


def figures(result: Json) -> dict[str, go.Figure]:
    """`read`: processor seconds of each reader, file by file."""
    from perrin.figures import theme

    figure = theme.blank(320, barmode="group")
    files = [f"CSV, {t['order']}" for t in result["tables"]] + ["TrackMate XML"]
    xml = result["trackmate_xml"]
    rows = {
        "perrin": [*(t["perrin"]["cpu_seconds"] for t in result["tables"]), xml["perrin"]["cpu_seconds"]],
        "polars, raw": [*(t["polars"]["cpu_seconds"] for t in result["tables"]), None],
        "pytrackmate": [None, None, xml["pytrackmate"]["cpu_seconds"]],
    }
    for (name, seconds), color in zip(rows.items(), (theme.ACCENT, *theme.PALETTE), strict=False):
        text = ["" if s is None else f"{s:.2g} s" for s in seconds]
        figure.add_bar(x=files, y=seconds, name=name, marker={"color": color}, text=text, textposition="outside")
    figure.update_yaxes(title="processor seconds to read the file", type="log")
    return {"read": figure}


def write_table(path: Path, *, points: int = POINTS, length: int = TRACK_LENGTH, sort: bool = True) -> None:
    """Brownian tracks as CSV under the headings track, frame, x, y; by track, or by frame as trackers emit them."""
    rng = np.random.default_rng(0)
    tracks = points // length
    frame = pl.DataFrame(
        {
            "track": np.repeat(np.arange(tracks), length),
            "frame": np.tile(np.arange(length), tracks),
            "x": np.cumsum(rng.normal(0, 0.1, points)),
            "y": np.cumsum(rng.normal(0, 0.1, points)),
        }
    )
    (frame if sort else frame.sort("frame", "track")).write_csv(path)


def write_xml(path: Path, *, spots: int = SPOTS, tracks: int = TRACKS) -> None:
    """A file as TrackMate 7 saves it: each spot with all its features, each track with its links."""
    rng = np.random.default_rng(0)
    frames = spots // tracks
    values = zip(_FEATURES, rng.uniform(1, 99, len(_FEATURES)).tolist(), strict=True)
    features = " ".join(f'{name}="{value!r}"' for name, value in values)
    declared = _declared((*_FEATURES, "POSITION_X", "POSITION_Y", "POSITION_T", "FRAME"))
    links, whole = _declared(("LINK_COST", "EDGE_TIME", "DISPLACEMENT", "SPEED")), _declared(("NUMBER_SPOTS",))
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<TrackMate version="7.11.1">\n'
            '<Model spatialunits="micron" timeunits="sec">'
            f"<FeatureDeclarations><SpotFeatures>{declared}</SpotFeatures><EdgeFeatures>{links}</EdgeFeatures>"
            f"<TrackFeatures>{whole}</TrackFeatures></FeatureDeclarations>\n<AllSpots>\n"
        )
        for t in range(frames):
            file.write(f'<SpotsInFrame frame="{t}">\n')
            for k, (x, y) in enumerate(rng.uniform(0, 100, (tracks, 2)).tolist()):
                at = k * frames + t
                place = f'POSITION_X="{x!r}" POSITION_Y="{y!r}" POSITION_T="{0.5 * t!r}" FRAME="{t}"'
                file.write(f'<Spot ID="{at}" name="ID{at}" {features} {place} />\n')
            file.write("</SpotsInFrame>\n")
        file.write("</AllSpots>\n<AllTracks>\n")
        for k in range(tracks):
            file.write(f'<Track name="Track_{k}" TRACK_ID="{k}" NUMBER_SPOTS="{frames}">\n')
            for at in range(k * frames, (k + 1) * frames - 1):
                file.write(
                    f'<Edge SPOT_SOURCE_ID="{at}" SPOT_TARGET_ID="{at + 1}" LINK_COST="1.5" EDGE_TIME="1.5" '
                    'DISPLACEMENT="1.25" SPEED="1.25" />\n'
                )
            file.write("</Track>\n")
        kept = "".join(f'<TrackID TRACK_ID="{k}" />' for k in range(tracks))
        file.write(
            f"</AllTracks>\n<FilteredTracks>{kept}</FilteredTracks></Model>\n<Settings>"
            '<ImageData filename="a.tif" folder="" timeinterval="0.5" />'
            '<InitialSpotFilter feature="QUALITY" value="0.0" isabove="true" />'
            "<SpotFilterCollection /></Settings></TrackMate>\n"
        )


def _declared(names: tuple[str, ...]) -> str:
    return "".join(
        f'<Feature feature="{n}" name="{n}" shortname="{n}" dimension="NONE" isint="false" />\n' for n in names
    )


def _table(folder: Path, name: str, *, sort: bool) -> Json:
    file, small = folder / f"{name}.csv", folder / f"{name}_small.csv"
    write_table(file, sort=sort)
    write_table(small, points=1000, sort=sort)
    found: dict[str, list[tuple[float, float, float]]] = {"polars": [], "perrin": []}
    for _ in range(_REPEATS):  # in turns, so that a busy machine is busy for both
        for reader, times in found.items():
            times.append(_timed(reader, file, small))
    limit = SORTED_LIMIT if sort else UNSORTED_LIMIT
    ratio, cpu = (min(t[i] for t in found["perrin"]) / min(t[i] for t in found["polars"]) for i in (0, 1))
    return {
        "order": f"{name} by track",
        "mb": round(file.stat().st_size / 1e6, 1),
        **{reader: _least(times) for reader, times in found.items()},
        "times_polars": round(ratio, 2),
        "times_polars_cpu": round(cpu, 2),
        "at_most": limit,
        "met": max(ratio, cpu) <= limit,
    }


def _xml(folder: Path) -> Json:
    file, part, small = folder / "tracks.xml", folder / "part.xml", folder / "small.xml"
    write_xml(file)
    write_xml(part, spots=SPOTS // 5, tracks=TRACKS // 5)
    write_xml(small, spots=100, tracks=10)
    mine = [_timed("perrin", file, small) for _ in range(3)]
    fifth = _timed("perrin", part, small)
    theirs = peers.run("pytrackmate", "read", {"small": str(small), "path": str(file)})
    seconds = 2 * theirs.seconds_per_item  # two calls, of which one takes all the time
    ratio = seconds / min(m[1] for m in mine)
    grown = (min(m[2] for m in mine) - fifth[2]) / (0.8 * SPOTS) * 2**20
    return {
        "spots": SPOTS,
        "tracks": TRACKS,
        "mb": round(file.stat().st_size / 1e6, 1),
        "perrin": _least(mine),
        "pytrackmate": {"version": theirs.version, "cpu_seconds": round(seconds, 3)},
        "spots_read_by_both": int(theirs.values["rows"][1]) == SPOTS,
        "times_as_fast_cpu": round(ratio, 1),
        "at_least": XML_LIMIT,
        "met": ratio >= XML_LIMIT,
        "bytes_a_spot": round(grown),
    }


def _timed(reader: str, file: Path, small: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and MB of more memory that one reading takes in a fresh process."""
    code = _TIMED.format(imports=_READERS[reader], small=str(small), file=str(file))
    done = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **_ONE_THREAD}
    )
    values = [float(word) for word in done.stdout.split()[-3:]]
    return values[0], values[1], values[2]


def _least(times: list[tuple[float, float, float]]) -> dict[str, Any]:
    return {
        "seconds": round(min(t[0] for t in times), 3),
        "cpu_seconds": round(min(t[1] for t in times), 3),
        "memory_mb": round(min(t[2] for t in times), 1),
    }
