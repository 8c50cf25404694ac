"""A table of labels, read as tracks are: any separator and encoding, the same ids, the same words for 'missing'."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from perrin.errors import InputError
from perrin.tracks.columns import identifiers
from perrin.tracks.csv_escape import MISSING, unescape_formulas
from perrin.tracks.delimited import read_text
from perrin.tracks.layout import TextLayout
from perrin.tracks.source import Source


def label_table(path: Path, target: str) -> tuple[pl.DataFrame, str]:
    """The rows that label a track: `row` (its number in the file), `track`, `source` where there is one, `label`.

    With them what the column of the labels is called in the file.

    Rows without a label are left out. Raises InputError where there is no table, or where it lacks the columns `track`
    and `target` (or `label`).
    """
    if not path.exists():
        raise InputError(
            "does not exist", file=path, remedy="Give a table of labels, or for alpha write exact or tamsd."
        )
    source = Source(path)
    layout = source.layout
    if layout is None:
        raise InputError("is not a table of labels", file=path, remedy="Give a CSV file with one row per track.")
    places = _places(layout, target, path)
    cells = read_text(source, layout, list(places.values()))
    words = {name: cells[str(place)].str.strip_chars() for name, place in places.items()}
    table = cells.select(
        pl.int_range(layout.first_line + 1, layout.first_line + 1 + cells.height).alias("row"),
        identifiers(words["track"]).cast(pl.String).alias("track"),
        *(unescape_formulas(words[name]).alias(name) for name in ("source",) if name in words),
        _labels(words["label"], layout).alias("label"),
    )
    return table.filter(pl.col("label").is_not_null()), layout.names[places["label"]].strip()


def _places(layout: TextLayout, target: str, path: Path) -> dict[str, int]:
    """Which column is which."""
    names = [name.strip().lower() for name in layout.names]
    twice = next((name for name in ("track", "source", target, "label") if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"has {names.count(twice)} columns {twice!r}", file=path, remedy="Keep one of them.")
    label = target if target in names else "label"
    for wanted, found in (("track", "track" in names), (target, label in names)):
        if not found:
            raise InputError(
                f"has no column {wanted!r} (it has {', '.join(layout.names)})", file=path,
                remedy=f"Write one row per track, with the columns track and {target}.",
            )  # fmt: skip
    places = {"track": names.index("track"), "label": names.index(label)}
    return places | ({"source": names.index("source")} if "source" in names else {})


def _labels(words: pl.Series, layout: TextLayout) -> pl.Series:
    """The labels, null where a word says that there is none."""
    if layout.decimal_comma:
        words = words.str.replace(r"^(\d*),(\d+)$", "$1.$2")
    return unescape_formulas(words.set(words.str.to_lowercase().is_in(MISSING), None))
