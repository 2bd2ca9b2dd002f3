"""Calls a key by what it opens: as it was named when it was told, else by how it begins."""

import re

NAMED_WITHIN = 60  # characters before the key in which its name stands
_NAMED = re.compile(
    r"\b(?:my|our|the|a) (?P<name>(?:[\w'-]{1,30} ){1,3}?)(?:api )?(?:key|token)\b[^.\n]{0,16}$",
    re.IGNORECASE,
)
_GENERIC = frozenset({"api", "secret", "access", "new", "other", "private", "personal", "bearer"})
# By the first letters that whoever issues them puts before each; the longer ones come first.
_ISSUED: tuple[tuple[str, str], ...] = (
    ("sk-ant-", "Anthropic key"),
    ("sk-or-", "OpenRouter key"),
    ("sk-", "sk key"),  # several issue these: whose it is, its letters don't say
    ("sk_", "Stripe key"),
    ("pk_", "Stripe key"),
    ("rk_", "Stripe key"),
    ("gsk_", "Groq key"),
    ("github_pat_", "GitHub key"),
    ("gh", "GitHub key"),
    ("glpat-", "GitLab key"),
    ("xox", "Slack key"),
    ("hf_", "Hugging Face key"),
    ("npm_", "npm key"),
    ("AKIA", "AWS key"),
    ("ASIA", "AWS key"),
    ("AIza", "Google key"),
    ("ya29.", "Google key"),
    ("SG.", "SendGrid key"),
)
UNNAMED = "key"


def key_name(text: str, start: int, *, is_issued: bool) -> str:
    """Return the name of the key that begins there; `is_issued`: its first letters say by whom."""
    said = _NAMED.search(text[max(0, start - NAMED_WITHIN) : start])
    words = [] if said is None else [each for each in said["name"].split() if _tells(each)]
    if words:
        return f"{' '.join(words)} key"
    issued = (name for begin, name in _ISSUED if text.startswith(begin, start))
    return next(issued, UNNAMED) if is_issued else UNNAMED


def _tells(word: str) -> bool:
    return word.casefold() not in _GENERIC
