"""The wire's words and frames."""

import pytest

from backend.kernel.errors import Invalid, TooLarge
from mobile_api import wire
from mobile_api.calls.door import UnknownWire, read_hello


def test_a_frame_is_eight_bytes_of_header_and_its_sound() -> None:
    packed = wire.SoundFrame(wire.SoundKind.SPEECH, 258, b"\x01\x02").pack()
    assert packed == bytes([2, 0, 0, 0, 0, 0, 1, 2]) + b"\x01\x02"


def test_a_sequence_begins_again_after_32_bits() -> None:
    assert wire.SoundFrame(wire.SoundKind.SPEECH, 1 << 32, b"").pack()[4:8] == b"\0\0\0\0"


def test_microphone_sound_is_read_with_its_sequence_and_stream() -> None:
    frame = wire.read_sound(bytes([1, 5, 0, 0, 0, 0, 0, 9]) + b"\x01\x02")
    assert (frame.sequence, frame.stream, frame.pcm) == (9, 5, b"\x01\x02")


@pytest.mark.parametrize("payload", [b"", b"\x01" * 7, b"\x02" + b"\0" * 9, b"\x01" + b"\0" * 8])
def test_a_frame_that_is_no_microphone_sound_is_refused(payload: bytes) -> None:
    with pytest.raises(Invalid):
        wire.read_sound(payload)


def test_more_than_200_ms_are_too_large() -> None:
    wire.read_sound(b"\x01" + b"\0" * (7 + wire.SOUND_BYTES_MAX))
    with pytest.raises(TooLarge):
        wire.read_sound(b"\x01" + b"\0" * (9 + wire.SOUND_BYTES_MAX))


def test_a_text_is_read() -> None:
    assert wire.read('{"type":"text","text":"hi","later":1}') == wire.Text(text="hi")


def test_a_type_of_a_later_wire_is_nothing() -> None:
    assert wire.read('{"type":"dance"}') is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1e999", '{"type":"text"}', '{"type":"text","text":""}'],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        wire.read(text)


def test_a_text_beyond_its_limit_is_refused() -> None:
    with pytest.raises(Invalid):
        wire.read(wire.Text.model_construct(text="x" * 4_001).model_dump_json())


def test_the_longest_text_fits_into_a_message_in_any_script() -> None:
    escaped = '{"type":"text","text":"' + "\\ud83d" * 4_000 + '"}'
    assert len(escaped) <= wire.MESSAGE_BYTES_MAX


def test_a_secret_is_not_shown() -> None:
    assert "hush" not in repr(wire.Hello(wire=1, token="hush", ticket="hush"))


@pytest.mark.parametrize("claimed", ["0", "2", "-1", "99999999999999999999"])
def test_another_wire_is_named_even_when_the_rest_is_strange(claimed: str) -> None:
    with pytest.raises(UnknownWire):
        read_hello('{"wire":' + claimed + ',"hello":{}}')


@pytest.mark.parametrize("first", ['{"type":"hello","wire":true}', '{"type":"hello"}', b"\x01"])
def test_a_first_message_without_a_wire_is_invalid(first: str | bytes) -> None:
    with pytest.raises(Invalid):
        read_hello(first)
