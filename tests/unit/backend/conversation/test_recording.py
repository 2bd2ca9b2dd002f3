"""A recording has each side where it was heard, and nothing that was not."""

import struct

from backend.conversation.recording import (
    BYTES_PER_S,
    TRACK_BYTES_MAX,
    RecordedLine,
    Track,
    stereo_wav,
)
from backend.kernel.audio import Frame
from tests.fakes.clock import FakeClock
from tests.fakes.line import VOICE, FakeLine

SECOND = b"\x00\x10" * 16_000


def test_sound_lies_where_it_was_heard() -> None:
    track = Track()
    track.add(SECOND, 2.0)
    assert track.ulaw[: 2 * BYTES_PER_S] == b"\xff" * 2 * BYTES_PER_S
    assert 0 < len(track.ulaw) - 2 * BYTES_PER_S <= BYTES_PER_S


def test_what_was_cleared_was_never_heard() -> None:
    track = Track()
    track.add(SECOND, 0.0)
    track.cut(0.25)
    assert len(track.ulaw) == BYTES_PER_S // 4


def test_a_recording_has_a_bound() -> None:
    track = Track()
    track.add(SECOND, 1e6)
    track.add(SECOND, 2e6)
    assert len(track.ulaw) == TRACK_BYTES_MAX


async def test_both_sides_of_a_line_are_kept() -> None:
    clock = FakeClock()
    line = FakeLine()
    recorded = RecordedLine(line, clock=clock)
    line.come(Frame(VOICE, 0))
    await line.hang_up()
    assert [type(event).__name__ async for event in recorded.events()] == ["Frame", "HungUp"]
    clock.advance(1)
    await recorded.play(SECOND)
    clock.advance(0.5)
    await recorded.clear()
    assert len(recorded.theirs.ulaw) > 0
    assert abs(len(recorded.ours.ulaw) - 1.5 * BYTES_PER_S) <= 1
    assert line.clears == 1


def test_the_file_is_a_wav_of_two_tracks() -> None:
    wav = stereo_wav(b"\x01\x02", b"\x03")
    riff, size, wave = struct.unpack("<4sI4s", wav[:12])
    assert (riff, size + 8, wave) == (b"RIFF", len(wav), b"WAVE")
    form = struct.unpack("<4sIHHIIHHH", wav[12:38])
    assert form == (b"fmt ", 18, 7, 2, 8000, 16_000, 2, 8, 0)
    assert wav.endswith(b"data\x04\0\0\0\x01\x03\x02\xff")
