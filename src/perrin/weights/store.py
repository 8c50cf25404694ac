"""The manifest, and opening what it names: nothing runs whose checksum is not the one that was measured."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, final

from perrin.errors import InputError
from perrin.types import Json
from perrin.weights.user_files import local_path


@final
@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to run.

    Attributes:
        name: what it is.
        path: its ONNX file.
        about: how it was made and what was measured of it (the card's numbers); empty for a file of one's own.
    """

    name: str
    path: Path
    about: Json

    @cached_property
    def session(self) -> Any:
        """An onnxruntime session with one thread: processes share the work, and results do not depend on them."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"is not a network that perrin can run ({reason})", file=self.path) from None


def folder() -> Path:
    """Where the networks that come with perrin lie."""
    return Path(str(resources.files("perrin.weights")))


def manifest() -> Json:
    """What comes with perrin: for every name its file, its sha256, how it was made and what was measured."""
    found: Json = json.loads((folder() / "manifest.json").read_text(encoding="utf-8"))
    return found


@cache
def load(name: str) -> Model:
    """The network called `name`, or in the .onnx file of that name.

    Raises:
        InputError: where perrin has no such network, or the file is missing or not the one that was measured.
    """
    if name.endswith(".onnx"):
        path = local_path(name)
        if not path.is_file():
            raise InputError("does not exist", file=name, remedy="Create networks with perrin train.")
        return Model(Path(name).stem, path, {})
    known = manifest()
    if name not in known:
        raise InputError(
            f"this version of perrin does not include the weights of {name!r}",
            remedy=f"Create them with: perrin train {name}",
        )
    path = folder() / known[name]["file"]
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known[name]["sha256"]:
        raise InputError("is missing or damaged (its checksum differs)", file=path, remedy="Install perrin again.")
    return Model(name, path, known[name])
