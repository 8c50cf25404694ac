"""Forests as ONNX: every tree in one `TreeEnsembleRegressor`, so that nothing but onnxruntime is needed to use them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from perrin.errors import InputError

OPSET: Final = 18
TREE_OPSET: Final = 3
IR_VERSION: Final = 8
_HERE: Final = "ai.onnx.ml"


def forest_graph(forest: Any, spread: Any, novelty: Any) -> Any:
    """The ONNX model of a `Forest`, of the forest of its errors (or None), and of `NoveltyDetector`."""
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise InputError(
            "writing a model needs the package onnx", remedy="Install it with: pip install 'perrin[learn]'"
        ) from None
    name = "probabilities" if forest.classes else "value"
    nodes = [_ensemble(helper, forest, name)]
    outputs = [(name, forest.classes or 1)]
    if spread is not None:
        nodes.append(_ensemble(helper, spread, "spread"))
        outputs.append(("spread", 1))
    constants = {
        "centre": novelty.center.astype(np.float32),
        "whitener": novelty.to_border.astype(np.float32),
        "axis": np.array([1], dtype=np.int64),
    }
    steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
        ("Sub", ["features", "centre"], "centred", {}),
        ("MatMul", ["centred", "whitener"], "white", {}),
        ("Mul", ["white", "white"], "squares", {}),
        ("ReduceMean", ["squares", "axis"], "distance", {"keepdims": 1}),
    )
    for op, inputs, output, attributes in steps:
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
    outputs.append(("distance", 1))
    graph = helper.make_graph(
        nodes,
        "perrin",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(novelty.center)])],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, [None, size]) for key, size in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(_HERE, TREE_OPSET)]
    model = helper.make_model(graph, producer_name="perrin", opset_imports=imports, ir_version=IR_VERSION)
    checker.check_model(model)
    return model


def _ensemble(helper: Any, forest: Any, output: str) -> Any:
    """All trees of a forest as one node; a leaf adds its mean, or its shares of the classes, over the trees."""
    classes, trees = forest.classes or 1, [each.tree_ for each in forest.model.estimators_]
    order = forest.model.classes_ if forest.classes else np.zeros(1, dtype=np.int64)
    table: dict[str, list[Any]] = {key: [] for key in (*_NODE, *_TARGET)}
    for number, tree in enumerate(trees):
        count = int(tree.node_count)
        leaf = tree.children_left < 0
        columns = (
            np.full(count, number), np.arange(count), np.where(leaf, 0, tree.feature), _single(tree.threshold, leaf),
            np.where(leaf, 0, tree.children_left), np.where(leaf, 0, tree.children_right),
        )  # fmt: skip
        for key, values in zip(_NODE, columns, strict=True):
            table[key] += values.tolist()
        share = tree.value[leaf, 0] if forest.classes else tree.value[leaf, :, 0]
        at = np.flatnonzero(leaf)
        width = share.shape[1]
        leaves = (
            np.full(share.size, number),
            np.repeat(at, width),
            np.tile(order, len(at)),
            share.ravel() / len(trees),
        )
        for key, values in zip(_TARGET, leaves, strict=True):
            table[key] += values.tolist()
    modes = ["LEAF" if left == right == 0 else "BRANCH_LEQ" for left, right in
             zip(table["nodes_truenodeids"], table["nodes_falsenodeids"], strict=True)]  # fmt: skip
    return helper.make_node(
        "TreeEnsembleRegressor", ["features"], [output], domain=_HERE, aggregate_function="SUM", post_transform="NONE",
        n_targets=classes, nodes_modes=modes, **table,
    )  # fmt: skip


_NODE: Final = (
    "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_truenodeids", "nodes_falsenodeids",
)  # fmt: skip
_TARGET: Final = ("target_treeids", "target_nodeids", "target_ids", "target_weights")


def _single(threshold: Any, leaf: Any) -> Any:
    """Thresholds in single precision, never above the double: a single number compares with both in the same way."""
    rounded = threshold.astype(np.float32)
    above = rounded.astype(np.float64) > threshold
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return np.where(leaf, np.float32(0), rounded)
