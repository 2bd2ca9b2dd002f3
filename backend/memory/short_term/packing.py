"""Texts as their rows keep them: long ones compressed, short ones as they are."""

import zlib
from typing import Final

THRESHOLD_BYTES = 512  # below it zlib's own frame eats up what it saves
LEVEL = 6
TEXT_BYTES_MAX = 1 << 20  # a packed text that grows beyond it is damaged, or somebody's trap

PLAIN: Final = b"\x00"
DEFLATED: Final = b"\x01"


def packed(text: str) -> bytes:
    """Return a text in as few bytes as are worth it; its first byte says how."""
    plain = text.encode()[:TEXT_BYTES_MAX]
    if len(plain) >= THRESHOLD_BYTES:
        small = zlib.compress(plain, LEVEL)
        if len(small) < len(plain):
            return DEFLATED + small
    return PLAIN + plain


def unpacked(data: bytes) -> str:
    """Return a text; of one that is damaged, what can be read of it."""
    how, rest = data[:1], data[1:]
    if how == DEFLATED:
        try:
            rest = zlib.decompressobj().decompress(rest, TEXT_BYTES_MAX)
        except zlib.error:
            return ""
    return rest.decode(errors="ignore")
