"""Takes away what is only there to be seen: Markdown, code, tables, tags, pictures of feelings."""

import re
from collections.abc import Callable

Step = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

LANGUAGES = {
    "py": "Python",
    "python": "Python",
    "js": "JavaScript",
    "javascript": "JavaScript",
    "ts": "TypeScript",
    "typescript": "TypeScript",
    "sh": "shell",
    "bash": "shell",
    "sql": "S Q L",
    "json": "J son",
}


def _code(match: re.Match[str]) -> str:
    """Name a block of code: nobody can follow it by ear."""
    name = match["language"] or ""
    language = LANGUAGES.get(name.lower(), name)
    return f"\nHere is a piece of {language + ' ' if language else ''}code.\n"


def _row(match: re.Match[str]) -> str:
    cells = [cell.strip() for cell in match[0].strip().strip("|").split("|")]
    return ", ".join(cell for cell in cells if cell)


def _line(match: re.Match[str]) -> str:
    """End a line as a sentence: a list is not one breath."""
    return f"{match['end']} " if match["end"] in ".,;:!?…" else f"{match['end']}. "


# From the outside in.
BLOCKS: tuple[Step, ...] = (
    (
        re.compile(
            r"(?:```|~~~)(?:(?P<language>[A-Za-z+#]*)[^\S\n]*\n)?.*?(?:```|~~~|\Z)", re.DOTALL
        ),
        _code,
    ),
    (re.compile(r"<!--.*?-->", re.DOTALL), " "),
    (re.compile(r"<(?:br|/p|/li|/tr|/h\d)\s*/?>", re.IGNORECASE), "\n"),
    (re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>"), " "),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[\^?\d+\]"), ""),  # footnotes
    (re.compile(r"^[^\S\n]*\|?[\s:|-]*-{3,}[\s:|-]*\|?\s*$", re.MULTILINE), ""),
    (re.compile(r"^[^\S\n]*(?:[*_-]\s*){3,}$", re.MULTILINE), ""),
    (re.compile(r"^[^\S\n]*\|.*\|\s*$", re.MULTILINE), _row),
    (re.compile(r"^[^\S\n]*(?:#{1,6}|[-*+\u2022>])\s+(?:\[[ xX]\]\s+)?", re.MULTILINE), ""),
    (re.compile(r"^[^\S\n]*(\d{1,2})[.)]\s+(?=\S)", re.MULTILINE), r"\1: "),
    (re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)[*_](?=\S)([^*_]+?)(?<=\S)[*_](?!\w)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\s*\|\s*"), ", "),
    (re.compile(r"(?P<end>\S)[^\S\n]*\n\s*(?=\S)"), _line),
)

# What has no sound: pictures, arrows, control characters, stray markup.
REST: tuple[Step, ...] = (
    (re.compile(r"(?<!\w)[:;]-?[)(DPp](?!\w)"), " "),
    (
        re.compile(
            "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"
            "\ufe0f\u200d\u20e3\u00a9\u00ae\u2122]"
        ),
        " ",
    ),
    (re.compile(r"[\x00-\x08\x0b-\x1f\x7f<>{}\[\]|\\^~#=*_`]"), " "),
    (re.compile(r"\(\s*\)"), " "),
    (re.compile(r"\s+([.,;:!?])(?!\d)"), r"\1"),
    (re.compile(r"([,;:])[,;:]+"), r"\1"),
    (re.compile(r"^[\s,;:.]+(?=\w)"), ""),
)
