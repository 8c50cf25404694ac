"""`perrin info`: what a file is, what is in it, and what would be left out and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from perrin.cli import options as o

if TYPE_CHECKING:
    from perrin.tracks import Tracks


@o.grouped
def info(
    file: Annotated[Path, typer.Argument(help="A track file.", show_default=False)],
    *,
    read_as: o.ReadingOptions,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the format, units, track lengths and gaps of a file, and which rows will be ignored and why."""
    from perrin.cli.parquet_check import check_parquet_files
    from perrin.tracks.reading import read_file

    reading = read_as.options()
    check_parquet_files([file])
    found = describe(read_file(file, reading))
    print(json.dumps(found, indent=1, ensure_ascii=False) if as_json else as_text(file, found))


def describe(tracks: Tracks) -> dict[str, Any]:
    """What `perrin info --json` prints."""
    import numpy as np

    from perrin.estimate.motion_parameters import initial_status
    from perrin.features import frame_clock

    origin = tracks.provenance[0]
    time = frame_clock(tracks)
    lengths = tracks.lengths
    statuses = initial_status(tracks, 8)
    names, counts = np.unique(statuses.astype(str), return_counts=True)
    quartiles = np.percentile(lengths, [0, 25, 50, 75, 100]) if len(tracks) else np.zeros(5)
    return {
        "format": origin.format,
        "why": origin.reason,
        "columns": dict(origin.columns),
        "unused_columns": list(origin.unused_columns),
        "units": {"length": tracks.units.length, "time": tracks.units.time},
        "units_in_file": {"length": origin.length_unit, "time": origin.time_unit},
        "frame_interval": origin.frame_interval,
        "dimension": tracks.dimension,
        "localisation_errors": tracks.sigma is not None,
        "rows": origin.rows,
        "points": tracks.n_points,
        "tracks": len(tracks),
        "lengths": dict(zip(("min", "q25", "median", "q75", "max"), quartiles.tolist(), strict=True)),
        "tracks_with_gaps": int((time.gaps > 0).sum()),
        "tracks_with_irregular_times": int((~time.regular).sum()),
        "ignored": dict(origin.ignored),
        "statuses": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "flaws": tracks.info["flaw"].drop_nulls().to_list()[:10],
        "notes": list(origin.notes),
    }


def as_text(file: Path, found: dict[str, Any]) -> str:
    """The same in lines for a person."""
    in_file, units, lengths = found["units_in_file"], found["units"], found["lengths"]
    interval = f", frame interval {found['frame_interval']:.6g} s" if found["frame_interval"] else ""
    missing = [
        f"the file does not state the {what}; use {option}"
        for what, option, unit in (
            ("unit of length", "--pixel-size", "px"),
            ("frame interval", "--frame-interval", "frame"),
        )
        if unit in units.values()
    ]
    columns = ", ".join(f"{role} = {name}" for role, name in found["columns"].items()) or "set by the format"
    lines = [
        f"{file}: {found['format']} ({found['why']})",
        f"  columns   {columns}",
        f"  units     length in {units['length']} (file: {in_file['length'] or 'not stated'}), "
        f"time in {units['time']} (file: {in_file['time'] or 'not stated'}){interval}",
        f"  tracks    {found['tracks']:,} in {found['dimension']}-D, {found['points']:,} points; lengths "
        f"{lengths['min']:.0f} to {lengths['max']:.0f}, median {lengths['median']:.0f}",
        f"  gaps      in {found['tracks_with_gaps']:,} tracks; irregular times in "
        f"{found['tracks_with_irregular_times']:,}",
        "  errors    "
        + (
            "the file states the localization error of each position"
            if found["localisation_errors"]
            else "the file states no localization errors"
        ),
        f"  ignored   {', '.join(f'{n:,} rows {why}' for why, n in found['ignored'].items()) or 'nothing'}",
        f"  statuses  {', '.join(f'{n:,} {name}' for name, n in found['statuses'].items())}",
    ]
    lines += [f"  not used  columns {', '.join(found['unused_columns'])}"] if found["unused_columns"] else []
    lines += [f"  missing   {text}" for text in missing]
    lines += [f"  flaw      {text}" for text in found["flaws"]]
    lines += [f"  note      {text}" for text in found["notes"]]
    return "\n".join(lines)
