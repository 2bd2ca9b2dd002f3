"""Makes a Piper graph tell how long each phoneme lasts; run as `python -m … MODEL TIMED`."""

import sys

import onnx


def main(source: str, target: str) -> None:
    """Name the lengths, which every Piper graph rounds up in one place, as a second output."""
    model = onnx.load(source)
    lengths = {name for node in model.graph.node if node.op_type == "Ceil" for name in node.output}
    if len(lengths) != 1:
        raise SystemExit("This graph has no one place where it rounds lengths up.")
    name = lengths.pop()
    if all(output.name != name for output in model.graph.output):
        model.graph.output.append(onnx.ValueInfoProto(name=name))
    onnx.save(model, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
