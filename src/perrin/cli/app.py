"""The commands, and nothing of what they do."""

from __future__ import annotations

import typer

from perrin.cli import (
    analyze,
    bench,
    cite,
    convert,
    demo,
    drifting,
    explore,
    figure,
    fingerprint,
    info,
    learn,
    methods,
    models,
    simulate,
    switching,
    test,
    train,
)

app = typer.Typer(
    name="perrin",
    help="Analyze single-particle tracks: anomalous exponent (alpha) and diffusion coefficient (D) along each track.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("analyze")(analyze.analyze)
app.command("info")(info.info)
app.command("convert")(convert.convert)
simulate.commands.command("switching")(switching.switching)
simulate.commands.command("drifting")(drifting.drifting)
app.add_typer(simulate.commands, name="simulate")
app.command("test")(test.hurst_test)
app.command("demo")(demo.demo)
app.command("app")(explore.app)
app.command("figure")(figure.figure)
app.command("learn")(learn.learn)
app.command("fingerprint")(fingerprint.fingerprint)
app.command("methods")(methods.methods)
app.command("models")(models.models)
app.command("train")(train.train)
app.command("cite")(cite.cite)
app.command("bench", hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    bench.bench
)
