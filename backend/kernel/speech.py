"""Words on their way in and out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said between two silences, before it is words."""

    pcm: bytes  # PCM16 at 16 kHz
    started_ms: int
    ended_ms: int  # when the last voiced frame ended


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an engine heard in an utterance."""

    text: str  # empty when there were no words
    confidence: float  # 0 to 1
    engine: str
    is_unsure: bool = False  # words, but too doubtful to act on: better ask back
    ending: float | None = None  # by its melody: is it the end? 0 to 1, when somebody listened


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a reply that can be spoken on its own."""

    text: str
    index: int
