"""The words of a script: each step is something that the caller does, or something expected."""

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

NUMBER = "+15005550006"  # a number of Twilio's own for tests: nobody can be rung on it
STEPS_MAX = 200
SECONDS_MAX = 600.0

_DURATION = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|min)?")
_PAUSE = re.compile(r"\[pause ([^\]]*)\]")
_SECONDS = {"ms": 0.001, "s": 1.0, None: 1.0, "min": 60.0}


def _seconds(value: object) -> object:
    """Read "300 ms", "1.5 s" or a plain number of seconds."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError("a duration reads like 1.5 s or 300 ms")
    return float(found["amount"]) * _SECONDS[found["unit"]]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=SECONDS_MAX)]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
_PAUSE_SECONDS = TypeAdapter[float](Seconds)
Texts = Annotated[list[Words], BeforeValidator(_listed)]


class Part(BaseModel):
    """A piece of a script: what it does not know is a slip of the pen, and is said so."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _speakable(text: str) -> str:
    try:
        pieces = pieces_of(text)
    except ValidationError:
        raise ValueError("a pause reads like [pause 1.2 s]") from None
    if not any(isinstance(piece, str) for piece in pieces):
        raise ValueError("there is nothing to say")
    return text


Spoken = Annotated[Words, AfterValidator(_speakable)]


class Who(Part):
    """Who rings."""

    number: Annotated[str, Field(pattern=r"^(\+?\d{2,15}|anonymous)$")] = NUMBER
    vouched: bool = False  # the network says that the number is theirs
    voice: Literal["piper", "espeak", ""] = ""  # "": the instance's own


class Interruption(Part):
    """Speak into the reply, so long after its first sound."""

    say: Spoken
    after: Seconds = 1.0


class Cough(Part):
    """Make a noise into the reply that is no word."""

    after: Seconds = 1.0


class Expectation(Part):
    """What must be true by now. A text is found in any case; /between slashes/ it is a pattern."""

    says: Texts = []
    says_not: Texts = []
    hears: Texts = []  # what the companion understood
    within: Seconds | None = None  # from the last word to the first sound
    stops_within: Seconds | None = None  # from the interruption to silence
    goes_on: bool | None = None  # after a cough
    hung_up: bool | None = None  # by the companion
    ended_by: str = ""

    @model_validator(mode="after")
    def _expects_something(self) -> "Expectation":
        if not self.model_fields_set:
            raise ValueError("an expectation without anything in it is always met")
        for text in (*self.says, *self.says_not, *self.hears):
            pattern_of(text)
        return self


class Step(Part):
    """One line of the script: exactly one of these."""

    say: Spoken | None = None
    wait: Seconds | None = None
    interrupt: Interruption | None = None
    cough: Cough | None = None
    keys: Annotated[str, Field(pattern=r"^[0-9*#A-D]{1,32}$")] | None = None
    hang_up: bool | None = None
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Step":
        if len(self.model_fields_set) != 1:
            raise ValueError(
                "a step is exactly one of: say, wait, interrupt, cough, keys, hang up, expect"
            )
        return self


class Script(Part):
    """One whole call."""

    name: Words
    caller: Who = Who()
    steps: Annotated[list[Step], Field(min_length=1, max_length=STEPS_MAX)]

    def spoken(self) -> list[str]:
        """Return every text that the caller will say, each once."""
        texts = [
            text
            for step in self.steps
            for text in (step.say, step.interrupt.say if step.interrupt else None)
            if text
        ]
        return list(dict.fromkeys(texts))


def pieces_of(text: str) -> list[str | float]:
    """Return what is spoken and, in seconds, what is silent: "five five [pause 1.2 s] nine"."""
    pieces: list[str | float] = []
    for place, piece in enumerate(_PAUSE.split(text)):
        if place % 2:
            pieces.append(_PAUSE_SECONDS.validate_python(piece))
        elif piece.strip():
            pieces.append(piece.strip())
    return pieces


def pattern_of(text: str) -> re.Pattern[str]:
    """Return what finds a text: as it stands, or as a pattern between slashes."""
    is_pattern = len(text) > 2 and text.startswith("/") and text.endswith("/")
    try:
        return re.compile(text[1:-1] if is_pattern else re.escape(text), re.IGNORECASE)
    except re.error as wrong:
        raise ValueError(f"{text} is no pattern: {wrong}") from wrong
