"""What the feed shows."""

from pydantic import BaseModel


class FeedTurn(BaseModel):
    """One exchange of words, by whatever channel."""

    id: str
    when: str
    channel: str
    heard: str
    said: str


class FeedMemory(BaseModel):
    """Something that was kept in mind."""

    id: str
    text: str
    when: str


class FeedNote(BaseModel):
    """A note."""

    id: str
    text: str
    done: bool
    when: str


class FeedPage(BaseModel):
    """What is new; `cursor` goes into the next request's `after`."""

    cursor: int
    turns: list[FeedTurn]
    memories: list[FeedMemory]
    notes: list[FeedNote]
