"""`perrin models`: the networks that come with perrin, and the card of any learned model."""

from __future__ import annotations

from typing import Annotated

import typer

from perrin.errors import InputError


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|MODEL.onnx", help="Name of a network, to show its model card.")
    ] = None,
) -> None:
    """List the networks that are included in perrin. With NAME, show how that network was trained and tested."""
    from perrin.weights import manifest
    from perrin.weights.card import card

    if name is not None and name.endswith(".onnx"):
        from perrin.estimate.learned import read_model
        from perrin.learn.card import card_text

        print(card_text(read_model(name).card))
        return
    known = manifest()
    if name is not None:
        if name not in known:
            raise InputError(f"unknown network {name!r}", remedy=f"perrin has: {', '.join(known) or 'none yet'}.")
        print(card(name, known[name]))
        return
    for each, entry in known.items():
        run = entry["run"]
        after = f" after {entry['begins']}" if "begins" in entry else ""
        print(f"{each}: {entry['parameters']:,} weights, {run['tracks']:,} tracks, {run['hours']:.1f} h{after}")
    if not known:
        print("this version includes no networks; see perrin train")
