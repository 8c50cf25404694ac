"""`perrin figure`: one figure of a result, for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from perrin.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from perrin.figures.catalog import FigureData

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Folder of results of perrin analyze or perrin test.", show_default=False),
]
Truth = Annotated[
    Path | None,
    typer.Option("--truth", metavar="FILE", help="File that perrin simulate wrote, with the true values."),
]
Tested = Annotated[
    Path | None,
    typer.Option("--test", metavar="DIR", help="Folder that perrin test wrote for these tracks, to show in profiles."),
]


def figure(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the figure; list shows all names.", show_default=False)
    ],
    folder: Folder = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="New file: .pdf, .svg or .png.")
    ] = None,
    width: Annotated[
        float | None,
        typer.Option("--width", metavar="MM", help="Width in mm. [default: 89 (one column) or 183 (two columns)]"),
    ] = None,
    height: Annotated[
        float | None,
        typer.Option("--height", metavar="MM", help="Height in mm. [default: same proportions as on screen]"),
    ] = None,
    track: Annotated[
        list[str] | None, typer.Option("--track", metavar="[FILE:]ID", help="Show this track; repeat for more.")
    ] = None,
    color: Annotated[str, typer.Option("--color", help="Color of the tracks: alpha, D, time or status.")] = "alpha",
    colour: Annotated[str | None, typer.Option("--colour", hidden=True)] = None,
    quantity: Annotated[
        str, typer.Option("--quantity", help="Quantity to compare between conditions: alpha or D_frame.")
    ] = "alpha",
    truth: Truth = None,
    test: Tested = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
) -> None:
    """Draw one figure of a result for print, at the column width of a journal."""
    from perrin.figures.catalog import CATALOG, added, entry

    if name == "list":
        for known, about in (CATALOG | added()).items():
            print(f"{known:<26}{about.title}")
        return
    if folder is None or out is None:
        raise InputError("DIR or -o is missing", remedy=f"Write: perrin figure {name} DIR -o figure.pdf")
    if out.exists() and not force:
        raise InputError("already exists", file=out, remedy="Choose another name, or use --force to replace it.")
    for option, value, choices in (
        ("--color", colour or color, ("alpha", "D", "time", "status")),
        ("--quantity", quantity, ("alpha", "D_frame")),
    ):
        if value not in choices:
            raise InputError(f"unknown {option} {value!r}", remedy=f"Give {', '.join(choices)}.")
    _draw(
        name,
        folder,
        out,
        {"color": colour or color, "quantity": quantity},
        track or [],
        truth,
        test,
        width=width,
        height=height,
    )
    print(f"{entry(name).title}: {out}")


def _draw(
    name: str, folder: Path, out: Path, options: dict[str, Any], chosen: list[str], truth: Path | None,
    test: Path | None, *, width: float | None, height: float | None,
) -> None:  # fmt: skip
    from perrin.figures.catalog import FigureOptions, draw, entry
    from perrin.figures.paper import DOUBLE, SINGLE, write_figure

    about = entry(name)
    found = load_figure_data(folder, about.needs, truth, test)
    keys = None if not chosen else [_key(word, found, folder) for word in chosen]
    made = draw(name, found, FigureOptions(track_keys=keys, **options))
    write_figure(made, out, width=width or (DOUBLE if about.wide else SINGLE), height=height)


def load_figure_data(
    folder: Path, needs: tuple[str, ...], truth: Path | None = None, test: Path | None = None
) -> FigureData:
    """What the figure needs from a folder of results, and of a test; raises InputError where it is not there."""
    from perrin.figures.catalog import FigureData
    from perrin.result import analyzed_tracks, read_estimates, read_fingerprints, read_hurst_test, read_population

    if not folder.is_dir():
        raise InputError(
            "is not a folder of results", file=folder, remedy="Give a folder that perrin analyze or perrin test wrote."
        )
    estimates = read_estimates(folder) if {"estimates", "tracks"} & set(needs) else None
    return FigureData(
        estimates=estimates,
        tracks=analyzed_tracks(estimates) if estimates is not None and "tracks" in needs else None,
        population=read_population(folder) if "population" in needs else None,
        hurst_test=read_hurst_test(test or folder) if test or "hurst_test" in needs else None,
        truth=None if truth is None else _truth(truth),
        fingerprints=read_fingerprints(folder) if "fingerprints" in needs else None,
    )


def _truth(path: Path) -> pl.DataFrame:
    """The columns track and alpha of a simulated file."""
    import polars as pl

    try:
        table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"cannot be read as a table ({type(error).__name__})",
            file=path,
            remedy="Give a file that perrin simulate wrote.",
        ) from None
    if not {"track", "alpha"} <= set(table.columns):
        raise InputError("has no columns track and alpha", file=path, remedy="Give a file that perrin simulate wrote.")
    return table.select("track", "alpha")


def _key(word: str, data: FigureData, folder: Path) -> tuple[str, str]:
    """(source, track) of a track named by its id, or by its file and id."""
    import polars as pl

    table = data.hurst_test.tests if data.hurst_test is not None else None
    table = data.estimates.tracks if data.estimates is not None else table
    if table is None:
        raise InputError("this figure does not show single tracks", remedy="Remove --track.")
    same = (pl.col("track") == word) | (pl.concat_str("source", pl.lit(":"), "track") == word)
    keys = table.filter(same).select("source", "track").unique(maintain_order=True).rows()
    if len(keys) != 1:
        what = "no track" if not keys else f"{len(keys)} tracks"
        raise InputError(f"has {what} {word!r}", file=folder, remedy="Write it as in tracks.parquet: ID or FILE:ID.")
    return keys[0]
