"""Cuts a stream of JSON into its items, so that a file of any size needs the memory of one item."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from backend.memory.porting.types import Problem

PIECE_BYTES = 1 << 18
ITEM_CHARS_MAX = 64 << 20  # one conversation; a file that has a longer one is none of theirs
LINE_BYTES_MAX = 1 << 20
_MARK = re.compile(r'["{}\[\],]')
_UNDECODED = re.compile("[\udc80-\udcff]")
_IN_STRING = re.compile(r'\\.|"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a list, and where it stands."""

    line: int
    key: str  # of the list, when an object is around it
    value: Any  # Any: JSON


def lines(stream: BinaryIO) -> Iterator[Item | Problem]:
    """Yield each line that is not empty, as JSON."""
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(raw) > LINE_BYTES_MAX:
            yield Problem(number, f"longer than {LINE_BYTES_MAX} bytes")
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LINE_BYTES_MAX)
            continue
        if raw.strip():
            yield _parsed(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw, number, "")


def items(stream: BinaryIO) -> Iterator[Item | Problem]:
    """Yield the items of the list that a file is, or of the lists in the object that it is."""
    splitter = _Splitter()
    # What is not UTF-8 is told as such, in its line: it comes through as half of a pair.
    decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
    while piece := stream.read(PIECE_BYTES):
        yield from splitter.feed(decode(piece))
        if splitter.is_over:
            return
    yield from splitter.feed(decode(b"", final=True))
    if splitter.depth or not splitter.has_begun:
        yield Problem(splitter.line, "the file ends in the middle")


class _Splitter:
    """Follows brackets and strings; what stands in a list at its level is an item."""

    def __init__(self) -> None:
        self.depth, self.line, self.has_begun, self.is_over = 0, 1, False, False
        self._level = 0  # the depth inside of the list that is cut; 0: none is open
        self._in_string = False
        self._key, self._word = "", ""  # of the list; the last string of the object around it
        self._held: list[str] = []  # of the item or string that is not whole yet
        self._size = 0
        self._text, self._at, self._tail = "", 0, ""
        self._found: list[Item | Problem] = []
        self._signs: dict[str, Callable[[int], None]] = {
            '"': self._quote,
            "{": self._open,
            "[": self._open,
            "}": self._close,
            "]": self._close,
            ",": self._comma,
        }

    def feed(self, text: str) -> list[Item | Problem]:
        """Take more of the file; return what is whole."""
        text = self._tail + text
        whole = text.rstrip("\\")  # what is escaped may be in the next piece
        self._text, self._tail = whole, text[len(whole) :]
        self._at, place = 0, 0
        while not self.is_over:
            mark = (_IN_STRING if self._in_string else _MARK).search(whole, place)
            if mark is None:
                break
            place = mark.end()
            call = self._signs.get(mark.group())
            if call is not None:  # none: something escaped
                call(place)
        self._keep(len(whole))
        if self._size > ITEM_CHARS_MAX:
            self._found.append(Problem(self.line, "an item is too large"))
            self.is_over, self.depth = True, 0
        found, self._found = self._found, []
        return found

    def _quote(self, place: int) -> None:
        self._in_string = not self._in_string
        if self.depth == 1 and not self._level:  # a key of the object around, or its value
            word = self._keep(place)
            if not self._in_string:
                self._word = word.strip('"')
            self._drop()

    def _open(self, place: int) -> None:
        self.has_begun = True
        self.depth += 1
        if not self._level and self.depth <= 2 and self._text[place - 1] == "[":
            self._keep(place)
            self._drop()
            self._level, self._key = self.depth, self._word

    def _comma(self, place: int) -> None:
        if self._level and self.depth == self._level:
            self._item(place)

    def _close(self, place: int) -> None:
        if self._level and self.depth == self._level:
            self._item(place)
            self._level = 0
        self.depth -= 1
        self.is_over = self.depth <= 0

    def _keep(self, place: int) -> str:
        """Hold what was read up to a place, if it may be of an item or a key; return it all."""
        text = self._text[self._at : place]
        self._at = place
        if not self._level and not self._in_string and not self._held:
            self.line += text.count("\n")
            return text
        self._held.append(text)
        self._size += len(text)
        return "".join(self._held) if not self._level else ""

    def _drop(self) -> None:
        self.line += sum(text.count("\n") for text in self._held)
        self._held.clear()
        self._size = 0

    def _item(self, place: int) -> None:
        self._keep(place)
        whole = "".join(self._held)[:-1]  # without the sign that ends it
        blank = len(whole) - len(whole.lstrip())
        number = self.line + whole.count("\n", 0, blank)
        self._drop()
        if whole.strip():
            self._found.append(_parsed(whole, number, self._key))


def _parsed(raw: bytes | str, number: int, key: str) -> Item | Problem:
    if isinstance(raw, str) and _UNDECODED.search(raw):
        return Problem(number, "not UTF-8")
    try:
        return Item(number, key, json.loads(raw))
    except UnicodeDecodeError:
        return Problem(number, "not UTF-8")
    except ValueError:
        return Problem(number, "not JSON")
    except RecursionError:
        return Problem(number, "nested too deeply")
