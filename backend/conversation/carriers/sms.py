"""A text message as it comes in: who sent which words, or which of the carrier's keywords."""

from dataclasses import dataclass
from enum import StrEnum

from backend.conversation.carriers.forms import NUMBER_CHARACTERS_MAX, Form

STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
)
START_WORDS = frozenset({"start", "unstop"})
YES = "yes"  # starts again whoever has stopped; from everybody else it is an answer
HELP_WORDS = frozenset({"help", "info"})

STOPPED = "You will get no more texts from Ringback. Text START to change that."
STARTED = "Welcome back. Ringback texts you again; text STOP to end it."
HELP = "This is Ringback, a companion you can text or call. Text STOP to get no more texts."


class Keyword(StrEnum):
    """Words that every carrier gives a meaning."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class IncomingText:
    """One text."""

    sid: str
    number: str  # as the carrier names the sender: a signed text's answer goes there
    body: str
    has_media: bool

    @property
    def is_yes(self) -> bool:
        """Say whether it says yes, which starts again whoever has stopped."""
        return self._word == YES

    @property
    def _word(self) -> str:
        """Return the text without case, blanks and marks, as the carrier compares it."""
        return "".join(sign for sign in self.body.lower() if sign not in " \t\r\n.!-")

    @property
    def keyword(self) -> Keyword | None:
        """Return the keyword that this text is; only a text of that one word counts."""
        word = self._word
        if word in STOP_WORDS:
            return Keyword.STOP
        if word in START_WORDS:
            return Keyword.START
        return Keyword.HELP if word in HELP_WORDS else None


def read_text(form: Form, *, characters_max: int) -> IncomingText:
    """Understand the carrier's form; a text beyond the limit is read as far as that."""
    return IncomingText(
        sid=form.sid("MessageSid"),
        number=form.get("From")[:NUMBER_CHARACTERS_MAX],
        body=form.get("Body")[:characters_max],
        has_media=form.get("NumMedia") not in {"", "0"},
    )
