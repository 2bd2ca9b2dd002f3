"""The weights of Smart Turn, which hears by the melody whether somebody has finished."""

from backend.platform.weights.types import Package, Piece, WeightFile, WeightSet

_PIPECAT = Package(
    "pipecat-ai",
    "1.14.0",
    "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44",
    12_109_725,
)

SMART_TURN = WeightSet(
    name="smart-turn",
    licence="BSD-2-Clause",
    hub_repository="pipecat-ai/smart-turn-v3",
    files=(
        WeightFile(
            "smart-turn-v3.2-cpu.onnx",
            8_679_182,
            "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
            "smart-turn-v3.2-cpu.onnx",
            (
                Piece(
                    _PIPECAT,
                    "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
                ),
            ),
        ),
    ),
)
