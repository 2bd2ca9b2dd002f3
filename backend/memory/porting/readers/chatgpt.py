"""ChatGPT's `conversations.json`: conversations as trees, of which one branch was the last one."""

from collections.abc import Iterator
from typing import BinaryIO

from backend.memory.porting.readers.fields import Given, listed, mapping, moment, name, words
from backend.memory.porting.splitting import Item, items
from backend.memory.porting.types import Line, Problem

SPEAKERS = {"user": "user", "assistant": "ChatGPT"}  # system and tool said nothing to anybody
PLACEHOLDERS = {"image_asset_pointer": "[image]", "audio_asset_pointer": "[audio]"}
SPOKEN = {"text", "multimodal_text"}


def read(stream: BinaryIO) -> Iterator[Line | Problem]:
    """Yield what was said on the branch that each conversation ended with."""
    for item in items(stream):
        if isinstance(item, Problem):
            yield item
        elif not mapping(mapping(item.value).get("mapping")):
            yield Problem(item.line, "no conversation")
        else:
            yield from _conversation(item)


def _conversation(item: Item) -> Iterator[Line | Problem]:
    conversation: Given = mapping(item.value)
    session = name(conversation.get("conversation_id")) or name(conversation.get("id"))
    said_at = moment(conversation.get("create_time"))
    for node_id, message in _branch(conversation):
        speaker = SPEAKERS.get(name(mapping(message.get("author")).get("role")))
        content = mapping(message.get("content"))
        hidden = mapping(message.get("metadata")).get("is_visually_hidden_from_conversation")
        if speaker is None or hidden or content.get("content_type") not in SPOKEN:
            continue
        own = moment(message.get("create_time"))
        said_at = said_at if own is None else own
        text = words("\n".join(filter(None, map(_part, listed(content.get("parts"))))))
        message_id = name(message.get("id")) or node_id
        if not text:
            continue
        if said_at is None or not message_id:
            yield Problem(item.line, "a message without date or id")
            continue
        yield Line(
            id=f"chatgpt:{message_id}",
            speaker=speaker,
            text=text,
            said_at=said_at,
            session=session,
            is_machine=speaker == "ChatGPT",
            has_own_date=own is not None,
            place=item.line,
        )


def _branch(conversation: Given) -> list[tuple[str, Given]]:
    """Return the messages from the first to the one that it ended with."""
    tree = mapping(conversation.get("mapping"))
    node_id = name(conversation.get("current_node")) or _leaf(tree)
    found: list[tuple[str, Given]] = []
    seen: set[str] = set()
    while node_id in tree and node_id not in seen:  # a damaged tree may go round
        seen.add(node_id)
        node = mapping(tree[node_id])
        message = mapping(node.get("message"))
        if message:
            found.append((node_id, message))
        node_id = name(node.get("parent"))
    return found[::-1]


def _leaf(tree: Given) -> str:
    """Return the newest node that nothing follows."""
    ends = [node_id for node_id, node in tree.items() if not listed(mapping(node).get("children"))]

    def made(node_id: str) -> int:
        message = mapping(mapping(tree[node_id]).get("message"))
        return moment(message.get("create_time")) or 0

    return max(ends, key=made, default="")


def _part(part: object) -> str:
    if isinstance(part, str):
        return words(part)
    given = mapping(part)
    kind = name(given.get("content_type"))
    return words(given.get("text")) or PLACEHOLDERS.get(kind, "[attachment]" if given else "")
