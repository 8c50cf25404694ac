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
    port: Annotated[int, typer.Option("--port", help="Port of the page on this computer; 0 chooses a free port.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    largest_upload: Annotated[
        int, typer.Option("--largest-upload", metavar="MB", help="Largest size of an uploaded file.")
    ] = 2000,
) -> None:
    """Explore tracks and results in a browser. The page runs on this computer only; Ctrl-C stops it."""
    from perrin.app import Server

    if not 0 <= port < 65536:
        raise InputError(f"{port} is not a valid port", remedy="Give 1024 to 65535, or 0.")
    if largest_upload < 1:
        raise InputError(f"--largest-upload {largest_upload} MB is too small", remedy="Use 1 or more.")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Server(files or [], port=port, largest=largest_upload * 1_000_000) as server:
            print(f"perrin app  {server.url}\nPress Ctrl-C to stop.", flush=True)
            if browser:
                import webbrowser

                webbrowser.open(server.url)
            server.serve()
    except KeyboardInterrupt:
        print("stopped; uploaded files were deleted", file=sys.stderr)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
