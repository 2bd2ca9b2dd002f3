"""Claude's `conversations.json`: a list of conversations, each with its `chat_messages`."""

from collections.abc import Iterator
from typing import BinaryIO

from backend.memory.porting.readers.fields import Given, listed, mapping, moment, name, words
from backend.memory.porting.splitting import Item, items
from backend.memory.porting.types import Line, Problem

SPEAKERS = {"human": "user", "assistant": "Claude"}
PLACEHOLDER = "[attachment]"  # in the place of what is no text


def read(stream: BinaryIO) -> Iterator[Line | Problem]:
    """Yield what was said, conversation by conversation."""
    for item in items(stream):
        if isinstance(item, Problem):
            yield item
        elif "chat_messages" not in mapping(item.value):
            yield Problem(item.line, "no conversation")
        else:
            yield from _conversation(item)


def _conversation(item: Item) -> Iterator[Line | Problem]:
    conversation: Given = mapping(item.value)
    session = name(conversation.get("uuid"))
    for each in listed(conversation.get("chat_messages")):
        message: Given = mapping(each)
        speaker = SPEAKERS.get(name(message.get("sender")))
        own = moment(message.get("created_at"))
        said_at = moment(conversation.get("created_at")) if own is None else own
        message_id = name(message.get("uuid"))
        if speaker is None or said_at is None or not message_id:
            yield Problem(item.line, "a message without sender, date or uuid")
            continue
        text = _text(message)
        if text:
            yield Line(
                id=f"claude:{message_id}",
                speaker=speaker,
                text=text,
                said_at=said_at,
                session=session,
                is_machine=speaker == "Claude",
                has_own_date=own is not None,
                place=item.line,
            )


def _text(message: Given) -> str:
    parts = [words(mapping(part).get("text")) for part in listed(message.get("content"))]
    said = words("\n".join(part for part in parts if part)) or words(message.get("text"))
    has_more = bool(listed(message.get("attachments")) or listed(message.get("files")))
    return said or (PLACEHOLDER if has_more else "")
