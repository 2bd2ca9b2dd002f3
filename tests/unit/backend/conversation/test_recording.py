"""A recording has each side where it was heard, and nothing that was not, or that was secret."""

import struct
from pathlib import Path

import numpy as np
import pytest

from backend.conversation.carriers import KeyPressed
from backend.conversation.recording import (
    BYTES_PER_S,
    MARGIN_BYTES,
    PIECE_BYTES,
    PIECES_WAITING_MAX,
    SILENCE,
    RecordedLine,
    Recorder,
    Track,
    wav_header,
)
from backend.kernel.audio import FRAME_MS, Frame
from backend.kernel.errors import Corrupt, Missing
from backend.kernel.ids import ConversationId
from backend.platform.compute import Compute
from backend.platform.keys import SEAL_BYTES, Keys
from backend.platform.objects.engines.folder import FolderObjects
from backend.platform.objects.port import Objects
from backend.platform.tasks import beside
from tests.fakes.clock import FakeClock
from tests.fakes.line import VOICE, FakeLine

SECOND = b"\x00\x10" * 16_000
CALL = ConversationId("c1")


class Tapped:
    """A recorded line, and the time that passes on it."""

    def __init__(self) -> None:
        self.clock, self.line = FakeClock(), FakeLine()
        self.recorded = RecordedLine(self.line, clock=self.clock)
        self._events = self.recorded.events()
        self._at_ms = 0

    async def hear(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000 / FRAME_MS)):
            self.line.come(Frame(VOICE, self._at_ms))
            self._at_ms += FRAME_MS
            self.clock.advance(FRAME_MS / 1000)
            await anext(self._events)

    async def press(self, digit: str) -> None:
        self.line.come(KeyPressed(digit))
        await anext(self._events)


@pytest.fixture
async def objects(tmp_path: Path) -> Objects:
    kept = FolderObjects(tmp_path)
    await kept.start()
    return kept


@pytest.fixture
def recorder(objects: Objects) -> Recorder:
    return Recorder(objects=objects, keys=Keys(bytes(32)), compute=Compute(1), clock=FakeClock())


async def begun(key: str) -> None:
    assert key == f"recordings/{CALL}"


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


def test_what_was_taken_moves_nothing() -> None:
    track = Track()
    track.add(SECOND, 0.0)
    track.take(4000)
    track.cut(0.75)
    track.add(SECOND, 1.0)
    assert track.ulaw[2000:4000] == b"\xff" * 2000
    assert track.ends > BYTES_PER_S


async def test_nothing_is_kept_before_it_was_started() -> None:
    tapped = Tapped()
    await tapped.hear(1)
    await tapped.recorded.play(SECOND)
    assert (len(tapped.recorded.theirs.ulaw), len(tapped.recorded.ours.ulaw)) == (0, 0)
    await tapped.recorded.close()
    assert await tapped.recorded.pieces.get() is None


async def test_a_recording_that_begins_later_begins_at_its_own_zero() -> None:
    tapped = Tapped()
    await tapped.hear(3)
    tapped.recorded.start()
    await tapped.hear(1)
    assert abs(len(tapped.recorded.theirs.ulaw) - BYTES_PER_S) < 400


async def test_both_sides_of_a_line_are_kept() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    tapped.clock.advance(1)
    await tapped.recorded.play(SECOND)
    tapped.clock.advance(0.5)
    await tapped.recorded.clear()
    assert abs(len(tapped.recorded.ours.ulaw) - 1.5 * BYTES_PER_S) <= 1
    assert tapped.line.clears == 1
    assert bytes(tapped.line.played) == SECOND


async def test_a_secret_is_silence() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    tapped.recorded.pause()
    await tapped.hear(1)
    await tapped.recorded.play(SECOND)
    assert set(tapped.recorded.theirs.ulaw) | set(tapped.recorded.ours.ulaw) == {0xFF}
    tapped.recorded.resume()
    await tapped.hear(1)
    assert set(tapped.recorded.theirs.ulaw[BYTES_PER_S + 800 :]) != {0xFF}


async def test_what_turns_out_to_be_a_secret_is_blanked_out() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    await tapped.hear(30.0)
    tapped.recorded.blank(8.0)
    loud = np.frombuffer(tapped.recorded.theirs.ulaw, np.uint8) != SILENCE[0]
    assert not loud[-8 * BYTES_PER_S :].any()
    assert loud[: -8 * BYTES_PER_S].any()


async def test_the_tone_of_a_key_is_blanked_out() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    await tapped.hear(2)
    await tapped.press("4")
    assert set(tapped.recorded.theirs.ulaw[-BYTES_PER_S:]) == {0xFF}


async def test_pieces_leave_while_the_call_goes_on_and_memory_stays_small() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    for _ in range(100):
        await tapped.hear(1)
        while not tapped.recorded.pieces.empty():
            piece = tapped.recorded.pieces.get_nowait()
            assert piece is not None
            assert len(piece) == 2 * PIECE_BYTES
        assert len(tapped.recorded.theirs.ulaw) <= PIECE_BYTES + MARGIN_BYTES + BYTES_PER_S


async def test_a_store_that_takes_nothing_ends_the_recording_and_not_the_call() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    for _ in range(PIECES_WAITING_MAX * 25):
        await tapped.hear(1)
    assert tapped.recorded.pieces.qsize() == PIECES_WAITING_MAX - 1
    assert len(tapped.recorded.theirs.ulaw) < 3 * PIECE_BYTES
    await tapped.recorded.close()


async def recorded(recorder: Recorder, seconds: float) -> None:
    tapped = Tapped()
    tapped.recorded.start()
    async with beside(recorder.run(tapped.recorded, CALL, begun)) as writing:
        await tapped.hear(seconds)
        await tapped.recorded.close()
        await writing


async def test_what_was_sealed_is_one_wav_again(recorder: Recorder, objects: Objects) -> None:
    await recorded(recorder, 45)
    pieces = await objects.list("recordings/")
    assert [piece.key[-13:] for piece in pieces] == [f"{count:06}.sealed" for count in range(3)]
    wav = b"".join([part async for part in recorder.read(f"recordings/{CALL}", CALL)])
    assert len(wav) == struct.unpack("<I", wav[4:8])[0] + 8
    assert abs(len(wav) - 45 * 2 * BYTES_PER_S) < 2000


async def test_after_a_crash_what_was_written_can_be_heard(
    recorder: Recorder, objects: Objects
) -> None:
    await recorded(recorder, 65)
    await objects.delete(f"recordings/{CALL}/000001.sealed")  # never arrived
    wav = b"".join([part async for part in recorder.read(f"recordings/{CALL}", CALL)])
    assert len(wav) == len(wav_header(0)) + 2 * PIECE_BYTES


async def test_no_piece_stands_for_another(recorder: Recorder, objects: Objects) -> None:
    await recorded(recorder, 45)
    [first, second, *_] = await objects.list("recordings/")
    moved = b"".join([chunk async for chunk in objects.get(second.key)])
    await objects.put(first.key, moved)
    assert second.size == 2 * PIECE_BYTES + SEAL_BYTES
    with pytest.raises(Corrupt):
        _ = [part async for part in recorder.read(f"recordings/{CALL}", CALL)]


async def test_no_recording_is_missing(recorder: Recorder) -> None:
    with pytest.raises(Missing):
        _ = [part async for part in recorder.read(f"recordings/{CALL}", CALL)]


def test_the_head_is_of_a_wav_of_two_tracks() -> None:
    head = wav_header(4)
    riff, size, wave = struct.unpack("<4sI4s", head[:12])
    assert (riff, size + 8, wave) == (b"RIFF", len(head) + 4, b"WAVE")
    form = struct.unpack("<4sIHHIIHHH", head[12:38])
    assert form == (b"fmt ", 18, 7, 2, 8000, 16_000, 2, 8, 0)
    assert head.endswith(b"data\x04\0\0\0")


async def test_a_stretch_is_cut_across_pieces(recorder: Recorder, objects: Objects) -> None:
    tapped = Tapped()
    tapped.recorded.start()
    async with beside(recorder.run(tapped.recorded, CALL, begun)) as task:
        await tapped.hear(2 * PIECE_BYTES / BYTES_PER_S)
        await tapped.recorded.close()
        await task
    key = f"recordings/{CALL}"
    whole = b"".join([piece async for piece in recorder.read(key, CALL)])
    head = len(wav_header(0))
    begin, end = PIECE_BYTES / BYTES_PER_S - 0.5, PIECE_BYTES / BYTES_PER_S + 0.25
    cut = await recorder.cut(key, CALL, begin, end)
    first, last = (head + 2 * round(at * BYTES_PER_S) for at in (begin, end))
    assert cut[head:] == whole[first:last]
    assert cut[:head] == wav_header(last - first)
    with pytest.raises(Missing):
        await recorder.cut(key, CALL, 1_000.0, 1_001.0)


async def test_what_was_said_between_two_moments_is_silenced_at_its_place() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    await tapped.hear(6)
    tapped.recorded.silence(2_000, 4_000)
    sound = bytes(tapped.recorded.theirs.ulaw)
    assert set(sound[2 * BYTES_PER_S : 4 * BYTES_PER_S]) == set(SILENCE)
    assert set(sound[BYTES_PER_S // 2 : BYTES_PER_S]) != set(SILENCE)
    assert set(sound[5 * BYTES_PER_S :]) != set(SILENCE)


async def test_nothing_is_given_out_of_an_utterance_that_is_still_open() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    await tapped.hear(8)
    tapped.recorded.keep_open()
    await tapped.hear(30)
    assert tapped.recorded.pieces.empty()
    tapped.recorded.let_go()
    await tapped.hear(1)
    assert tapped.recorded.pieces.qsize() == 1


async def test_an_utterance_without_an_end_is_not_kept_open_for_ever() -> None:
    tapped = Tapped()
    tapped.recorded.start()
    tapped.recorded.keep_open()
    await tapped.hear(100)
    assert tapped.recorded.pieces.qsize() == 2
