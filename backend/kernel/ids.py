"""Names for the identifiers that travel through the house, and where new ones come from."""

from typing import NewType, Protocol

OwnerId = NewType("OwnerId", str)
"""Whose memory a row belongs to: every row of content carries one."""

PersonId = NewType("PersonId", str)
ConversationId = NewType("ConversationId", str)
TurnId = NewType("TurnId", str)
MessageId = NewType("MessageId", str)
JobId = NewType("JobId", str)


class Ids(Protocol):
    """Makes identifiers: UUIDv7 text, so that they sort by the time they were made."""

    def new(self) -> str:
        """Return an identifier that was never returned before."""
        ...


class Chance(Protocol):
    """Unpredictable values, injected so that a test can choose them."""

    def token(self) -> str:
        """Return 256 bits as URL-safe text: a secret nobody can guess."""
        ...

    def code(self) -> str:
        """Return eight letters and digits that are easy to read aloud and to type."""
        ...

    def fraction(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        ...
