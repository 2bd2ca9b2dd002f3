"""Lets Silero judge many lines in one run; run as `python -m … SOURCE TARGET`.

The file that travels with faster-whisper takes a batch of windows for one line's consecutive ones.
Turning one axis makes them the same moment on many lines, each with a memory of its own.
"""

import sys

import onnx

CONSECUTIVE = [0, 2, 1]
SIMULTANEOUS = [2, 0, 1]


def turn_axis(model: onnx.ModelProto) -> None:
    """Change the order of axes before the recurrent layer, and the shapes that follow from it."""
    graph = model.graph
    recurrent = next(node for node in graph.node if node.op_type == "LSTM")
    turn = next(node for node in graph.node if recurrent.input[0] in node.output)
    order = next(attribute for attribute in turn.attribute if attribute.name == "perm")
    if list(order.ints) != CONSECUTIVE:
        raise ValueError("This is not the Silero model that we know.")
    order.ints[:] = SIMULTANEOUS
    for value in (*graph.input, *graph.output):
        if value.name in {"h", "c", "hn", "cn"}:
            value.type.tensor_type.shape.dim[1].dim_param = "lines"
    del graph.value_info[:]


def main(source: str, target: str) -> None:
    """Read the model, turn its axis and write it."""
    model = onnx.load(source)
    turn_axis(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
