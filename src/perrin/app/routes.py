"""What the page may ask for, and what it gets."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, final

from perrin.app.session import RESULTS, SELECTION, TEST, Session
from perrin.errors import InputError
from perrin.estimate import METHODS
from perrin.estimate.settings import setting_types
from perrin.figures import theme
from perrin.figures.catalog import CATALOG, added, entry
from perrin.figures.paper import DOUBLE, SINGLE, write_figure
from perrin.tracks.formats import readers
from perrin.types import Json

_TYPES: Final = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".svg": "image/svg+xml", ".pdf": "application/pdf", ".png": "image/png",
    ".zip": "application/zip",
}  # fmt: skip
STATIC: Final = (
    "index.html", "app.css", "app.js", "files.js", "model.js", "plane.js", "map.js", "scatter.js", "table.js",
    "plots.js", "net.js",
)  # fmt: skip
_WORDS: Final = 10_000_000
"""Bytes of a request in JSON."""
_EXPORTED: Final = {
    **dict.fromkeys(("report.html", "points.parquet", "tracks.parquet", "population.parquet", "run.json"), RESULTS),
}
_DRAWN_FROM: Final = frozenset(("estimates", "tracks", "population", "truth"))
"""What there is in the app to draw figures from."""


@final
@dataclass(frozen=True)
class Reply:
    """What goes back: bytes or a file, their type, and the name to save them under."""

    body: bytes | Path
    kind: str = "application/json"
    save_as: str | None = None


def as_json(value: Any) -> Reply:
    """A reply in JSON; not a number becomes null."""
    return Reply(json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not (abs(value) < float("inf")):
        return None
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def get(session: Session, path: str) -> Reply | None:
    """The reply to GET of `path` below the token; None where there is nothing."""
    if path in ("", "index.html"):
        return static("index.html")
    if path in STATIC:
        return static(path)
    if path == "plotly.js":
        from plotly.offline import get_plotlyjs

        return Reply(get_plotlyjs().encode(), _TYPES[".js"])
    if path.startswith("export/"):
        return _export(session, path.removeprefix("export/"))
    asked = _GETTERS.get(path)
    return None if asked is None else asked(session)


def static(name: str) -> Reply:
    """A file of the page."""
    return Reply(files("perrin.app").joinpath("static", name).read_bytes(), _TYPES[Path(name).suffix])


_GETTERS: Final[Mapping[str, Callable[[Session], Reply]]] = {
    "api/state": lambda s: as_json(s.state()),
    "api/choices": lambda _: as_json(choices()),
    "api/table": lambda s: as_json(s.analysis().table()),
    "api/positions": lambda s: Reply(s.analysis().positions(), "application/octet-stream"),
    "api/test": lambda s: as_json(s.test_table()),
}


def choices() -> Json:
    """Methods with what they are and the settings they take, formats, and the figures."""
    described = []
    for name, cls in METHODS.working():
        described.append({
            "name": name, "title": cls.info.title, "summary": cls.info.summary, "limits": cls.info.limits,
            "settings": list(setting_types(cls)),
        })  # fmt: skip
    shown = {name: figure for name, figure in (CATALOG | added()).items() if _DRAWN_FROM.issuperset(figure.needs)}
    return {
        "methods": described,
        "formats": [{"name": reader.name, "title": reader.title} for reader in readers()],
        "figures": [{"name": name, "title": figure.title, "needs": figure.needs} for name, figure in shown.items()],
    }


def _export(session: Session, name: str) -> Reply | None:
    if name == "results.zip":
        session.analysis()
        return Reply(_zipped(session.folder / RESULTS, RESULTS), _TYPES[".zip"], "results.zip")
    if name == "test.zip":
        session.hurst_test()
        more = session.folder / SELECTION
        return Reply(_zipped(session.folder / TEST, TEST, more), _TYPES[".zip"], "test.zip")
    folder = _EXPORTED.get(name)
    if folder is None:
        return None
    session.analysis()
    path = session.folder / folder / name
    kind = _TYPES.get(path.suffix, "application/octet-stream")
    return Reply(path, kind, name) if path.exists() else None


def _zipped(folder: Path, name: str, *more: Path) -> Path:
    """All files of a folder in one; it lies beside the folder and is made anew each time."""
    target = folder.parent / f".{name}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{name}/{path.name}")
        for path in more:
            archive.write(path, path.name)
    return target


def post(session: Session, path: str, given: Any) -> Reply | None:
    """The reply to POST of JSON; None where there is nothing. Raises InputError for what makes no sense."""
    action = _POSTERS.get(path)
    if action is None:
        return None
    if not isinstance(given, dict):
        raise InputError("the request must be a JSON object")
    return action(session, given)


def body(stream: io.BufferedIOBase, length: int) -> Any:
    """The JSON of a request; raises InputError where it is none or far too long."""
    if length > _WORDS:
        raise InputError("the request is too long")
    try:
        return json.loads(stream.read(length) or b"{}")
    except ValueError:
        raise InputError("the request is not valid JSON") from None


def _rows(given: Mapping[str, Any]) -> list[int] | None:
    rows = given.get("rows")
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(type(row) is int for row in rows):
        raise InputError("rows must be whole numbers")
    return rows


def _text(given: Mapping[str, Any], key: str) -> str:
    found = given.get(key, "")
    if not isinstance(found, str):
        raise InputError(f"{key} must be text")
    return found


def _options(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = given.get("options", {})
    if not isinstance(found, dict):
        raise InputError("options must be a JSON object")
    return found


def _figure_options(given: Mapping[str, Any]) -> dict[str, Any]:
    allowed = {"color": ("alpha", "D", "time", "status"), "quantity": ("alpha", "D_frame")}
    return {key: given[key] for key, values in allowed.items() if given.get(key) in values}


def _figure(session: Session, given: Mapping[str, Any]) -> Reply:
    name = _text(given, "name")
    if name == "bands":
        from perrin import figures

        made = figures.bands(session.hurst_test())
    else:
        made = session.figure(name, _rows(given), _figure_options(given))
    text = json.dumps({"reason": theme.reason(made)}) if theme.reason(made) else str(made.to_json())
    return Reply(text.encode())


def _print(session: Session, given: Mapping[str, Any]) -> Reply:
    name, kind = _text(given, "name"), _text(given, "format")
    if kind not in ("pdf", "svg", "png"):
        raise InputError("figures can be saved as pdf, svg or png only")
    made = session.figure(name, _rows(given), _figure_options(given))
    with tempfile.TemporaryDirectory(dir=session.folder) as folder:
        path = Path(folder) / f"figure.{kind}"
        write_figure(made, path, width=DOUBLE if entry(name).wide else SINGLE)
        return Reply(path.read_bytes(), _TYPES[f".{kind}"], f"{name}.{kind}")


def _after(call: Callable[[], None]) -> Reply:
    call()
    return as_json({"ok": True})


def _example(session: Session) -> None:
    from perrin.report.example import example_file

    session.open(example_file())


_POSTERS: Final[Mapping[str, Callable[[Session, Mapping[str, Any]], Reply]]] = {
    "api/remove": lambda s, g: _after(lambda: s.remove(_text(g, "name"))),
    "api/label": lambda s, g: _after(lambda: s.label(_text(g, "name"), _text(g, "condition"))),
    "api/reading": lambda s, g: _after(lambda: s.read_as(_options(g))),
    "api/example": lambda s, _: _after(lambda: _example(s)),
    "api/mixture": lambda s, _: _after(s.simulate),
    "api/analyze": lambda s, g: _after(lambda: s.analyze(_options(g))),
    "api/test": lambda s, g: _after(lambda: s.test(_rows(g), _options(g))),
    "api/cancel": lambda s, _: _after(s.cancel),
    "api/figure": _figure,
    "api/print": _print,
}
