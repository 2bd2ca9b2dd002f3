"""A file of any size is cut into its items, wherever its pieces end."""

import io
import json

import pytest

from backend.memory.porting import splitting
from backend.memory.porting.splitting import Item, items, lines
from backend.memory.porting.types import Problem

VALUES = [{"a": 'x"\\[,]{', "b": [1, {"c": '\\"}'}]}, {"z": "é\n"}, 3, [], "str,]"]


class Pieces(io.BytesIO):
    """Gives so many bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size

    def read(self, _: int | None = None) -> bytes:
        return super().read(self.size)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("around", [None, "results"])
def test_items_are_whole_wherever_a_piece_ends(
    size: int, indent: int | None, around: str | None
) -> None:
    whole = VALUES if around is None else {"k": 'v\\"[', "n": {"q": [5]}, around: VALUES}
    written = json.dumps(whole, indent=indent, ensure_ascii=False).encode()
    found = list(items(Pieces(written, size)))
    assert [each.value for each in found if isinstance(each, Item)] == VALUES
    assert {each.key for each in found if isinstance(each, Item)} == {around or ""}


def test_what_is_no_json_is_told_with_its_line_and_the_rest_goes_on() -> None:
    assert list(items(io.BytesIO(b"[1,\n x,\n3]"))) == [
        Item(1, "", 1),
        Problem(2, "not JSON"),
        Item(3, "", 3),
    ]


@pytest.mark.parametrize("content", [b"", b'[{"a":1}, {', b'{"results": [1', b"plain"])
def test_a_file_that_ends_in_the_middle_is_told(content: bytes) -> None:
    assert list(items(io.BytesIO(content)))[-1] == Problem(1, "the file ends in the middle")


def test_an_item_without_an_end_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "ITEM_CHARS_MAX", 100)
    (found,) = items(Pieces(b'["' + b"x" * 1000, 10))
    assert found == Problem(1, "an item is too large")


def test_a_line_that_is_too_long_is_passed_over() -> None:
    long = b'"' + b"x" * (splitting.LINE_BYTES_MAX + 10) + b'"\n'
    found = list(lines(io.BytesIO(long + b"\n[]\n\xff\n")))
    assert found == [
        Problem(1, f"longer than {splitting.LINE_BYTES_MAX} bytes"),
        Item(3, "", []),
        Problem(4, "not UTF-8"),
    ]
