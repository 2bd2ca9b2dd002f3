"""Updates: what is refused, and whether all of one has arrived."""

from typing import Any

import pytest
from pycrdt import Array, Doc

from backend.documents.updates import NOTHING, Reader, apply_update, decode_state, is_integrated
from backend.kernel.errors import Invalid


def edits() -> list[bytes]:
    """Two additions and a removal, as a device sends them."""
    doc: Doc[Any] = Doc()
    seen: list[bytes] = []
    doc.observe(lambda event: seen.append(event.update))
    items = doc.get("list", type=Array)
    items.append(1)
    items.append(2)
    del items[0]
    return seen


def knowing(*updates: bytes) -> bytes:
    doc: Doc[Any] = Doc()
    for update in updates:
        doc.apply_update(update)
    return doc.get_state()


def test_an_update_that_was_applied_is_integrated() -> None:
    first, second, removal = edits()
    state = knowing(first, second, removal)
    assert all(is_integrated(update, state) for update in (first, second, removal, NOTHING))


def test_an_update_whose_dependency_is_missing_is_not_integrated() -> None:
    _, second, _ = edits()
    assert not is_integrated(second, knowing(second))


def test_a_removal_of_what_is_not_there_yet_is_not_integrated() -> None:
    _, _, removal = edits()
    assert not is_integrated(removal, knowing(removal))


@pytest.mark.parametrize("garbage", [b"", b"\x01", b"\xff" * 12, b"\x01\x01\x05\x00\x04\x01\x01"])
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(Invalid):
        apply_update(Doc(), garbage)


def test_a_state_says_how_much_of_each_client_is_known() -> None:
    doc: Doc[Any] = Doc(client_id=7)
    doc.get("list", type=Array).append("x")
    assert decode_state(doc.get_state()) == {7: 1}


@pytest.mark.parametrize("broken", [b"", b"\x80", b"\xff" * 20])
def test_a_number_that_never_ends_is_refused(broken: bytes) -> None:
    with pytest.raises(Invalid):
        Reader(broken).number()


def test_a_chunk_that_is_too_short_is_refused() -> None:
    with pytest.raises(Invalid):
        Reader(b"\x05ab").chunk()
