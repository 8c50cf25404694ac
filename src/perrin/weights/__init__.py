"""Networks that come with perrin: .onnx files, what is known of them, and one manifest that names them all."""

from perrin.weights.store import Model, load, manifest
from perrin.weights.user_files import local_path, read_user_files, write_user_files

__all__ = ["Model", "load", "local_path", "manifest", "read_user_files", "write_user_files"]
