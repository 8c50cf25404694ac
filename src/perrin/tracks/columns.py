"""Which column is which: headings that people use, and the numbers below them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.csv_escape import MISSING, as_enum, categories, unescape_formulas
from perrin.tracks.table import Table

ROLES: Final = (
    *("track", "frame", "t", "x", "y", "z", "x_err", "y_err", "z_err"),
    *("source", "condition", "replicate", "parent"),
)
_TEXT_ROLES: Final = frozenset(("track", "source", "condition", "replicate", "parent"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYNONYMS: Final[Mapping[str, Sequence[str]]] = {
    "track": _words(
        "track trackid trackidx trackindex trackno tracknumber trajectory trajectoryid trajectoryidx traj trajid "
        "trajidx trajindex particle particleid particleidx pid tid"
    ),
    "frame": _words(
        "frame frames frameid frameidx frameindex frameno framenumber slice image imagenumber timepoint timeframe"
    ),
    "t": _words("t time times timestamp timestamps tim positiont"),
    "x": _words("x xpos xposition posx positionx xcoord xcoordinate coordx xcoords centroidx"),
    "y": _words("y ypos yposition posy positiony ycoord ycoordinate coordy ycoords centroidy"),
    "z": _words("z zpos zposition posz positionz zcoord zcoordinate coordz zcoords centroidz"),
    "x_err": _words("xerr errx xerror xuncertainty locerrs0 xsigma sigmax"),
    "y_err": _words("yerr erry yerror yuncertainty locerrs1 ysigma sigmay"),
    "z_err": _words("zerr errz zerror zuncertainty locerrs2 zsigma sigmaz"),
    "source": ["source"],
    "condition": ["condition"],
    "replicate": ["replicate"],
    "parent": ["parenttrack"],
}
_WEAK: Final = {"track": ("id", "trace", "traceid", "molecule", "mol", "cell", "cellid", "object", "objectid")}
_SHARED_ERROR: Final = ("ep", "uncertainty", "locerr", "localizationerror", "localisationerror")


def plain(name: str) -> str:
    """A heading without unit, case, blanks and punctuation: `X pos (µm)` becomes `xpos`."""
    return re.sub(r"[^a-z0-9]", "", units.split_unit(name)[0].lower())


def assign(names: Sequence[str], chosen: Mapping[str, str], *, file: object, has_header: bool = True) -> dict[str, int]:
    """The column index of each role; the user's choice first, then well-known headings.

    Raises InputError when two headings could play one role, or a chosen column does not exist.
    """
    roles: dict[str, int] = {}
    for role, column in chosen.items():
        if role not in ROLES:
            raise InputError(
                f"{role!r} is not a role for --columns",
                file=file,
                remedy=f"The roles are {', '.join(ROLES)}; write role=column.",
            )
        if not (role == "frame" and column == "row" and "row" not in names):
            roles[role] = find_column(column, names, file=file, has_header=has_header)
    taken = set(roles.values())
    for role in ROLES:
        if role in chosen:
            continue
        found = _by_heading(role, names, taken, file=file)
        if found is not None:
            roles[role] = found
            taken.add(found)
    shared = [i for i, name in enumerate(names) if i not in taken and plain(name) in _SHARED_ERROR]
    if len(shared) == 1:
        for axis in "xyz":
            if axis in roles and f"{axis}_err" not in roles:
                roles[f"{axis}_err"] = shared[0]
    return roles


def _by_heading(role: str, names: Sequence[str], taken: Collection[int], *, file: object) -> int | None:
    """The free column whose heading says `role`, if one does; raises InputError where two do."""
    words = [plain(name) for name in names]
    hits = [i for i, word in enumerate(words) if i not in taken and word in _SYNONYMS[role]]
    if not hits:
        hits = [i for i, word in enumerate(words) if i not in taken and word in _WEAK.get(role, ())]
    if len(hits) > 1 and role in ("x", "y", "z"):
        exact = [i for i in hits if units.split_unit(names[i])[0].strip().lower() == role]
        hits = exact if len(exact) == 1 else hits
    if len(hits) > 1:
        labels = " and ".join(repr(names[i]) for i in hits)
        raise InputError(
            f"columns {labels} could both be {_role_name(role)}",
            file=file,
            remedy=f"Choose one: --columns {role}={names[hits[0]]}",
        )
    return hits[0] if hits else None


def _role_name(role: str) -> str:
    return {"t": "time", "track": "track id"}.get(role, role)


def axis_of(name: str) -> str | None:
    """The axis or time that a name such as POSITION_X stands for, if it is a well-known one."""
    return next((role for role in ("t", "x", "y", "z") if plain(name) in _SYNONYMS[role]), None)


def numeric_roles(roles: Mapping[str, int]) -> set[int]:
    """The columns that must hold numbers."""
    return {at for role, at in roles.items() if role not in _TEXT_ROLES}


def find_column(column: str, names: Sequence[str], *, file: object, has_header: bool) -> int:
    """The index of the column called `column` (or numbered so, from 1); raises InputError where there is none."""
    for same in (
        lambda name: name == column,
        lambda name: name.strip().lower() == column.strip().lower(),
        lambda name: plain(name) == plain(column) != "",
    ):
        hits = [i for i, name in enumerate(names) if same(name)]
        if len(hits) == 1:
            return hits[0]
    if column.isdigit() and 1 <= int(column) <= len(names):
        return int(column) - 1
    listing = ", ".join(n or "(no name)" for n in names[:30]) if has_header else f"numbers 1 to {len(names)}"
    raise InputError(f"has no column {column!r}", file=file, remedy=f"Its columns are: {listing}.")


def numbers(
    column: pl.Series, *, file: object, name: str, first_row: int, decimal_comma: bool = False, whole: bool = False
) -> pl.Series:
    """`column` as Float64 (or as whole numbers, where it is and these will do), missing values null.

    Raises InputError naming the first row that is no number.
    """
    if column.dtype == pl.String:
        text = column.str.strip_chars(' \t"')
        if decimal_comma:
            text = text.str.replace(",", ".", literal=True)
        values = text.cast(pl.Float64, strict=False)
        bad = values.is_null() & text.is_not_null() & ~text.str.to_lowercase().is_in(MISSING)
        if bad.any():
            at = int(bad.arg_max() or 0)
            raise InputError(
                f"{column[at]!r} is not a number",
                file=file,
                row=first_row + at,
                column=name,
                remedy="Correct that cell, or choose another column with --columns.",
            )
        return values
    if column.dtype.is_numeric():
        return column.rechunk() if column.dtype == pl.Int64 and whole else column.cast(pl.Float64)
    if column.dtype == pl.Null:
        return column.cast(pl.Float64)
    if column.dtype == pl.Boolean or not column.dtype.is_temporal():
        raise InputError(f"contains {column.dtype}, not numbers", file=file, column=name, remedy="Convert it first.")
    raise InputError(
        "contains dates or durations, not numbers", file=file, column=name, remedy="Convert it to seconds first."
    )


def identifiers(column: pl.Series) -> pl.Series:
    """`column` as ids: 12.0 becomes '12'; missing, empty and negative numbers become null (unassigned).

    The result is of type Enum: each id is kept once, however many points its track has.
    """
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        if ((whole.cast(pl.Float64) == column) | column.is_null() | column.is_nan()).all():
            column = whole
    words = column.cast(pl.String)
    runs = words.rle()
    if len(runs) >= len(words) // 4:
        return _coded_ids(words)
    # Tracks that lie together are looked at once a run, not once a point.
    lengths = runs.struct.field("len").to_numpy()
    run = np.repeat(np.arange(len(runs), dtype=np.uint32), lengths)
    return _coded_ids(runs.struct.field("value")).gather(pl.Series(run))


def _coded_ids(words: pl.Series) -> pl.Series:
    kept = as_enum(words)
    ids = _plain_ids(categories(kept))
    if ids.null_count() == 0 and (ids == categories(kept)).all():
        return kept
    known = ids.drop_nulls().unique(maintain_order=True)
    places = dict(zip(known.to_list(), range(len(known)), strict=True))
    number = np.array([*(places.get(i, len(known)) for i in ids.to_list()), len(known)], dtype=np.uint32)
    codes = number[kept.to_physical().cast(pl.UInt32).fill_null(len(ids)).to_numpy()]
    return known.cast(pl.Enum(known)).extend_constant(None, 1).gather(codes)


def _plain_ids(words: pl.Series) -> pl.Series:
    whole = words.cast(pl.Int64, strict=False)
    if whole.null_count() == 0 and (whole.cast(pl.String) == words).all():
        return words.set(whole < 0, None)
    text = words.str.strip_chars(" \t").str.replace(r'^"(.*)"$', "$1").str.replace(r"^([+-]?\d+)\.0*$", "$1")
    untracked = text.str.to_lowercase().is_in(MISSING) | text.str.contains(r"^-\d+$")
    return unescape_formulas(text.set(untracked, None))


def to_table(
    frame: pl.DataFrame,
    names: Sequence[str],
    roles: Mapping[str, int],
    *,
    file: object,
    first_row: int = 1,
    decimal_comma: bool = False,
    numbered_rows: bool = False,
    blank_lines: bool = False,
) -> Table:
    """Turn the columns of `frame` (named by index) into a Table by their roles.

    `blank_lines` says that rows with nothing in these columns are blank lines of a text, which are no rows.
    `numbered_rows` makes the order of rows within a track its frame number (`--columns frame=row`).
    """
    columns: dict[str, pl.Series] = {}
    for role, index in roles.items():
        column = frame[str(index)]
        columns[role] = (
            (identifiers(column) if role == "track" else unescape_formulas(column.cast(pl.String)))
            if role in _TEXT_ROLES
            else numbers(
                column,
                file=file,
                name=names[index],
                first_row=first_row,
                decimal_comma=decimal_comma,
                whole=role == "frame",
            )
        )
    length = _common_unit([names[roles[a]] for a in "xyz" if a in roles], units.is_length, file=file)
    notes = _convert_errors(columns, names, roles, length)
    rows = pl.DataFrame([series.alias(role) for role, series in columns.items()])
    rows = rows.with_columns(pl.int_range(first_row, first_row + rows.height, dtype=pl.UInt32).alias("row"))
    if blank_lines and all(frame[str(i)].null_count() for i in roles.values()):
        rows = rows.filter(~pl.all_horizontal(frame[str(i)].is_null() for i in roles.values()))
    if "track" not in roles:
        rows = rows.with_columns(pl.lit("0").alias("track"))
    if numbered_rows:
        rows = rows.with_columns(pl.int_range(pl.len()).over("track").cast(pl.Float64).alias("frame"))
    time = _common_unit([names[roles["t"]]] if "t" in roles else [], units.is_time, file=file)
    return Table(
        rows=rows,
        length_unit=length,
        time_unit=time,
        columns={role: names[index] for role, index in roles.items() if role in columns},
        unused_columns=tuple(n for i, n in enumerate(names) if i not in roles.values() and n),
        notes=tuple(notes),
    )


def _convert_errors(
    columns: dict[str, pl.Series], names: Sequence[str], roles: Mapping[str, int], length: str | None
) -> list[str]:
    """Bring localisation errors to the unit of the positions; those that cannot be brought are left out, and said."""
    notes = {}
    for role in ("x_err", "y_err", "z_err"):
        if role not in columns:
            continue
        stated = units.split_unit(names[roles[role]])[1]
        if stated is None or not units.is_length(stated):
            continue
        mine, theirs = units.length_factor(stated), units.length_factor(length)
        if mine is not None and theirs is not None:
            columns[role] = columns[role] * (mine / theirs) if mine != theirs else columns[role]
        elif mine is not theirs:
            del columns[role]
            where = length or "a unit that the heading does not state"
            notes[names[roles[role]]] = (
                f"{names[roles[role]]!r} is in {stated} and positions are in {where}: the column is not used as "
                "localization error"
            )
    return [*notes.values()]


def _common_unit(headings: Sequence[str], known: Callable[[str], bool], *, file: object) -> str | None:
    """The unit that `headings` state, in its first spelling; raises InputError where they state several."""
    found: dict[tuple[float | None, float | None], str] = {}
    for _, unit in map(units.split_unit, headings):
        if unit is not None and known(unit):
            found.setdefault((units.length_factor(unit), units.time_factor(unit)), unit)
    if len(found) > 1:
        mixed = " and ".join(sorted(found.values()))
        raise InputError(f"uses the units {mixed} together", file=file, remedy="Use one unit for all axes.")
    return next(iter(found.values()), None)
