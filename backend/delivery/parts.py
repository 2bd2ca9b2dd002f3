"""Cuts a long text into the parts that a carrier takes; put together again they are the text."""

PART_CHARACTERS_MAX = 1600  # Twilio refuses longer bodies (error 21617)


def cut(text: str, characters_max: int = PART_CHARACTERS_MAX) -> list[str]:
    """Return parts whose joining is the text, cut after a space wherever there is one."""
    parts: list[str] = []
    rest = text
    while len(rest) > characters_max:
        # A part of nothing but blanks would be refused, so the cut lies behind some word.
        at = rest.rfind(" ", 0, characters_max) + 1
        if not rest[:at].strip():
            at = characters_max
        parts.append(rest[:at])
        rest = rest[at:]
    return [*parts, rest] if rest else parts
