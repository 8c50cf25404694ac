"""`perrin fingerprint`: class-averaged wavelet spectra and how far the classes lie apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.cli import options as o
from perrin.cli.running import tell_problems
from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.learn.labels import Labels
    from perrin.tracks import Tracks


@o.grouped
def fingerprint(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results. It must not exist.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Track files. Without --labels, each condition or each file is a class.", show_default=False
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="CSV", help="CSV with one row per track and the columns track and class."),
    ] = None,
    models: Annotated[
        bool, typer.Option("--models", help="Add the five models of the first AnDi challenge, simulated.")
    ] = False,
    window: Annotated[
        int | None,
        typer.Option("--window", metavar="N", min=1, help="Number of positions in a window. [default: 20 to 100]"),
    ] = None,
    *,
    read_as: o.ReadingOptions,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files in DIR.")] = False,
) -> None:
    """Compare the wavelet spectra of classes of tracks; without FILES, of five simulated models of motion."""
    if out.exists() and not force:
        raise InputError("already exists", file=out, remedy="Choose another name, or use --force to replace it.")
    if labels is not None and not files:
        raise InputError("--labels needs track files", remedy="Add the track files to the command.")
    reading = read_as.options()
    from perrin.cli.parquet_check import check_parquet_files
    from perrin.learn.examples import usual_window
    from perrin.tracks.reading import read_files

    known: tuple[Tracks, Labels] | None = None
    if files:
        check_parquet_files(files)
        tracks = read_files(files, reading)
        known = tracks, _classes(tracks, labels)
    n = window or (usual_window(known[0].lengths[known[1].known]) if known else 100)
    _write(out, _with_models(known, n, seed) if models or known is None else known, n, seed)


def _classes(tracks: Tracks, labels: Path | None) -> Labels:
    """The classes of the tracks: from a table, or their conditions or files, or all as one."""
    import numpy as np

    from perrin.learn.labels import Labels, by_origin, read_labels

    if labels is not None:
        return read_labels(labels, tracks, "class")
    if any(tracks.info[column].drop_nulls().n_unique() > 1 for column in ("source", "condition")):
        return by_origin(tracks)
    return Labels(np.zeros(len(tracks)), (str(tracks.info["source"][0]) if len(tracks) else "tracks",), "one file")


def _with_models(known: tuple[Tracks, Labels] | None, length: int, seed: int) -> tuple[Tracks, Labels]:
    """The tracks and 200 of each model, seen as the challenge saw them, as classes of their own."""
    from dataclasses import replace

    import numpy as np

    from perrin.learn.labels import Labels
    from perrin.simulate import simulate_andi
    from perrin.simulate.andi_models import MODELS
    from perrin.tracks import concatenate

    simulation = simulate_andi(1_000, length, dimension=known[0].dimension if known else 2, seed=seed)
    assert simulation.model is not None
    kind = np.array([list(MODELS).index(model) for model in simulation.model], dtype=np.float64)
    if known is None:
        return simulation.tracks, Labels(kind, tuple(MODELS), "simulated")
    tracks, labels = known
    made = replace(simulation.tracks, units=tracks.units)
    plain = replace(tracks, sigma=None)
    target = np.concatenate([labels.target, kind + len(labels.classes)])
    simulated = (f"{name}, simulated" if name in labels.classes else name for name in MODELS)
    names, source = (*labels.classes, *simulated), f"{labels.source}, and simulated"
    return concatenate([plain, made]), replace(labels, target=target, classes=names, source=source)


def _write(out: Path, known: tuple[Tracks, Labels], window: int, seed: int) -> None:
    from perrin.figures.fingerprint import fingerprints
    from perrin.learn.fingerprint import fingerprints_of
    from perrin.learn.left_out import describe_left_out
    from perrin.problems import Problems

    found = fingerprints_of(*known, window=window, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    found.write(out)
    problems, page = Problems(), out / "fingerprint.html"
    problems.attempt(
        "the figure", lambda: fingerprints(found).write_html(page, include_plotlyjs=True, full_html=True),
        lambda _: page.unlink(missing_ok=True),
    )  # fmt: skip
    print(f"windows of {window} positions; distances between classes (0: identical, 1: no overlap):")
    for sentence in found.sentences():
        print(sentence)
    labels = known[1]
    if rest := describe_left_out(
        found.left_out, windows=found.windows_left_out, unlabeled=labels.missing, unmatched=labels.unmatched
    ):
        print(f"excluded: {rest}")
    for name in found.absent:
        print(f"{name}: not shown, because no track is as long as a window")
    print(f"tables {out.resolve()}" if problems else f"figure {page.resolve()}")
    tell_problems(problems, out)
