"""The card of a learned model as Markdown; generated from what was measured, never written by hand."""

from __future__ import annotations

import re
from typing import Any

from perrin.learn.left_out import describe_left_out
from perrin.types import Json


def not_learned_from(data: Json) -> str:
    """What of the tracks and labels was left out, in words; "" where nothing was."""
    return describe_left_out(
        data.get("left out", {}), windows=data.get("windows left out", 0), unlabeled=data["unlabelled"],
        unmatched=data.get("labels of no track", 0),
    )  # fmt: skip


def card_text(card: Json) -> str:
    """The card in words and tables."""
    data, learner = card["data"], card["learner"]
    target = "alpha" if card["task"] == "alpha" else f"class ({', '.join(map(_plain, card['classes']))})"
    lines = [
        f"# Model of {target}",
        "",
        f"- uses windows of {card['window']} positions of {card['dimension']}-D tracks",
        f"- trained on {data['windows']:,} windows of {data['tracks']:,} tracks; labels: {_plain(data['labels'])}",
        *_when(rest := not_learned_from(data), f"- excluded: {rest}"),
        *_when(data["frame interval"], f"- frame interval {data['frame interval'] or 0:.4g} {data['time unit']}"),
        f"- {learner['learner']}: " + ", ".join(f"{k} {v}" for k, v in learner.items() if k != "learner"),
        f"- created by perrin {card['perrin']}, seed {card['seed']}",
        "",
        "## Accuracy on held-out tracks",
        "",
        *_measured(card["measured"]),
        "",
        "## More tracks?",
        "",
        card["more"],
        "",
        "| tracks | error (95 % interval) |",
        "|---|---|",
        *(f"| {row['tracks']:,} | {_interval(row['error'])} |" for row in card["curve"]),
        "",
        *_confusion(card),
        "Tracks unlike the training data get no value. They are marked `outside_training_range`.",
        "",
    ]
    return "\n".join(line for line, after in zip(lines, [*lines[1:], None], strict=True) if line or after != "")


def _plain(name: str) -> str:
    """A name that somebody chose, as Markdown that is one line, one cell and nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(name.split()))


def _when(known: object, line: str) -> list[str]:
    return [line] if known else []


def _measured(measured: Json) -> list[str]:
    return [f"- {name}: {_interval(value)}" for name, value in measured.items() if isinstance(value, dict)]


def _confusion(card: Json) -> list[str]:
    table = card["measured"].get("confusion (rows: truth)")
    if table is None:
        return []
    names = [_plain(name) for name in card["classes"]]
    return [
        "## Confusion",
        "",
        "| truth | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
        *(f"| {name} | " + " | ".join(f"{share:.0%}" for share in row) + " |"
          for name, row in zip(names, table, strict=True)),
        "",
    ]  # fmt: skip


def _interval(found: Any) -> str:
    value = f"{found['value']:.3f}"
    return f"{value} (95 % interval {found['lo']:.3f} to {found['hi']:.3f})" if "lo" in found else value
