"""The cards of the characters: today the companion itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody to talk to."""

    id: str
    name: str
    persona: str  # how they are, in the second person, as a model reads it
    greeting: str  # the first words on a line to somebody we don't know
    greeting_by_name: str  # the same to somebody we know; {name} is theirs
    voices: Mapping[str, str] = field(default_factory=dict)  # how each maker of voices calls theirs
    version: int = 1  # one more with each change of how they are

    @property
    def snapshot(self) -> str:
        """Name who they were when they said something."""
        return f"{self.name}@{self.version}"

    def greet(self, name: str = "") -> str:
        """Return the first words on a line."""
        return self.greeting_by_name.format(name=name) if name else self.greeting


COMPANION = Character(
    id="companion",
    name="Ringback",
    persona=(
        "You are Ringback, a companion people reach by phone, text, app and web. You are warm, calm"
        " and plain-spoken, you listen more than you talk, and you never pretend: what you don't"
        " know, you say you don't know."
    ),
    greeting="Hello, this is Ringback.",
    greeting_by_name="Hello {name}, it's Ringback.",
    voices={
        "elevenlabs": "JBFqnCBsd6RMkjVDRZzb",  # a calm storyteller, in every account
        "openai": "coral",
        "kokoro": "af_heart",
        "espeak": "en-us",
    },
)
