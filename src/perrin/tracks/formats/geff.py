"""GEFF, the graph exchange file format: a Zarr folder of nodes with properties, and edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.columns import axis_of
from perrin.tracks.graph import linear_tracks
from perrin.tracks.model import AXES
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.zarr_folder import ZarrFolder
from perrin.types import FloatArray, IntArray

_ROLES: Final = ("t", *AXES, *(f"{axis}_err" for axis in AXES))
_PERRIN: Final = "perrin"
"""The attribute in which perrin keeps what GEFF has no place for."""


@final
class Geff(Reader):
    """`nodes/ids`, `nodes/props/NAME/values`, `edges/ids`; the attributes tell the axes and their units.

    Tracks are the connected parts of the graph, numbered by their first node and cut at splits and merges.
    https://live-image-tracking-tools.github.io/geff
    """

    name = "geff"
    title = "GEFF"

    def sniff(self, source: Source) -> str | None:
        """A Zarr folder with the attribute geff."""
        if not source.folder:
            return None
        about = ZarrFolder.attributes(source).get("geff")
        version = about.get("geff_version") if isinstance(about, Mapping) else None
        return None if about is None else f"Zarr folder with the attribute geff, version {version}"

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All nodes; raises InputError where an axis cannot be told, or arrays are missing or do not match."""
        if not source.folder:
            raise InputError("is not a Zarr folder", file=source.path, remedy="Remove --format.")
        folder = ZarrFolder(source)
        axes = _axes(source, options)
        nodes = folder.array("nodes/ids").reshape(-1)
        columns = {role: _numbers(folder, axis, len(nodes), source) for role, axis in axes.items()}
        for role in _ROLES[4:]:
            if role not in columns and folder.has(f"nodes/props/{role}/values"):
                columns[role] = _numbers(folder, _Axis(role), len(nodes), source)
        clock = axes["t"]
        if units.is_frames(clock.unit) or (clock.unit is None and _whole(columns["t"])):
            columns = {"frame": columns.pop("t"), **columns}
        kept = ZarrFolder.attributes(source).get(_PERRIN)
        if isinstance(kept, Mapping) and folder.has("nodes/props/track/values"):
            rows, parents, notes = _as_written(folder, kept, columns, source)
        else:
            rows, parents, notes = _as_graph(folder, nodes, columns, source)
        own = kept.get("length") if isinstance(kept, Mapping) else None
        return Table(
            rows=rows,
            length_unit=_length_unit(axes, source),
            quantity=own if isinstance(own, str) and own not in (units.MICRON, units.PIXEL) else None,
            time_unit=None if units.is_frames(clock.unit) else clock.unit,
            columns={role: axis.name for role, axis in axes.items()},
            notes=tuple(notes),
            parents=parents,
            settled=isinstance(kept, Mapping),
        )


@final
@dataclass(frozen=True)
class _Axis:
    name: str
    unit: str | None = None
    scale: float = 1.0
    offset: float = 0.0


def _axes(source: Source, options: ReadOptions) -> dict[str, _Axis]:
    """The axis that plays each role: chosen by the user, or by its type and name."""
    about = ZarrFolder.attributes(source)["geff"]
    listed = about.get("axes") if isinstance(about, Mapping) else None
    stated = listed if isinstance(listed, list) else []
    if not all(isinstance(axis, Mapping) and isinstance(axis.get("name"), str) for axis in stated):
        raise InputError("has axes without names", file=source.path, remedy="Create the file again.")
    found: dict[str, _Axis] = {}
    for axis in stated:
        role = "t" if axis.get("type") == "time" else axis_of(axis["name"])
        if role is not None and role not in found:
            found[role] = _axis(axis, source)
        elif axis.get("type") == "space" and axis["name"] not in options.columns.values():
            raise InputError(
                f"has an axis {axis['name']!r}, which is not x, y or z",
                file=source.path,
                remedy=f"Give its role, for example --columns x={axis['name']}.",
            )
    by_name = {axis["name"]: axis for axis in stated}
    for role, name in options.columns.items():
        if role not in _ROLES:
            raise InputError(
                f"{role!r} is not a role for --columns here", file=source.path, remedy="The roles are t, x, y and z."
            )
        found[role] = _axis(by_name.get(name, {"name": name}), source)
    if missing := [role for role in ("t", "x") if role not in found]:
        shown = ", ".join(str(axis["name"]) for axis in stated) or "none"
        raise InputError(
            f"has no axis for {' and '.join(missing)} (its axes: {shown})",
            file=source.path,
            remedy="Give the node property: --columns t=NAME,x=NAME.",
        )
    return found


def _axis(axis: Mapping[str, Any], source: Source) -> _Axis:
    unit = axis.get("unit")
    scale, offset = axis.get("scale"), axis.get("offset")
    if not all(n is None or isinstance(n, int | float) for n in (scale, offset)):
        raise InputError(f"the scale of axis {axis['name']} is not a number", file=source.path, remedy="Correct it.")
    if scale is not None and axis.get("scaled_unit"):
        return _Axis(axis["name"], str(axis["scaled_unit"]), float(scale), float(offset or 0.0))
    return _Axis(axis["name"], None if unit is None else str(unit))


def _numbers(folder: ZarrFolder, axis: _Axis, n: int, source: Source) -> FloatArray:
    """A property of all nodes, nan where it is marked as missing."""
    where = f"nodes/props/{axis.name}"
    if "/" in axis.name or axis.name in (".", ".."):
        raise InputError(f"has a property called {axis.name!r}", file=source.path, remedy="Rename it.")
    values = folder.array(f"{where}/values").astype(np.float64)
    if values.shape != (n,):
        raise InputError(
            f"{where} has shape {values.shape} for {n:,} nodes", file=source.path, remedy="Create the file again."
        )
    if folder.has(f"{where}/missing"):
        missing = folder.array(f"{where}/missing").astype(bool)
        if missing.shape != (n,):
            raise InputError(
                f"{where}/missing does not match its values", file=source.path, remedy="Create the file again."
            )
        values[missing] = np.nan
    return values * axis.scale + axis.offset


def _as_graph(
    folder: ZarrFolder, nodes: Any, columns: dict[str, FloatArray], source: Source
) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    early, late = _ends(folder, nodes, source)
    n = len(nodes)
    links = coo_array((np.ones(len(early)), (early, late)), shape=(n, n))
    parts = connected_components(links, directed=False)[1].astype(np.int64) if n else np.zeros(0, dtype=np.int64)
    found = linear_tracks(columns, early, late, parts, [str(i) for i in range(int(parts.max(initial=-1)) + 1)])
    return found.rows, found.parents, found.notes


def _ends(folder: ZarrFolder, nodes: Any, source: Source) -> tuple[IntArray, IntArray]:
    """Both ends of each edge as numbers of nodes."""
    edges = folder.array("edges/ids")
    if edges.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if edges.ndim != 2 or edges.shape[1] != 2:
        raise InputError(f"edges/ids has shape {edges.shape}", file=source.path, remedy="Create the file again.")
    order = np.argsort(nodes, kind="stable")
    if np.any(nodes[order][1:] == nodes[order][:-1]):
        raise InputError("two nodes have the same id", file=source.path, remedy="Create the file again.")
    at = np.minimum(np.searchsorted(nodes, edges, sorter=order), max(len(nodes) - 1, 0))
    found = order[at] if len(nodes) else at
    if not len(nodes) or np.any(nodes[found] != edges):
        raise InputError(
            "an edge refers to a node that does not exist", file=source.path, remedy="Create the file again."
        )
    return found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)


def _as_written(
    folder: ZarrFolder, kept: Mapping[str, Any], columns: dict[str, FloatArray], source: Source
) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    """Rows by the track that perrin noted for each node."""
    number = folder.array("nodes/props/track/values").astype(np.int64)
    table = kept.get("tracks")
    names = [str(row.get("track")) for row in table] if isinstance(table, list) else []
    if len(number) != len(next(iter(columns.values()))) or (
        len(number) and not 0 <= number.min() <= number.max() < len(names)
    ):
        raise InputError(
            "perrin's list of tracks does not match the nodes", file=source.path, remedy="Create the file again."
        )
    if folder.has("nodes/props/frame/values"):
        columns = {"frame": _numbers(folder, _Axis("frame"), len(number), source), **columns}
    texts = {
        key: pl.Series(
            [None if row.get(key) is None else str(row[key]) for row in table or []], dtype=pl.String
        ).gather(number)
        for key in ("source", "condition", "replicate", "track", "parent", "flaw")
    }
    return pl.DataFrame({**texts, **columns}), {}, []


def _whole(values: FloatArray) -> bool:
    return bool(np.all((values == np.round(values)) | ~np.isfinite(values)))


def _length_unit(axes: Mapping[str, _Axis], source: Source) -> str | None:
    stated = {axis.unit for role, axis in axes.items() if role in AXES}
    if len({units.length_factor(unit) for unit in stated}) > 1:
        raise InputError(
            f"uses the units {' and '.join(sorted(map(str, stated)))} together",
            file=source.path,
            remedy="Use one unit.",
        )
    return next((unit for unit in stated if unit is not None), None)
