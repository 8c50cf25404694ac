"""`perrin bench`: measure perrin against limits, peers and real data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from perrin.errors import InputError


def bench(
    name: Annotated[str | None, typer.Argument(help="Which one; without a name they are listed.")] = None,
    data: Annotated[Path, typer.Option("--data", help="Folder of the data sets that stay outside.")] = Path("data"),
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for NAME.json.")] = Path("benchmarks"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a benchmark, write its JSON, and print it."""
    from perrin.bench import BENCHMARKS, load

    if name is None:
        print("\n".join(f"{key}: {text}" for key, (_, text) in BENCHMARKS.items()))
        return
    if name not in BENCHMARKS:
        raise InputError(f"there is no benchmark {name!r}", remedy=f"There are: {', '.join(BENCHMARKS)}.")
    result = load(name)(data)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False) if as_json else f"written to {path}")
