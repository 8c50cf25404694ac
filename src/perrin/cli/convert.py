"""`perrin convert`: tracks from any format perrin reads, or the results of an analysis, as another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.cli import options as o
from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.export import ExportTable
    from perrin.tracks import Tracks
    from perrin.tracks.table import ReadOptions


@o.grouped
def convert(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="A track file, or a folder that perrin analyze wrote.", show_default=False),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="New file: .parquet, .csv, .geff or .npy.", show_default=False)
    ],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", help="Format: csv, parquet, trackmate, napari, napari-array or geff."),
    ] = None,
    table: Annotated[
        str,
        typer.Option(
            "--table",
            metavar="points|tracks",
            help="Table of an analysis: points (one row per position) or tracks (one row per track).",
        ),
    ] = "points",
    *,
    read_as: o.ReadingOptions,
    condition: o.Condition = None,
    named: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Name of the source of the tracks. [default: the name of IN]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT.")] = False,
) -> None:
    """Convert tracks or results to another format: that of the file extension of OUT, or of --to.

    For a folder of results, each point is written with its alpha, D, intervals and status, and with the results of
    its track.
    """
    from perrin.export import choose_writer
    from perrin.run import disk_errors

    if table not in ("points", "tracks"):
        raise InputError(f"unknown table {table!r}", remedy="Use --table points or --table tracks.")
    name = choose_writer(target, to)
    _check_target(target, name, force=force)
    reading = read_as.options(condition)
    try:
        with disk_errors():
            said = _convert(source, target, name, table, reading, named)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror or error})", file=target, remedy="Choose another folder."
        ) from error
    print(f"{said} written to {target}")


def _convert(source: Path, target: Path, name: str, table: str, reading: ReadOptions, named: str | None) -> str:
    from perrin.cli.parquet_check import check_parquet_files
    from perrin.export import WRITERS, table_of_estimates, table_of_tracks
    from perrin.result import read_estimates
    from perrin.tracks.reading import read_file
    from perrin.tracks.table import ReadOptions

    if not (source / "points.parquet").exists():
        if table != "points":
            raise InputError(
                "is not a folder of results",
                file=source,
                remedy="Use --table only with a folder that perrin analyze wrote.",
            )
        check_parquet_files([source])
        tracks = read_file(source, reading, name=named)
        if named is not None:
            tracks = _with_source(tracks, named, source)
        WRITERS[name].write(table_of_tracks(tracks), target)
        return repr(tracks)
    if reading != ReadOptions() or named is not None:
        raise InputError(
            "contains results, which take no reading options", file=source, remedy="Remove the reading options."
        )
    estimates = read_estimates(source)
    if table == "tracks":
        _write_track_table(table_of_estimates(estimates), estimates.column_units(), name, target)
    else:
        WRITERS[name].write(table_of_estimates(estimates), target)
    return repr(estimates)


def _with_source(tracks: Tracks, name: str, file: Path) -> Tracks:
    """The tracks under the name of another source; a file of perrin's own may hold several, which keep their names."""
    from dataclasses import replace

    import polars as pl

    if tracks.info["source"].n_unique() > 1:
        raise InputError("contains tracks from several sources", file=file, remedy="Remove --source.")
    return replace(
        tracks,
        info=tracks.info.with_columns(pl.lit(name).alias("source")),
        provenance=tuple(replace(origin, source=name) for origin in tracks.provenance),
    )


def _write_track_table(export: ExportTable, units: dict[str, str], name: str, target: Path) -> None:
    from perrin.export.parquet_csv import write_track_table

    if name not in ("csv", "parquet") or export.whole is None:
        raise InputError(
            "this format cannot store one row per track",
            file=target,
            remedy="Use .csv or .parquet with --table tracks.",
        )
    whole = export.whole
    write_track_table(whole, export, target, {c: u for c, u in units.items() if c in whole.columns})


def _check_target(target: Path, name: str, *, force: bool) -> None:
    if target.exists() and not force:
        raise InputError("already exists", file=target, remedy="Choose another name, or use --force to replace it.")
    if (
        name == "geff"
        and target.is_dir()
        and not any((target / mark).exists() for mark in (".zattrs", ".zgroup", "zarr.json"))
    ):
        raise InputError("is a folder that contains other files", file=target, remedy="Choose another name for OUT.")
