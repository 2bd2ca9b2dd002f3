"""What models cost and how they are asked, read from `catalogue.toml`."""

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.kernel.errors import Invalid

FILE = Path(__file__).with_name("catalogue.toml")
_SNAPSHOT = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens: as many millionths of a dollar for one."""

    input: float
    output: float

    def cost_micros(self, tokens_in: int, tokens_out: int) -> int:
        """Return the cost in millionths of a dollar, rounded up."""
        exact = tokens_in * self.input + tokens_out * self.output
        return int(exact) + (exact > int(exact))


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a model."""

    price: Price
    thinks_first: bool = False  # unless it is told not to


FREE = Entry(Price(0.0, 0.0))
UNKNOWN_VOICE = 300.0  # dollars for a million characters
UNKNOWN_EARS = 0.02  # dollars for a minute
HEARD_MS_MIN = 10_000  # so much is charged at least for an utterance, by the strictest maker
MINUTE_MS = 60_000
UNKNOWN = Entry(Price(30.0, 180.0))  # as the dearest we know: a surprise must not cost money


class Catalogue:
    """Knows models by their names."""

    def __init__(self, file: Path = FILE) -> None:
        read: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))  # Any: TOML
        try:
            self._entries = {str(each["name"]): _entry(each) for each in read.get("models", [])}
            self._voices = {
                str(each["name"]): float(each["characters"]) for each in read.get("voices", [])
            }
            self._ears = {str(each["name"]): float(each["minute"]) for each in read.get("ears", [])}
        except (KeyError, TypeError, ValueError) as wrong:
            raise Invalid(f"The catalogue {file} is not right.") from wrong

    def entry(self, model: str, *, is_local: bool = False) -> Entry:
        """Return what is known of a model; an unknown one is free on our own machine, else dear."""
        known = self._entries.get(model) or self._entries.get(_SNAPSHOT.sub("", model))
        return known or (FREE if is_local else UNKNOWN)

    def speech_micros(self, model: str, characters: int) -> int:
        """Return what it costs to have so many characters spoken, in millionths of a dollar."""
        return math.ceil(self._voices.get(model, UNKNOWN_VOICE) * characters)

    def hearing_micros(self, model: str, duration_ms: int) -> int:
        """Return what it costs to have so much speech read, in millionths of a dollar."""
        charged_ms = max(duration_ms, HEARD_MS_MIN)
        return math.ceil(self._ears.get(model, UNKNOWN_EARS) * 1e6 * charged_ms / MINUTE_MS)


def _entry(read: dict[str, Any]) -> Entry:  # Any: TOML
    price = Price(float(read["input"]), float(read["output"]))
    return Entry(price, thinks_first=bool(read.get("thinks_first", False)))
