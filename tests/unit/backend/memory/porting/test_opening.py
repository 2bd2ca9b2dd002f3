"""Files of nobody, cut files and bombs: each is refused in words, whatever is wrong with it."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Invalid
from backend.memory.porting import archives, opening
from backend.memory.porting.types import Kind

NOW = Instant(1_790_000_000 * SECOND)
MESSAGES = 20_000
CHATS = 200


def conversation(number: int, messages: int) -> dict[str, object]:
    """Return a conversation as ChatGPT exports it."""
    nodes: dict[str, object] = {"root": {"parent": None, "children": ["0"], "message": None}}
    for place in range(messages):
        nodes[str(place)] = {
            "parent": str(place - 1) if place else "root",
            "children": [str(place + 1)] if place + 1 < messages else [],
            "message": {
                "id": f"{number}-{place}",
                "author": {"role": "assistant" if place % 2 else "user"},
                "create_time": 1_600_000_000.0 + number * 1_000 + place,
                "content": {"content_type": "text", "parts": [f"Wörter {number} “{place}”"]},
            },
        }
    return {
        "conversation_id": f"chat-{number}",
        "create_time": 1_600_000_000.0,
        "current_node": str(messages - 1),
        "mapping": nodes,
    }


def chats(count: int, messages: int) -> bytes:
    told = [conversation(number, messages) for number in range(count)]
    return json.dumps(told, ensure_ascii=False).encode()


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def refusal(content: bytes, kind: Kind = Kind.AUTO) -> Invalid:
    """Return why a file is refused."""
    with pytest.raises(Invalid) as refused:
        opening.look_through(io.BytesIO(content), kind, now=NOW)
    return refused.value


def test_twenty_thousand_messages_are_all_found() -> None:
    content = zipped("conversations.json", chats(CHATS, MESSAGES // CHATS))
    found = opening.look_through(io.BytesIO(content), Kind.AUTO, now=NOW)
    assert (found.kind, found.lines, found.conversations, found.problems) == (
        Kind.CHATGPT,
        MESSAGES,
        CHATS,
        0,
    )


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("conversations.json", "w") as bomb,
    ):
        for _ in range(archives.UNPACKED_MIN // (1 << 20) + 100):
            bomb.write(bytes(1 << 20))
    assert len(out.getvalue()) < 1 << 20
    refused = refusal(out.getvalue())
    assert "larger than any export" in refused.message
    assert refused.cure


def test_two_gigabytes_that_are_only_declared_are_refused() -> None:
    content = bytearray(zipped("conversations.json", chats(1, 2)))
    at = content.index(b"PK\x01\x02") + 24  # in the directory: how large it is unpacked
    content[at : at + 4] = (2 << 30).to_bytes(4, "little")
    assert "larger than any export" in refusal(bytes(content)).message


def test_what_is_not_utf_8_is_told_with_its_line() -> None:
    content = chats(3, 2).replace("ö".encode(), b"\xf6").replace(b"}, {", b"},\n{")
    found = opening.look_through(io.BytesIO(content), Kind.CHATGPT, now=NOW)
    assert found.lines == 0
    assert {each.why for each in found.shown} == {"not UTF-8"}


def test_a_list_that_ends_in_the_middle_is_told() -> None:
    content = chats(3, 4)
    found = opening.look_through(io.BytesIO(content[: len(content) - 40]), Kind.CHATGPT, now=NOW)
    assert found.problems == 1
    assert "ends in the middle" in found.shown[0].why


@pytest.mark.parametrize(
    "make",
    [
        lambda zip_file: zip_file[: len(zip_file) // 2],
        lambda zip_file: zip_file[:-30],
        lambda zip_file: zip_file[:60] + bytes(60) + zip_file[120:],
    ],
    ids=["half", "without its end", "damaged within"],
)
def test_a_damaged_zip_file_is_refused(make: Callable[[bytes], bytes]) -> None:
    refused = refusal(make(zipped("conversations.json", chats(20, 30))))
    assert "cut or damaged" in refused.message
    assert refused.cure == "take the file again"


def test_whatever_is_damaged_the_answer_is_a_refusal_or_a_preview() -> None:
    chance = random.Random(5)
    whole = zipped("conversations.json", chats(6, 5))
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with suppress(Invalid):  # and nothing else
            found = opening.look_through(io.BytesIO(bytes(content)), Kind.AUTO, now=NOW)
            assert found.lines or found.problems


@pytest.mark.parametrize(
    ("timestamp", "problems"),
    [
        ("9999-12-31", 1),
        ("0001-01-01", 1),
        ("1899-12-31", 1),
        ("1900-01-01", 0),
        (1_790_000_001, 0),
    ],
)
def test_nothing_was_said_before_1900_or_in_the_future(timestamp: object, problems: int) -> None:
    line = json.dumps({"id": "1", "text": "I live in Rome.", "timestamp": timestamp}).encode()
    found = opening.look_through(io.BytesIO(line), Kind.JSONL, now=NOW)
    assert (found.problems, found.lines) == (problems, 1 - problems)
    assert [each.why for each in found.shown] == [opening.OUT_OF_TIME] * problems
