"""The wire to a process that speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.speaking.engines.child_frames import Kind, Unpacker, packed

FRAMES = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary()))


@given(FRAMES, st.integers(1, 40))
def test_frames_come_back_whole_however_the_stream_is_cut(
    frames: list[tuple[Kind, int, bytes]], size: int
) -> None:
    stream = b"".join(packed(*frame) for frame in frames)
    unpacker = Unpacker()
    found = [
        frame
        for start in range(0, len(stream), size)
        for frame in unpacker.feed(stream[start : start + size])
    ]
    assert found == frames


def test_what_is_no_such_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        Unpacker().feed(b"Traceback (most recent call last)")
    with pytest.raises(ValueError, match="not a valid Kind"):
        Unpacker().feed(b"\x99" + bytes(8))
