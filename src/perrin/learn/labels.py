"""What is known of tracks: a table of labels, their own long-time exponents, or where they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.learn.label_table import label_table
from perrin.run.analysis import analyze
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray

Target = Literal["alpha", "class"]
TEACHERS: Final = ("exact", "tamsd")
_MOST_CLASSES: Final = 50
_TIMES: Final = 2
"""A track teaches its own windows where it is at least so many windows long."""


@final
@dataclass(frozen=True, eq=False)
class Labels:
    """One label a track.

    Attributes:
        target: (n_tracks,) alpha, or the number of the class; NaN where a track has none.
        classes: names of the classes in order; empty for alpha.
        source: where the labels come from, in words.
        unmatched: labels of tracks that were not read.
        largest_window: positions of the largest window that may learn from them, where tracks teach their own: a
            window that were the whole track would be asked for what it shows. None where any may.
    """

    target: FloatArray
    classes: tuple[str, ...]
    source: str
    unmatched: int = 0
    largest_window: int | None = None

    @property
    def known(self) -> BoolArray:
        """(n_tracks,) which tracks have a label."""
        return np.isfinite(self.target)

    @property
    def missing(self) -> int:
        """Tracks without a label."""
        return int((~self.known).sum())


def read_labels(path: str | Path, tracks: Tracks, target: Target) -> Labels:
    """Labels from a table with the columns `track`, one named like the target (or `label`), and, if needed, `source`.

    Raises:
        InputError: naming file, row, value and remedy, for columns that are missing, a track that is labelled twice,
            an alpha that is no number from 0 to 2, or labels of which none belongs to a track.
    """
    path = Path(path)
    table, column = label_table(path, target)
    keys = ["source", "track"] if "source" in table.columns else ["track"]
    if len(keys) == 1 and tracks.info["track"].n_unique() < len(tracks):
        raise InputError(
            "identifies tracks by their id only, but several files use the same ids",
            file=path,
            remedy="Add a column source with the file name.",
        )
    if table.height == 0:
        raise InputError(
            "contains no labels", file=path, column=column, remedy="Fill in the column, with one row per track."
        )
    _refuse_twice(table, keys, path)
    known = tracks.info.select(pl.col(keys).cast(pl.String)).join(table, on=keys, how="left", maintain_order="left")
    if known["label"].null_count() == known.height:
        raise InputError(
            f"labels none of the {len(tracks):,} tracks that were read", file=path, row=int(table["row"][0]),
            column="track",
            remedy=f"Use the ids of the tracks, such as {tracks.info['track'][0]!r}." if len(tracks) else "",
        )  # fmt: skip
    source = f"{path.name}, column {column}"
    labels = _numbers(known, path, column, source) if target == "alpha" else _classes(known["label"], source)
    return replace(labels, unmatched=table.height - known["label"].count())


def _refuse_twice(table: pl.DataFrame, keys: list[str], path: Path) -> None:
    named = table.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
    again = named.filter(~pl.struct(keys).is_first_distinct())
    if again.height:
        raise InputError(
            f"labels track {again['track'][0]!r} twice", file=path, row=int(again["row"][0]),
            column="track", remedy="Keep one row per track.",
        )  # fmt: skip


def _numbers(known: pl.DataFrame, path: Path, column: str, source: str) -> Labels:
    values = known["label"].cast(pl.Float64, strict=False)
    wrong = known.filter(known["label"].is_not_null() & ~(values.is_between(0, 2).fill_null(False)))
    if wrong.height:
        raise InputError(
            f"{wrong['label'][0]!r} is not a valid alpha", file=path, row=int(wrong["row"][0]), column=column,
            remedy="Give a number between 0 and 2, or leave it empty.",
        )  # fmt: skip
    return Labels(values.fill_null(np.nan).to_numpy().astype(np.float64), (), source)


def _classes(words: pl.Series, source: str) -> Labels:
    names = tuple(sorted(word for word in words.drop_nulls().unique().to_list() if word))
    if not 2 <= len(names) <= _MOST_CLASSES:
        raise InputError(f"{source} contains {len(names)} classes", remedy=f"Use 2 to {_MOST_CLASSES} classes.")
    number = {name: float(i) for i, name in enumerate(names)}
    return Labels(np.array([number.get(word, np.nan) for word in words.to_list()]), names, source)


def by_origin(tracks: Tracks) -> Labels:
    """The conditions of the tracks as classes, or where there are none their files."""
    for column in ("condition", "source"):
        words = tracks.info[column]
        if words.drop_nulls().n_unique() > 1:
            return _classes(words, f"the {column} of each track")
    raise InputError(
        "all tracks come from one file, so there is only one class",
        remedy="Use --labels CSV, or give one file per class.",
    )


def by_teacher(tracks: Tracks, teacher: str, window: int, *, seed: int = 0, workers: int = 1) -> Labels:
    """alpha of each track of two windows or more as a whole, for its windows to learn: by exact or the TAMSD.

    Raises InputError for another teacher, or where no track is two windows long or none gets an alpha.
    """
    if teacher not in TEACHERS:
        raise InputError(
            f"unknown source of labels {teacher!r}", remedy=f"Give a CSV file of labels, or {', '.join(TEACHERS)}."
        )
    long = np.flatnonzero(tracks.lengths >= _TIMES * window)
    if len(long) == 0:
        raise InputError(
            f"no track is as long as two windows of {window} positions, so no labels can be estimated",
            remedy="Use --labels CSV, or a smaller --window.",
        )
    found = analyze(tracks.select(long), method=teacher, seed=seed, workers=workers).tracks
    target = np.full(len(tracks), np.nan)
    alpha = found.select(pl.when(pl.col("status") == "ok").then("alpha"))["alpha"]
    if alpha.null_count() == len(alpha):
        raise InputError(
            f"{teacher} estimates alpha for none of the {len(long):,} tracks of {_TIMES * window} positions or more "
            f"({', '.join(sorted(found['status'].unique()))})",
            remedy="Check the tracks with perrin info, or use --labels CSV.",
        )
    target[long] = np.clip(alpha.fill_null(np.nan).to_numpy(), 0, 2)
    return Labels(target, (), f"alpha of each whole track by {teacher}", largest_window=window)
