"""`perrin bench`: measure perrin against limits, peers and real data."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.types import Json


def bench(
    name: Annotated[str | None, typer.Argument(help="Which one; without a name they are listed.")] = None,
    data: Annotated[Path, typer.Option("--data", help="Folder of the data sets that stay outside.")] = Path("data"),
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for NAME.json and NAME….svg.")] = Path("benchmarks"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Begin nothing new after so long, where it can be resumed.")
    ] = None,
    redraw: Annotated[bool, typer.Option("--redraw", help="Only draw the figures again, from NAME.json.")] = False,
) -> None:
    """Run a benchmark, write its JSON and its figures, and print what was written."""
    from perrin.bench import BENCHMARKS, load

    if name is None:
        print("\n".join(f"{key}: {text}" for key, (_, text) in BENCHMARKS.items()))
        return
    if name not in BENCHMARKS:
        raise InputError(f"there is no benchmark {name!r}", remedy=f"There are: {', '.join(BENCHMARKS)}.")
    from perrin.bench.record import read_result, write_figure, write_result

    benchmark = load(name)
    written = [] if redraw else [write_result(name, _run(benchmark, data, minutes), out)]
    result = read_result(name, out)
    if hasattr(benchmark, "figures"):
        written += [write_figure(stem, figure, out) for stem, figure in benchmark.figures(result).items()]
    print(json.dumps(result, indent=1, ensure_ascii=False) if as_json else f"written to {', '.join(map(str, written))}")


def _run(benchmark: ModuleType, data: Path, minutes: float | None) -> Json:
    from inspect import signature

    if minutes is None:
        found: Json = benchmark.run(data)
        return found
    if "minutes" not in signature(benchmark.run).parameters:
        raise InputError("this benchmark cannot be resumed", remedy="Leave --minutes away.")
    part: Json = benchmark.run(data, minutes=minutes)
    return part
