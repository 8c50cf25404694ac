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
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for NAME.json and NAME….svg.")] = Path("benchmarks"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    paper: Annotated[
        bool,
        typer.Option("--paper", help="mfbm: also run mfbm-cnn on signals as published, neither shifted nor scaled."),
    ] = False,
    redraw: Annotated[bool, typer.Option("--redraw", help="Only draw the figures again, from NAME.json.")] = False,
) -> None:
    """Run a benchmark, write its JSON and its figures, and print what was written."""
    from perrin.bench import BENCHMARKS, load

    if name is None:
        print("\n".join(f"{key}: {text}" for key, (_, text) in BENCHMARKS.items()))
        return
    if name not in BENCHMARKS:
        raise InputError(f"there is no benchmark {name!r}", remedy=f"There are: {', '.join(BENCHMARKS)}.")
    if paper and name != "mfbm":
        raise InputError(f"--paper says nothing to the benchmark {name!r}", remedy="It goes with mfbm.")
    from perrin.bench.record import read_result, write_figure, write_result

    benchmark = load(name)
    written = [] if redraw else [write_result(name, benchmark.run(data, **({"paper": True} if paper else {})), out)]
    result = read_result(name, out)
    if hasattr(benchmark, "figures"):
        written += [write_figure(stem, figure, out) for stem, figure in benchmark.figures(result).items()]
    print(json.dumps(result, indent=1, ensure_ascii=False) if as_json else f"written to {', '.join(map(str, written))}")
