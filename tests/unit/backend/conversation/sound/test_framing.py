"""Frames out of a stream."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.sound import Framer
from backend.kernel.audio import FRAME_BYTES


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_frames_hold_every_byte_in_order_with_even_stamps(chunks: list[bytes]) -> None:
    framer = Framer(starts_at_ms=100)
    frames = [frame for chunk in chunks for frame in framer.feed(chunk)] + framer.flush()
    sent = b"".join(chunks)
    assert b"".join(frame.pcm for frame in frames)[: len(sent)] == sent
    assert [frame.at_ms for frame in frames] == [100 + 20 * n for n in range(len(frames))]
    assert all(len(frame.pcm) == FRAME_BYTES for frame in frames)
