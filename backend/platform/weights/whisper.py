"""Whisper's larger models: better ears for machines that have the time, from the hub alone."""

from backend.platform.weights.types import WeightFile, WeightSet

_TOKENIZER = WeightFile(
    "tokenizer.json",
    2_203_239,
    "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "tokenizer.json",
    (),
)
_VOCABULARY = WeightFile(
    "vocabulary.txt",
    459_861,
    "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    "vocabulary.txt",
    (),
)

WHISPER_SMALL = WeightSet(
    name="whisper-small",
    licence="MIT",
    hub_repository="Systran/faster-whisper-small",
    files=(
        WeightFile(
            "config.json",
            2_370,
            "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828",
            "config.json",
            (),
        ),
        _VOCABULARY,
        _TOKENIZER,
        WeightFile(
            "model.bin",
            483_546_902,
            "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
            "model.bin",
            (),
        ),
    ),
)

WHISPER_MEDIUM = WeightSet(
    name="whisper-medium",
    licence="MIT",
    hub_repository="Systran/faster-whisper-medium",
    files=(
        WeightFile(
            "config.json",
            2_257,
            "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807",
            "config.json",
            (),
        ),
        _VOCABULARY,
        _TOKENIZER,
        WeightFile(
            "model.bin",
            1_527_906_378,
            "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
            "model.bin",
            (),
        ),
    ),
)

WHISPER_LARGE_V3_TURBO = WeightSet(
    name="whisper-large-v3-turbo",
    licence="MIT",
    hub_repository="dropbox-dash/faster-whisper-large-v3-turbo",
    files=(
        WeightFile(
            "preprocessor_config.json",
            340,
            "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711",
            "preprocessor_config.json",
            (),
        ),
        WeightFile(
            "config.json",
            2_263,
            "b0253ea6c0d3bea6b1e19e91a02acfd3b53f4467362efcb5a3e6b16c9b3a9b7e",
            "config.json",
            (),
        ),
        WeightFile(
            "vocabulary.json",
            1_068_114,
            "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1",
            "vocabulary.json",
            (),
        ),
        WeightFile(
            "tokenizer.json",
            2_710_337,
            "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd",
            "tokenizer.json",
            (),
        ),
        WeightFile(
            "model.bin",
            1_617_884_929,
            "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
            "model.bin",
            (),
        ),
    ),
)

LARGER = (WHISPER_SMALL, WHISPER_MEDIUM, WHISPER_LARGE_V3_TURBO)
