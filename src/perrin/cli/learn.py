"""`perrin learn`: from one's own tracks and labels to a model for `perrin analyze --method MODEL.onnx`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.cli import options as o
from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.learn import TrainedModel
    from perrin.learn.labels import Labels
    from perrin.tracks import Tracks

LabelTable = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="CSV",
        help="CSV with one row per track and the columns track and alpha or class. Without it, alpha of each "
        "track is estimated by exact (or by tamsd, if you write tamsd here), and the class is the condition or "
        "the file of each track.",
    ),
]
Learner = Annotated[
    str,
    typer.Option(
        "--learner",
        metavar="NAME",
        help="trees, posterior-trees or wavelet-trees; the networks wavelet-net, attention-net or recurrent-net, "
        "which take minutes; or together, the mean of trees and a network.",
    ),
]


@o.grouped
def learn(
    files: o.Files,
    target: Annotated[str, typer.Option("--target", metavar="alpha|class", help="Quantity to learn: alpha or class.")],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="MODEL.onnx", help="New file for the model and its description (model card)."
        ),
    ],
    labels: LabelTable = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            metavar="N",
            min=1,
            help="Number of positions in a window. [default: 20 to 100, depending on the track lengths]",
        ),
    ] = None,
    learner: Learner = "trees",
    *,
    read_as: o.ReadingOptions,
    condition: o.Condition = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")] = 0,
    workers: o.Workers = None,
    force: Annotated[bool, typer.Option("--force", help="Replace MODEL.onnx.")] = False,
) -> None:
    """Train a model of alpha or of the class of motion on labeled tracks, and measure its accuracy."""
    if target not in ("alpha", "class"):
        raise InputError(f"unknown target {target!r}", remedy="Give alpha or class.")
    if out.suffix != ".onnx":
        raise InputError("the name of a model must end in .onnx", file=out, remedy="Choose another name.")
    if out.exists() and not force:
        raise InputError("already exists", file=out, remedy="Choose another name, or use --force to replace it.")
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers} is too small", remedy="Use 1 or more.")
    from perrin.cli.parquet_check import check_parquet_files
    from perrin.learn import learn_model as run
    from perrin.learn import learner as named
    from perrin.tracks.reading import read_files

    chosen = named(learner)
    reading = read_as.options(condition)
    check_parquet_files(files)
    tracks = read_files(files, reading)
    known = _labels(tracks, labels, target, window, seed, workers or os.cpu_count() or 1)
    lesson = run(tracks, known, window=window, learner=chosen, seed=seed, step=_say)
    out.parent.mkdir(parents=True, exist_ok=True)
    lesson.write(out)
    _print_result(out, lesson)


def _labels(tracks: Tracks, name: str | None, target: str, window: int | None, seed: int, workers: int) -> Labels:
    from perrin.learn.examples import USUAL_WINDOWS, usual_window
    from perrin.learn.labels import TEACHERS, by_origin, by_teacher, read_labels

    teacher = "exact" if name is None else name
    if target == "class" and name in TEACHERS:
        raise InputError(
            f"{name} gives alpha, not classes", remedy="Use --target alpha, or give a table of classes with --labels."
        )
    if target == "alpha" and teacher in TEACHERS:
        long = tracks.lengths[tracks.lengths >= 2 * min(USUAL_WINDOWS)]
        _say(f"estimating alpha of each track by {teacher}")
        return by_teacher(tracks, teacher, window or usual_window(long // 2), seed=seed, workers=workers)
    if name is None:
        return by_origin(tracks)
    return read_labels(Path(name), tracks, "alpha" if target == "alpha" else "class")


def _say(what: str) -> None:
    """Progress on a terminal, nothing in a pipe."""
    if sys.stderr.isatty():
        print(f"{what} …", file=sys.stderr, flush=True)


def _print_result(out: Path, trained: TrainedModel) -> None:
    """What was learned and how good it is, in a few lines."""
    from perrin.learn.card import not_learned_from

    card = trained.card
    data = card["data"]
    print(f"trained on {data['windows']:,} windows of {card['window']} positions from {data['tracks']:,} tracks "
    f"(labels: {data['labels']})")  # fmt: skip
    if rest := not_learned_from(data):
        print(f"excluded: {rest}")
    for name, found in card["measured"].items():
        if isinstance(found, dict):
            interval = f"  (95 % interval {found['lo']:.3f} to {found['hi']:.3f})" if "lo" in found else ""
            print(f"{name}: {found['value']:.3f}{interval}")
    print(card["more"])
    for problem in trained.problems:
        print(f"perrin: {problem}", file=sys.stderr)
    print(f"written to {out}. Use it with: perrin analyze FILE -o DIR --method {out}")
