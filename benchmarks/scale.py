"""`python -m benchmarks scale`: throughput and memory against the number of tracks, what Dask costs, start-up.

Every cell is a whole `perrin analyze` (tracks in a file that `perrin simulate` made; tables, record, report and
population out), with `exact` and an unknown error unless its words say otherwise. Cells that are finished are not
measured again where the benchmark was interrupted. About 25 minutes on two cores.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import plotly.graph_objects as go

from benchmarks.progress import steps
from benchmarks.record import cached, forget, surroundings
from perrin.figures import theme
from perrin.types import Json

TRACKS: Final = (1_000, 10_000, 100_000, 1_000_000)
LENGTH: Final = 20
WORKERS: Final = (1, 2)
DASK_TRACKS: Final = 30_000
ROUNDS: Final = 9
MOST_OFF: Final = 0.15
"""How far from its straight line a cell may lie, as a part of it."""
BOUNDED: Final = ("population", "report")
"""Parts of a run that look at a sample of the tracks, and so take no longer beyond some number of them."""
MOST_MEGABYTES: Final = 1_500
MOST_IMPORT: Final = 0.15
MOST_HELP: Final = 0.45
CELLS: Final = Path("checkpoints") / "bench-scale"
"""Finished cells of a benchmark that has not come to its end."""


def run(data: Path) -> Json:
    """All cells, the straight line through them, start-up; `data` is not needed."""
    del data
    start = cached(CELLS, "start", _start_up)
    cells = [(tracks, workers) for tracks in TRACKS for workers in WORKERS]
    cores, cluster = ["--workers", "2"], ["--dask", "local", "--workers", "2"]
    with TemporaryDirectory() as folder:
        here = Path(folder)
        rows = [
            cached(CELLS, f"{tracks}-{workers}", partial(_cell, here, tracks, ["--workers", str(workers)]))
            for tracks, workers in steps(cells, "cells")
        ]
        dask = [
            cached(CELLS, f"dask-{name}", partial(_cell, here, DASK_TRACKS, words))
            for name, words in (("cores", cores), ("cluster", cluster))
        ]
        text = cached(CELLS, "text", partial(_cell, here, TRACKS[-1], ["--method", "tamsd", *cores], ".csv.gz"))
    lines = {str(workers): _line([row for row in rows if row["workers"] == workers]) for workers in WORKERS}
    measured = {
        "largest distance from the line, as a part of it, but for what looks at samples":
            max(line["largest relative distance"] for line in lines.values()),
        f"megabytes of the largest process, {rows[-1]['points']:,} points in Parquet, exact":
            max(row["peak megabytes"] for row in rows),
        f"megabytes of the largest process, {text['points']:,} points in gzipped text, tamsd": text["peak megabytes"],
        "Dask, estimating, times as long as on the same cores":
            round(dask[1]["parts"]["estimate"] / dask[0]["parts"]["estimate"], 3),
        "Dask, seconds more in all": round(dask[1]["seconds"] - dask[0]["seconds"], 2),
        "seconds of import perrin over numpy and polars": start["import perrin, over numpy and polars"],
        "seconds of perrin --help": start["perrin --help"],
    }  # fmt: skip
    limits = (MOST_OFF, MOST_MEGABYTES, MOST_MEGABYTES, None, None, MOST_IMPORT, MOST_HELP)
    claims = [
        {"what": what, "asked": limit, "measured": value, "met": None if limit is None else value <= limit}
        for (what, value), limit in zip(measured.items(), limits, strict=True)
    ]
    forget(CELLS)
    return {
        "claims": claims, "positions of a track": LENGTH, "cells": rows, "lines": lines,
        "dask": {"cores": dask[0], "cluster": dask[1]}, "text": text, "start-up": start,
        "met": all(claim["met"] is not False for claim in claims), "surroundings": surroundings(),
    }  # fmt: skip


def figures(result: Json) -> dict[str, go.Figure]:
    """`scale`: seconds against tracks; `scale-memory`: megabytes of the largest process."""
    seconds, memory = theme.blank(420), theme.blank(420)
    for workers, color in zip(WORKERS, (theme.ACCENT, theme.PALETTE[1]), strict=True):
        rows = [row for row in result["cells"] if row["workers"] == workers]
        said = f"{workers} worker{'s' * (workers > 1)}"
        tracks = [row["tracks"] for row in rows]
        seconds.add_scatter(x=tracks, y=[_growing(row) for row in rows], mode="markers", name=said,
                            marker={"color": color, "size": 10})  # fmt: skip
        line = result["lines"][str(workers)]
        fitted = [line["seconds at the start"] + line["microseconds a track"] * 1e-6 * n for n in tracks]
        seconds.add_scatter(x=tracks, y=fitted, mode="lines", line={"color": color, "width": 2},
                            name=f"{line['tracks a second']:,} tracks a second")  # fmt: skip
        memory.add_scatter(x=tracks, y=[row["peak megabytes"] for row in rows], mode="lines+markers", name=said,
                           line={"color": color, "width": 2})  # fmt: skip
    for figure, title in ((seconds, "seconds, but for what looks at samples"), (memory, "MB of the largest process")):
        figure.update_xaxes(type="log", title=f"tracks of {result['positions of a track']} positions",
                            tickvals=list(TRACKS), ticktext=[f"{n:,}" for n in TRACKS])  # fmt: skip
        figure.update_yaxes(title=title, rangemode="tozero")
        figure.update_layout(legend={"orientation": "h", "y": -0.25, "yanchor": "top"}, margin={"b": 120})
    seconds.update_yaxes(type="log", rangemode="normal", tickvals=[1, 3, 10, 30, 100, 300, 1000])
    return {"scale": seconds, "scale-memory": memory}


def _cell(here: Path, tracks: int, words: list[str], ending: str = ".parquet") -> Json:
    table, out = here / f"{tracks}{ending}", here / "out"
    if not table.exists():
        _simulate(table, tracks)
    seconds, peak = _perrin(["analyze", str(table), "-o", str(out), "--force", *words])
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    if record["counts"]["tracks"] != tracks:
        raise RuntimeError(f"{record['counts']['tracks']} of {tracks} tracks came out")
    parts: Json = record["timings"]
    return {
        "tracks": tracks, "points": tracks * LENGTH, "words": words, "megabytes of the file": round(
            table.stat().st_size / 1e6, 1),
        "workers": int(words[words.index("--workers") + 1]), "seconds": round(seconds, 2), "parts": parts,
        "tracks a second": round(tracks / seconds), "peak megabytes": peak,
    }  # fmt: skip


def _simulate(table: Path, tracks: int) -> None:
    plain = table.with_suffix("") if table.suffix == ".gz" else table
    made = ["--tracks", str(tracks), "--length", str(LENGTH), "--alpha", "0.6-1.4", "--D", "0.05-0.5",
            "--frame-interval", "0.1", "--localization-error", "0.05", "--workers", "2"]  # fmt: skip
    _perrin(["simulate", "fbm", "-o", str(plain), *made])
    if plain != table:
        with plain.open("rb") as text, gzip.open(table, "wb", compresslevel=1) as packed:
            shutil.copyfileobj(text, packed, 1 << 20)
        plain.unlink()


def _line(rows: list[Json]) -> Json:
    """Seconds that grow = start + slope · tracks, fitted to relative deviations; how far cells lie off it."""
    tracks, seconds = np.array([row["tracks"] for row in rows], dtype=float), np.array([_growing(row) for row in rows])
    design = np.column_stack([np.ones(len(tracks)), tracks]) / seconds[:, None]
    (start, slope), *_ = np.linalg.lstsq(design, np.ones(len(tracks)))
    off = seconds / (start + slope * tracks) - 1
    return {
        "seconds at the start": round(float(start), 2), "microseconds a track": round(float(slope) * 1e6, 2),
        "tracks a second": round(1 / float(slope)), "largest relative distance": round(float(np.abs(off).max()), 3),
        "seconds bounded by samples, at most": round(max(_bounded(row) for row in rows), 2),
    }  # fmt: skip


def _bounded(row: Json) -> float:
    return sum(float(row["parts"][name]) for name in BOUNDED)


def _growing(row: Json) -> float:
    """Seconds of a run but for the parts that look at samples."""
    return float(row["seconds"]) - _bounded(row)


def _perrin(words: list[str]) -> tuple[float, int]:
    """Seconds of the command, and the MB that its largest process had in memory at its peak."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "perrin", *words], stdout=subprocess.DEVNULL) as process:  # noqa: S603
        peak = 0
        while process.poll() is None:
            peak = max([peak, *map(_high_water, _family(process.pid))])
            time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(f"perrin {words[0]} ended with {process.returncode}")
    return time.perf_counter() - start, peak // 1000


def _family(pid: int) -> list[int]:
    """A process and all that it started (Linux)."""
    found = [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in tasks.read_text().split() for one in _family(int(child))]
        except OSError:
            continue  # it has just ended
    return found


def _high_water(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _start_up() -> Json:
    """Seconds on the clock, the least of several starts, the alternatives in turn."""
    words = {
        "python": ["-c", "pass"],
        "import numpy, polars": ["-c", "import numpy, polars"],
        "import numpy, polars, perrin, perrin.cli": ["-c", "import numpy, polars, perrin, perrin.cli"],
        "import numpy, polars, and what perrin names": [
            "-c", "import numpy, polars, perrin; perrin.read, perrin.analyze, perrin.Tracks"
        ],
        "import typer, rich": ["-c", "import typer, rich"],
        "perrin --help": ["-m", "perrin", "--help"],
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in words}
    for _ in range(ROUNDS):
        for name, call in words.items():
            taken[name].append(_seconds(call))
    least = {name: round(min(values), 3) for name, values in taken.items()}
    over = least["import numpy, polars, perrin, perrin.cli"] - least["import numpy, polars"]
    return {**least, "import perrin, over numpy and polars": round(over, 3)}


def _seconds(words: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - begun
