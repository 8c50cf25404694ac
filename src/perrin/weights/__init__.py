"""Networks that come with perrin: .onnx files, what is known of them, and one manifest that names them all."""

from perrin.weights.shipped import contents, located, ship
from perrin.weights.store import Model, load, manifest

__all__ = ["Model", "contents", "load", "located", "manifest", "ship"]
