"""The tracks behind a result, from its own tables."""

from __future__ import annotations

import numpy as np
import polars as pl

from perrin.result import status
from perrin.result.estimates import Estimates
from perrin.tracks import AXES, Tracks
from perrin.tracks.model import INFO_SCHEMA, NO_FRAME, Provenance


def analyzed_tracks(estimates: Estimates) -> Tracks:
    """The positions of `points` as Tracks, in the order of the tracks table.

    The advice of a track of status bad_input becomes its flaw; how the files were read is not kept in the tables.
    """
    keys = ["source", "track"]
    order = estimates.tracks.select(keys).with_row_index("order")
    points = estimates.points.join(order, on=keys, how="inner", maintain_order="left").sort("order", "t")
    lengths = np.bincount(points["order"].to_numpy(), minlength=order.height)
    flaw = pl.when(pl.col("status") == status.BAD_INPUT).then(pl.coalesce("advice", pl.lit("bad input")))
    info = estimates.tracks.with_columns(flaw=flaw).select(
        pl.col(name).cast(kind) for name, kind in INFO_SCHEMA.items()
    )
    places = [points[axis].to_numpy() for axis in AXES[: estimates.dimension]]
    return Tracks(
        positions=np.column_stack(places),
        times=points["t"].to_numpy().copy(),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        info=info,
        units=estimates.units,
        frames=points["frame"].fill_null(NO_FRAME).to_numpy().copy(),
        provenance=tuple(Provenance(source) for source in info["source"].unique(maintain_order=True).to_list()),
    )
