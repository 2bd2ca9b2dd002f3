"""The framing of y-websocket."""

import pytest

from backend.kernel.errors import Invalid
from sync.framing import yjs


def only(frame: bytes) -> yjs.Message:
    (message,) = yjs.read(frame)
    return message


def test_what_is_written_is_read() -> None:
    ann = yjs.Presence(300, 2, '{"name":"Ann"}')
    assert only(yjs.state(b"vector")) == yjs.State(b"vector")
    assert only(yjs.missing(b"much" * 99)) == yjs.Update(b"much" * 99)
    assert only(yjs.update(b"edit")) == yjs.Update(b"edit")
    assert only(yjs.awareness((ann,))) == yjs.Awareness((ann,))


def test_the_bytes_are_those_of_the_protocol() -> None:
    assert yjs.update(b"ab") == b"\x00\x02\x02ab"
    assert yjs.awareness(()) == b"\x01\x01\x00"
    assert yjs.number(300) == b"\xac\x02"


def test_several_messages_may_share_a_frame() -> None:
    assert list(yjs.read(yjs.update(b"a") + b"\x03")) == [yjs.Update(b"a"), yjs.QueryAwareness()]


def test_what_is_unknown_is_passed_over() -> None:
    assert list(yjs.read(b"\x6f\x01\x02")) == []
    assert list(yjs.read(b"\x00\x09")) == []


@pytest.mark.parametrize(
    "state", ["{", "undefined", "[" * 30_000], ids=["open", "no JSON", "bottomless"]
)
def test_a_presence_that_is_no_json_is_refused(state: str) -> None:
    with pytest.raises(Invalid):
        list(yjs.read(yjs.awareness((yjs.Presence(1, 1, state),))))


def test_a_message_with_too_many_clients_is_refused() -> None:
    crowd = tuple(yjs.Presence(n, 1, "{}") for n in range(yjs.AWARENESS_CLIENTS_MAX + 1))
    with pytest.raises(Invalid):
        list(yjs.read(yjs.awareness(crowd)))
