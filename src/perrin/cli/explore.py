"""`perrin app`: look at tracks and results in a page on this machine."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from perrin.errors import InputError


def app(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Track files to open.", metavar="[FILE]...", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Of this machine; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    largest_upload: Annotated[int, typer.Option("--largest-upload", metavar="MB", help="Of one file.")] = 2000,
) -> None:
    """Open a page to explore tracks in; it is served on this machine only, until Ctrl-C."""
    from perrin.app import Server

    if not 0 <= port < 65536:
        raise InputError(f"there is no port {port}", remedy="Give 1024 to 65535, or 0.")
    if largest_upload < 1:
        raise InputError(f"--largest-upload {largest_upload} MB takes no file", remedy="Give 1 or more.")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Server(files or [], port=port, largest=largest_upload * 1_000_000) as server:
            print(f"perrin app  {server.url}\nCtrl-C ends it.", flush=True)
            if browser:
                import webbrowser

                webbrowser.open(server.url)
            server.serve()
    except KeyboardInterrupt:
        print("ended; files that the page sent are removed", file=sys.stderr)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
