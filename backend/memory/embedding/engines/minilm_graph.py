"""Writes MiniLM as a graph beside its weights; run as `python -m … WEIGHTS TARGET`.

The graph holds no weights: it points into the safetensors file, which the runtime maps into memory,
so that nothing is stored twice and pages nobody needs are never read.
"""

import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
HIDDEN = 384
EPSILON = 1e-12
OPERATORS = 20
FORMAT = 10


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a tensor lies inside the weights file."""

    shape: list[int]
    offset: int
    length: int


class Weights:
    """The tensors of a safetensors file, by name."""

    def __init__(self, path: Path) -> None:
        self.file_name = path.name
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(size))
        self._tensors = {
            name.removeprefix("bert."): Stored(
                entry["shape"],
                8 + size + entry["data_offsets"][0],
                entry["data_offsets"][1] - entry["data_offsets"][0],
            )
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] == "F32"
        }

    def tensor(self, name: str) -> onnx.TensorProto:
        """Return a tensor that points into the file."""
        stored = self._tensors[name]
        tensor = onnx.TensorProto(name=name, data_type=TensorProto.FLOAT, dims=stored.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", self.file_name),
            ("offset", str(stored.offset)),
            ("length", str(stored.length)),
        ):
            tensor.external_data.add(key=key, value=value)
        return tensor


class Graph:
    """A graph being written, one operation after another."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._tensors: dict[str, onnx.TensorProto] = {}
        self.nodes: list[onnx.NodeProto] = []

    @property
    def tensors(self) -> list[onnx.TensorProto]:
        """Everything that is constant."""
        return list(self._tensors.values())

    # The attributes of operations are of many types, as ONNX defines them.
    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """Append an operation and return the name of its result."""
        result = f"result_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [result], **attributes))
        return result

    def weight(self, name: str) -> str:
        """Use a tensor of the weights file."""
        self._tensors.setdefault(name, self._weights.tensor(name))
        return name

    def constant(self, name: str, value: object, kind: type = np.int64) -> str:
        """Use a small constant."""
        self._tensors.setdefault(name, numpy_helper.from_array(np.array(value, kind), name))
        return name

    def linear(self, value: str, name: str) -> str:
        """Multiply rows by a weight that is stored by columns, and add its bias."""
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("Gemm", value, weight, bias, transB=1)

    def normalised(self, value: str, name: str) -> str:
        """Normalise each row."""
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("LayerNormalization", value, weight, bias, axis=-1, epsilon=EPSILON)


def _embedded(graph: Graph) -> str:
    """Return the rows of words, each with its place: batch and length are one axis from here on."""
    words = graph.add("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    one, two = graph.constant("one", [1]), graph.constant("two", [2])
    zero = graph.constant("zero", [0])
    length = graph.add("Slice", graph.add("Shape", "input_ids"), one, two)
    places = graph.add(
        "Slice", graph.weight("embeddings.position_embeddings.weight"), zero, length, zero
    )
    kinds = graph.weight("embeddings.token_type_embeddings.weight")
    kind = graph.add("Slice", kinds, zero, one, zero)
    summed = graph.add("Add", words, graph.add("Add", places, kind))
    flat = graph.add("Reshape", summed, graph.constant("rows", [-1, HIDDEN]))
    return graph.normalised(flat, "embeddings.LayerNorm")


def _attention(graph: Graph, rows: str, mask: str, layer: str) -> str:
    size = HIDDEN // HEADS
    shape = graph.add(
        "Concat",
        graph.add("Shape", "input_ids"),
        graph.constant("heads", [HEADS, size]),
        axis=0,
    )

    def heads(name: str, order: list[int]) -> str:
        projected = graph.linear(rows, f"{layer}.attention.self.{name}")
        return graph.add("Transpose", graph.add("Reshape", projected, shape), perm=order)

    query, key = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])
    scale = graph.constant("scale", 1 / np.sqrt(size), np.float32)
    scores = graph.add("Add", graph.add("Mul", graph.add("MatMul", query, key), scale), mask)
    weighted = graph.add(
        "MatMul", graph.add("Softmax", scores, axis=-1), heads("value", [0, 2, 1, 3])
    )
    together = graph.add("Transpose", weighted, perm=[0, 2, 1, 3])
    return graph.add("Reshape", together, graph.constant("rows", [-1, HIDDEN]))


def _layer(graph: Graph, rows: str, mask: str, layer: str) -> str:
    attended = graph.linear(_attention(graph, rows, mask, layer), f"{layer}.attention.output.dense")
    rows = graph.normalised(graph.add("Add", rows, attended), f"{layer}.attention.output.LayerNorm")
    inner = graph.add("Gelu", graph.linear(rows, f"{layer}.intermediate.dense"))
    outer = graph.linear(inner, f"{layer}.output.dense")
    return graph.normalised(graph.add("Add", rows, outer), f"{layer}.output.LayerNorm")


def _pooled(graph: Graph, rows: str, present: str) -> None:
    """Take the mean over the words that are there, and make its length one."""
    shape = graph.add(
        "Concat", graph.add("Shape", "input_ids"), graph.constant("hidden", [HIDDEN]), axis=0
    )
    tokens = graph.add("Reshape", rows, shape)
    one = graph.constant("one", [1])
    weights = graph.add("Unsqueeze", present, graph.constant("two", [2]))
    # The mean's divisor does not matter: the length becomes one anyway.
    total = graph.add("ReduceSum", graph.add("Mul", tokens, weights), one, keepdims=0)
    length = graph.add("ReduceL2", total, one, keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, length], ["embedding"]))


def build(weights: Weights) -> onnx.ModelProto:
    """Return the whole model."""
    graph = Graph(weights)
    present = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = graph.add("Sub", graph.constant("unit", 1, np.float32), present)
    far = graph.add("Mul", absent, graph.constant("far", -1e9, np.float32))
    mask = graph.add("Unsqueeze", far, graph.constant("both", [1, 2]))
    rows = _embedded(graph)
    for number in range(LAYERS):
        rows = _layer(graph, rows, mask, f"encoder.layer.{number}")
    _pooled(graph, rows, present)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", HIDDEN])
    return helper.make_model(
        helper.make_graph(graph.nodes, "minilm", inputs, [output], graph.tensors),
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        ir_version=FORMAT,
    )


def main(weights: str, target: str) -> None:
    """Write the graph; it must lie beside its weights."""
    Path(target).write_bytes(build(Weights(Path(weights))).SerializeToString())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
