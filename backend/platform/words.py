r"""Words of any script as full text keeps them: letters and digits of ASCII, and nothing else.

What two databases, their versions and their locales would each cut in their own way is cut here,
once, for what is indexed and for what is asked. So no punctuation is ever an operator, and whatever
was indexed is found by its own words. See docs/decisions/0010.

    "Café au lait"   → cafe au lait
    "θάλασσα"        → xce b8 … (as one word of hexadecimal digits)
    "東京タワー"       → every letter by itself, and every two that stand together
    "oﬃce 🎂"        → office xf0 … (a picture is a word by itself)
"""

import re
import unicodedata
from collections.abc import Iterator

TEXT_CHARACTERS_MAX = 100_000
WORD_CHARACTERS_MAX = 48
MARK = "x"  # before the digits that stand for letters beyond ASCII

# Written without spaces between words, or with endings that are written together with them:
# Thai, Lao, Myanmar, Khmer, Japanese, Chinese, Korean; and flags, two letters of which are one.
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3031-\u3035\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U000323af"
    "\U0001f1e6-\U0001f1ff"
)
_RUN = re.compile(rf"[{_UNSPACED}]+")
_PLAIN = re.compile(r"[a-z0-9]+")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_PICTURES_FROM = "\u2190"  # arrows, signs and emoji; before them stand ©, ® and the degree
_SKINS = ("\U0001f3fb", "\U0001f3ff")  # a colour of the picture before it
_SELECTORS = (("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))  # how it is to be drawn
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
# Letters that are no letter with an accent, and are typed so where a keyboard lacks them.
_STROKED = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
_SEPARATOR = "\u200b"  # of no width; the only invisible character that parts words
# PostgreSQL would leave them out, and then nobody finds "The Who".
_LITTLE_WORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she
    her hers herself it its itself they them their theirs themselves what which who whom this that
    these those am is are was were be been being have has had having do does did doing a an the
    and but if or because as until while of at by for with about against between into through
    during before after above below to from up down in out on off over under again further then
    once here there when where why how all any both each few more most other some such no nor not
    only own same so than too very s t can will just don should now
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())


def indexed(text: str) -> str:
    """Return what is put into an index: the words, and the parts of those without spaces."""
    return " ".join(part for word in words(text) for part in _parts(word, is_asked=False))


def asked(text: str, limit: int) -> list[str]:
    """Return what an index is asked for, each once."""
    parts = (part for word in words(text) for part in _parts(word, is_asked=True))
    found: dict[str, None] = {}
    for part in parts:
        found[part] = None
        if len(found) == limit:
            break
    return list(found)


def words(text: str) -> Iterator[str]:
    """Yield a text's words: letters with their marks, and digits; case and accents do not count."""
    text = text[:TEXT_CHARACTERS_MAX]
    if text.isascii():
        yield from _PLAIN.findall(text.lower())
        return
    yield from folded(text).replace("'", " ").split()


def folded(text: str) -> str:
    """Return a text in one form, whatever was typed: its words between blanks, "it's" as one."""
    small = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKD", small).translate(_STROKED)
    return unicodedata.normalize("NFC", plain.translate(_KEPT))


def parts_of(word: str) -> Iterator[str]:
    """Yield a word's spaced part as it is, and of an unspaced one every two letters."""
    last = 0
    for run in _RUN.finditer(word):
        if run.start() > last:
            yield word[last : run.start()]
        letters = run[0]
        if len(letters) == 1:
            yield letters
        yield from (letters[at : at + 2] for at in range(len(letters) - 1))
        last = run.end()
    if last < len(word):
        yield word[last:]


def unspaced(text: str) -> tuple[frozenset[str], str]:
    """Return the parts of what is written without spaces, and the text without it."""
    if text.isascii():
        return frozenset(), text
    runs = _RUN.findall(text)
    return frozenset(part for run in runs for part in parts_of(run)), _RUN.sub(" ", text)


def _parts(word: str, *, is_asked: bool) -> Iterator[str]:
    yield from (_plain(part) for part in parts_of(word))
    if not is_asked:  # a single letter may be asked for too
        for run in _RUN.finditer(word):
            if len(run[0]) > 1:
                yield from (_plain(letter) for letter in run[0])


def _plain(part: str) -> str:
    if _PLAIN.fullmatch(part) and part not in _LITTLE:
        return part[:WORD_CHARACTERS_MAX]
    return MARK + part[:WORD_CHARACTERS_MAX].encode().hex()


class _Kept(dict[int, str]):
    """What becomes of each character, found out once."""

    def __missing__(self, code: int) -> str:
        """Find it out."""
        self[code] = kept = _kept(chr(code))
        return kept


_KEPT = _Kept()


def _kept(character: str) -> str:
    """Return a character that belongs to a word, nothing for what decorates one, else a space."""
    if character.isascii():
        return character if character.isalnum() or character == "'" else " "
    kind = unicodedata.category(character)
    if kind == "Cf" and character != _SEPARATOR:
        return ""
    if kind == "Mn":
        # An accent on a letter is decoration; a vowel sign of Thai or Hindi is a letter.
        return "" if _is_accent(character) else character
    if kind == "So" and character >= _PICTURES_FROM:
        return character if _FLAG.match(character) else f" {character} "
    if _SKINS[0] <= character <= _SKINS[1]:
        return ""
    return character if kind[0] in "LN" or kind in {"Mc", "Co"} else " "


def _is_accent(mark: str) -> bool:
    is_accent = "\u0300" <= mark <= "\u036f" or "\u1ab0" <= mark <= "\u1aff"
    return is_accent or any(first <= mark <= last for first, last in _SELECTORS)
