"""`perrin train`: the only way in which perrin's networks are made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.train.loop import Progress


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Name of a recipe, or a .toml file.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Folder of the run. [default: checkpoints/NAME]")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the checkpoint in DIR, if there is one.")
    ] = False,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", help="Number of steps. [default: from the recipe]")
    ] = None,
    begin: Annotated[
        Path | None,
        typer.Option(
            "--begin", metavar="DIR", help="Folder of the run that the recipe starts from. [default: beside DIR]"
        ),
    ] = None,
    ship: Annotated[
        bool, typer.Option("--ship", help="Add the network to those that are included in this clone of perrin.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, metavar="N", help="Number of CPU cores to use.")] = 1,
) -> None:
    """Train a network as a recipe says; write DIR/NAME.onnx and its model card DIR/NAME.md."""
    try:
        import torch
    except ImportError:
        raise InputError(
            "training needs the package torch", remedy="Install it with: pip install 'perrin[train]'"
        ) from None
    from perrin.train import load_recipe
    from perrin.train.loop import train as run
    from perrin.train.publish import publish
    from perrin.weights import store

    torch.set_num_threads(threads)
    asked = load_recipe(recipe)
    folder = out or Path("checkpoints") / asked.name
    state = run(asked, folder, resume=resume, steps=steps, begin=begin, report=_say)
    targets = [folder, store.folder()] if ship else [folder]
    publish(asked, folder, targets)
    print(f"{asked.name} after {state.step:,} steps: {', '.join(f'{t / asked.name}.onnx' for t in targets)}")


def _say(progress: Progress) -> None:
    """One line: how far, how well, how fast, how long still."""
    held_out = "" if progress.held_out is None else f"  held out {progress.held_out:.5f}"
    left = progress.seconds_left
    print(
        f"step {progress.step:,} of {progress.steps:,}  loss {progress.loss:.5f}{held_out}  "
        f"{progress.tracks_per_second:,.0f} tracks/s  {int(left // 3600)}:{int(left % 3600 // 60):02d} left",
        flush=True,
    )
