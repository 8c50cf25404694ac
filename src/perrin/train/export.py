"""From torch to an ONNX file that gives the same numbers, and is half as large."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from perrin.errors import PerrinError

OPSET: Final = 18
PARITY: Final = 1e-5
"""Largest difference between the two, anywhere in the outputs."""
_SMALLEST: Final = 256
"""Weights with fewer entries stay in single precision."""


def round_weights(net: nn.Module) -> None:
    """Round the large weights to half precision, in which the file stores them; they are computed with in single."""
    with torch.no_grad():
        for weight in net.parameters():
            if weight.numel() >= _SMALLEST:
                weight.copy_(weight.half().float())


def export(
    net: nn.Module, example: Sequence[torch.Tensor], free: Sequence[Sequence[int]], inputs: Sequence[str],
    outputs: Sequence[str], path: Path,
) -> None:  # fmt: skip
    """Write `net`, whose weights were rounded, as an ONNX file.

    Args:
        net: in evaluation mode.
        example: inputs of some size; sizes of free axes should differ from each other and from 1.
        free: for every input its axes of free length.
        inputs: their names.
        outputs: names of the outputs.
        path: the file.
    """
    shapes = tuple(dict.fromkeys(axes, torch.export.Dim.AUTO) for axes in free)
    with _quiet():
        program: Any = torch.onnx.export(
            net, tuple(example), dynamo=True, dynamic_shapes=shapes, input_names=list(inputs),
            output_names=list(outputs), external_data=False, opset_version=OPSET, verbose=False,
        )  # fmt: skip
        model = program.model_proto
    _store_in_half(model)
    del model.graph.value_info[:]
    model.producer_version, model.doc_string = "", ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def check_parity(
    net: nn.Module, path: Path, samples: Sequence[Sequence[torch.Tensor]], at_most: float = PARITY
) -> float:
    """Largest difference between `net` and its ONNX file over `samples`; raises PerrinError above `at_most`."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    worst = 0.0
    for sample in samples:
        with torch.no_grad():
            expected = net(*sample)
        expected = expected if isinstance(expected, tuple) else (expected,)
        found = session.run(None, dict(zip(names, (s.numpy() for s in sample), strict=True)))
        for mine, its in zip(expected, found, strict=True):
            worst = max(worst, float(np.abs(mine.numpy() - its).max()))
    if not worst <= at_most:
        raise PerrinError(f"{path}: differs from the original network by {worst:.2g}, more than {at_most:g}")
    return worst


def _store_in_half(model: onnx.ModelProto) -> None:
    """Store large weights as float16, each followed by a cast; runtimes fold it when they load the file."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type == TensorProto.FLOAT and values.size >= _SMALLEST:
            half = values.astype(np.float16)
            if np.array_equal(half.astype(np.float32), values):
                name = tensor.name
                tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
                casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


@contextmanager
def _quiet() -> Any:
    """The exporter remarks on packages that are not there and on its own deprecations."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
