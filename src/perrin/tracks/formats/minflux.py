"""MINFLUX localisations as Abberior's Imspector exports them (.npy, .mat)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import matlab, numpy_file
from perrin.tracks.columns import identifiers
from perrin.tracks.model import AXES
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table

_NEEDED: Final = frozenset(("tid", "tim", "vld", "itr"))


@final
class Minflux(Reader):
    """Fields tid (trace), tim (s), vld (valid), itr and loc (m), of every iteration or of every event.

    Exports to 2023 hold one record an event, whose field `itr` is a list of iterations with `loc` in each; later
    ones hold one record an iteration, numbered by `itr`. Only valid records count, and only the last iteration of
    each: the others are steps on the way to it. Times are irregular. Schmidt et al., Nature Communications 12,
    1478 (2021).
    """

    name = "minflux"
    title = "MINFLUX (Imspector)"

    def sniff(self, source: Source) -> str | None:
        """An array or MATLAB file with these fields."""
        if numpy_file.is_npy(source):
            found = numpy_file.header(source)
            names = {*(found[1].names or ())} if found is not None else set()
        else:
            names = {*matlab.variables(source)} if matlab.is_mat(source) else set()
        return "fields tid, tim, vld and itr" if names >= _NEEDED else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The valid last iterations, in m and s; raises InputError where the fields contradict each other."""
        options.refuse_columns(source)
        found = _from_numpy(source) if numpy_file.is_npy(source) else _from_matlab(source)
        try:
            place, last = _last_iteration(found)
            tid, tim = (np.asarray(found[name], dtype=np.float64).reshape(-1) for name in ("tid", "tim"))
            valid = np.asarray(found["vld"]).reshape(-1).astype(bool)
            if not len(tid) == len(tim) == len(valid) == len(place) == len(last):
                raise ValueError("its fields have different lengths")
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise InputError(
                f"contains no MINFLUX localizations ({error})",
                file=source.path,
                remedy="Export it again from Imspector.",
            ) from None
        keep = valid & last
        ignored = {"not_valid": int((~valid).sum()), "earlier_iteration": int((valid & ~last).sum())}
        return Table(
            rows=pl.DataFrame(
                {
                    "track": identifiers(pl.Series(tid[keep])),
                    "t": tim[keep],
                    **{axis: place[keep, i] for i, axis in enumerate(AXES[: place.shape[1]])},
                    "row": np.flatnonzero(keep) + 1,
                }
            ),
            length_unit="m",
            time_unit="s",
            columns={"track": "tid", "t": "tim", **{a: f"loc({i + 1})" for i, a in enumerate(AXES[: place.shape[1]])}},
            ignored={reason: count for reason, count in ignored.items() if count},
        )


def _from_numpy(source: Source) -> Mapping[str, Any]:
    array = numpy_file.load(source)
    if array.dtype.names is None or not {*array.dtype.names} >= _NEEDED:
        raise InputError("has no MINFLUX fields", file=source.path, remedy="Remove --format.")
    array = array.reshape(-1)
    found = {name: array[name] for name in array.dtype.names}
    if found["itr"].dtype.names is not None:
        found["itr"] = {name: found["itr"][name] for name in found["itr"].dtype.names}
    return found


def _from_matlab(source: Source) -> Mapping[str, Any]:
    names = matlab.variables(source)
    if not names.keys() >= _NEEDED:
        raise InputError("has no MINFLUX variables", file=source.path, remedy="Remove --format.")
    found = {name: matlab.load(source, name) for name in (*_NEEDED, *({"loc", "fnl"} & names.keys()))}
    if isinstance(found["itr"], list):
        found["itr"] = found["itr"][0] if found["itr"] else {}
    return found


def _last_iteration(found: Mapping[str, Any]) -> tuple[Any, Any]:
    """(n, axes) positions in m, and which records are the last iteration of their event."""
    itr = found["itr"]
    if isinstance(itr, Mapping):
        place = np.asarray(itr["loc"], dtype=np.float64)
        if place.ndim == 3:
            place = place[:, -1, :]
        if place.ndim != 2 or place.shape[1] not in (2, 3):
            raise ValueError(f"itr.loc has shape {np.shape(itr['loc'])}")
        return place, np.ones(len(place), dtype=bool)
    number = np.asarray(itr, dtype=np.float64).reshape(-1)
    place = np.asarray(found["loc"], dtype=np.float64)
    if place.ndim == 3 and place.shape[1] == 1:
        place = place[:, 0, :]
    if place.ndim != 2 or place.shape[1] not in (2, 3):
        raise ValueError(f"loc has shape {place.shape}")
    if "fnl" in found:
        return place, np.asarray(found["fnl"]).reshape(-1).astype(bool)
    return place, number == number.max(initial=0)
