"""Where frames and texts come in and go out again: each carrier turns its wire into a `Line`."""

from backend.conversation.carriers.port import (
    HungUp,
    KeyPressed,
    Line,
    LineEvent,
    MarkHeard,
    TypedText,
)

__all__ = ["HungUp", "KeyPressed", "Line", "LineEvent", "MarkHeard", "TypedText"]
