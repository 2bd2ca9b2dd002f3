"""Which numbers may be rung at all: whose country they are of, and what they would cost.

Emergency numbers, short codes, premium and shared-cost numbers, satellites and networks of no
country are refused whatever the settings say: no companion needs them, and fraud lives on them.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from backend.delivery.types import Refusal
from backend.kernel.errors import Invalid
from backend.trust.identity.numbers import normalise

PLAN = Path(__file__).with_name("plan.toml")
SHORT_DIGITS_MAX = 6  # what is no longer is a service of a network, not somebody's telephone
ZERO_STAYS = frozenset({"IT", "SM", "VA"})  # 089 is Salerno's, 89 is nobody's

_NOT_DIGITS = re.compile(r"[^\d]")
_DIALLED = re.compile(r"[+*#]?[\d\s\-./()\u00a0\u2010-\u2015*#,;]+")
_SCHEMES = re.compile(r"^(?:tel|sip|sips|callto|client):", re.IGNORECASE)
# North America: no area code is N11, 900 is premium, 5XX and 700 are nobody's place, and the
# exchange 976 is premium in every area; 600 and its like are data and satellites, 710 is the
# government's, and directory assistance under 555-1212 costs in every area.
_AMERICAN_DEAR = re.compile(
    r"900|700|710|5(?:00|2[1-9]|3[23]|44|66|77|88)|6(?:00|22|33|44|55|66|77|88)"
    r"|\d{3}976|\d{3}5551212"
)
_AMERICAN_NONE = re.compile(r"[01]|.11|.9|37|96|.{3}(?:[01]|.11)")


class NumberPlan:
    """Knows numbers by their digits, as far as cost and danger go."""

    def __init__(self, file: Path = PLAN) -> None:
        read: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))  # Any: TOML
        self._countries = {
            prefix: country
            for country, prefixes in read["countries"].items()
            for prefix in prefixes.split()
        }
        self._nowhere: Mapping[str, str] = read["nowhere"]
        self._dear = {
            country: re.compile(f"(?:{pattern})") for country, pattern in read["dear"].items()
        }
        self._ranges = {
            country: tuple(prefixes.split()) for country, prefixes in read["ranges"].items()
        }
        # A companion that rings one by mistake keeps somebody else from being heard.
        self._emergency = frozenset(read["emergency"]["numbers"].split())
        self._longest = max(map(len, self._countries))

    def country_of(self, number: str) -> str:
        """Return the country of a number, as two letters; empty when there is none."""
        return self._split(number)[0]

    def read(self, text: str) -> str | Refusal:
        """Return a number in E.164, or why nobody is to be rung on it."""
        spoken = _SCHEMES.sub("", text.strip())
        if self._is_emergency(spoken):
            return Refusal(
                "emergency", "That is an emergency number.", "Dial it yourself, on your telephone."
            )
        digits = _NOT_DIGITS.sub("", spoken)
        if _DIALLED.fullmatch(spoken) and 0 < len(digits) <= SHORT_DIGITS_MAX:
            return Refusal("short_code", "That is a short code, nobody's telephone.")
        try:
            number = normalise(spoken)
        except Invalid as wrong:
            return Refusal("invalid", wrong.message, wrong.cure)
        return self._not_dear(number)

    def check(self, text: str, allowed: Collection[str]) -> str | Refusal:
        """Return a number that may be rung under this allow-list of countries, or why not."""
        number = self.read(text)
        if isinstance(number, Refusal):
            return number
        country = self.country_of(number)
        if country in allowed:
            return number
        return Refusal(
            "country",
            f"Numbers of {country or 'no country'} are not on the list of those that may be rung.",
            f"RINGBACK_PHONE__COUNTRIES={','.join([*sorted(allowed), country])}",
        )

    def _not_dear(self, number: str) -> str | Refusal:
        for prefix, what in self._nowhere.items():
            if number.startswith(f"+{prefix}"):
                return Refusal("premium", f"That is {what}.")
        country, national = self._split(number)
        if not country:
            return Refusal("invalid", "That number is of no country.")
        if national in self._emergency:
            return Refusal("emergency", "That is an emergency number.")
        # A prefix is enough: some networks ignore digits beyond a number's length.
        if self._dear_of(country, number, national):
            return Refusal("premium", "That is a premium, shared-cost or personal number.")
        if number.startswith("+1") and (len(number) != 12 or _AMERICAN_NONE.match(number[2:])):
            return Refusal("invalid", "There is no such number in North America.")
        return number

    def _dear_of(self, country: str, number: str, national: str) -> bool:
        if number.startswith("+1"):
            return bool(_AMERICAN_DEAR.match(number[2:]))
        pattern, ranges = self._dear.get(country), self._ranges.get(country, ())
        # A zero that was typed by habit must not hide what follows it.
        forms = {national, national if country in ZERO_STAYS else national.lstrip("0")}
        return any(
            form.startswith(ranges) or (pattern is not None and pattern.match(form))
            for form in forms
        )

    def _split(self, number: str) -> tuple[str, str]:
        """Return the country by the longest prefix that fits, and the number inside it."""
        digits = number.removeprefix("+")
        for length in range(min(self._longest, len(digits)), 0, -1):
            country = self._countries.get(digits[:length])
            if country is not None:
                return country, digits[self._code_digits(digits) :]
        return "", digits

    def _code_digits(self, digits: str) -> int:
        """Return how long the country's code is; an area that is a country of its own is none."""
        if digits[0] in "17":
            return 1
        return 2 if digits[:2] in self._countries else 3

    def _is_emergency(self, text: str) -> bool:
        """Say whether help would answer, however the number is spelt."""
        # Digits of other scripts are digits to some dialler on the way.
        plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
        digits = _NOT_DIGITS.sub("", plain.partition(",")[0].partition(";")[0])
        if digits in self._emergency:
            return True
        # +1 911, 0044 999, 011 44 112, 9-911 behind a switchboard.
        tail = digits.removeprefix("011").removeprefix("00")
        ends = (tail[-length:] for length in (3, 4, 5) if 0 <= len(tail) - length <= 3)
        return len(tail) <= SHORT_DIGITS_MAX and any(end in self._emergency for end in ends)
