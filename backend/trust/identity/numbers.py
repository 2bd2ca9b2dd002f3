"""Telephone numbers as the world writes them: E.164."""

import re

from backend.kernel.errors import Invalid

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_DECORATION = re.compile(r"[\s\-./()\u00a0\u2010-\u2015]")


def normalise(text: str) -> str:
    """Return a number in E.164, whatever blanks and dashes it was typed with."""
    plain = _DECORATION.sub("", text)
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    if not plain.isascii() or not _E164.fullmatch(plain):
        raise Invalid(
            "That is not a telephone number in international form.",
            cure="Write it with its country, for example +14155550123.",
        )
    return plain
