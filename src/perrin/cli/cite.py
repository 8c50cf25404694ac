"""`perrin cite`: what to cite for a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from perrin.errors import InputError


def cite(
    what: Annotated[str, typer.Argument(help="Name of a method, or a folder that perrin analyze wrote.")] = "exact",
) -> None:
    """Print the references to cite for a method or for a result."""
    from perrin.estimate import method
    from perrin.version import __version__

    record = Path(what) / "run.json"
    if record.exists():
        try:
            about = json.loads(record.read_text(encoding="utf-8"))
            version, citations = about["perrin"], about["method"]["citations"]
        except (ValueError, KeyError, TypeError):
            raise InputError(
                "is not a record of an analysis", file=record, remedy="Run perrin analyze again."
            ) from None
    elif record.parent.is_dir():
        raise InputError("does not contain run.json", file=what, remedy="Give a folder that perrin analyze wrote.")
    else:
        version, citations = __version__, method(what).info.citations
    print("\n".join([f"perrin {version}", *citations]))
