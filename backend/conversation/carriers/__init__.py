"""Where frames and texts come in and go out again: each carrier turns its wire into a `Line`."""

from backend.conversation.carriers.port import (
    Answered,
    HungUp,
    KeyPressed,
    KeysWanted,
    Line,
    LineDropped,
    LineEvent,
    LineReturned,
    MarkHeard,
    TypedText,
)

__all__ = [
    "Answered",
    "HungUp",
    "KeyPressed",
    "KeysWanted",
    "Line",
    "LineDropped",
    "LineEvent",
    "LineReturned",
    "MarkHeard",
    "TypedText",
]
