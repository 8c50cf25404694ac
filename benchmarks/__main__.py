"""`python -m benchmarks`: measure perrin against limits, peers and real data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from benchmarks import BENCHMARKS, load
from perrin.cli import carry_out
from perrin.errors import InputError

if TYPE_CHECKING:
    from perrin.types import Json

RESULTS = Path("benchmarks") / "results"
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def benchmark(
    name: Annotated[str | None, typer.Argument(help="Which one; without a name they are listed.")] = None,
    data: Annotated[Path, typer.Option("--data", help="Folder of the data sets that stay outside.")] = Path("data"),
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for NAME.json and NAME….svg.")] = RESULTS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    paper: Annotated[
        bool,
        typer.Option("--paper", help="mfbm: also run mfbm-cnn on signals as published, neither shifted nor scaled."),
    ] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Begin nothing new after so long, where it can be resumed.")
    ] = None,
    redraw: Annotated[bool, typer.Option("--redraw", help="Only draw the figures again, from NAME.json.")] = False,
) -> None:
    """Run a benchmark, write its JSON and its figures, and print what was written."""
    if name is None:
        print("\n".join(f"{key}: {text}" for key, (_, text) in BENCHMARKS.items()))
        return
    if name not in BENCHMARKS:
        raise InputError(f"there is no benchmark {name!r}", remedy=f"There are: {', '.join(BENCHMARKS)}.")
    from benchmarks.record import read_result, write_figure, write_result

    module = load(name)
    asked = {"minutes": minutes, "paper": paper or None}
    written = [] if redraw else [write_result(name, _run(module, data, asked, out / f"{name}.json"), out)]
    result = read_result(name, out)
    if hasattr(module, "figures"):
        written += [write_figure(stem, figure, out) for stem, figure in module.figures(result).items()]
    print(json.dumps(result, indent=1, ensure_ascii=False) if as_json else f"written to {', '.join(map(str, written))}")


def _run(module: ModuleType, data: Path, asked: Mapping[str, Any], record: Path) -> Json:
    """Run it with the options that were given; raises InputError where it has no such option.

    A benchmark that takes `earlier` goes on from what the record says that will be written over.
    """
    from inspect import signature

    known = signature(module.run).parameters
    given = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if name not in known:
            raise InputError(f"--{name} says nothing to this benchmark", remedy="Leave it away.")
    if "earlier" in known and record.exists():
        given["earlier"] = json.loads(record.read_text(encoding="utf-8"))
    found: Json = module.run(data, **given)
    return found


def main() -> NoReturn:
    """Run the command; it ends as `perrin` does, and has one BLAS thread a process like the command it measures."""
    carry_out(lambda: app(prog_name="python -m benchmarks"))


if __name__ == "__main__":
    main()
