"""`perrin convert`: tracks from any format perrin reads into perrin's Parquet or a plain CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perrin.cli import options as o
from perrin.errors import InputError


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A track file.", show_default=False)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A new .parquet or .csv file.", show_default=False)],
    frame_interval: o.FrameInterval = None,
    pixel_size: o.PixelSize = None,
    format: o.Format = None,
    columns: o.Columns = None,
    column: o.Column = None,
    log: o.Log = False,
    increments: o.Increments = False,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT.")] = False,
) -> None:
    """Read IN and write it as OUT (perrin's Parquet, or CSV with units in its heading)."""
    from perrin.run import disk_errors
    from perrin.tracks.read import read_file
    from perrin.tracks.store import write_csv, write_parquet

    writers = {".parquet": write_parquet, ".csv": write_csv}
    if target.suffix not in writers:
        raise InputError(f"cannot write {target.suffix or 'a file without ending'}", file=target,
                         remedy=f"OUT ends in {' or '.join(writers)}.")  # fmt: skip
    if target.exists() and not force:
        raise InputError("exists already", file=target, remedy="Give another name, or --force.")
    reading = o.read_options(
        frame_interval=frame_interval, pixel_size=pixel_size, format=format, columns=columns, column=column,
        log=log, increments=increments,
    )  # fmt: skip
    tracks = read_file(source, reading)
    try:
        with disk_errors():
            writers[target.suffix](tracks, target)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror or error})", file=target, remedy="Choose another place for it."
        ) from error
    print(f"{tracks!r} written to {target}")
