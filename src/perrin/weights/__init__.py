"""Networks that come with perrin: .onnx files, what is known of them, and one manifest that names them all."""

from perrin.weights.store import Model, load, manifest

__all__ = ["Model", "load", "manifest"]
