"""Whoever types a word finds the text that has it first, in any script and any form."""

import pytest

from tests.contract.memory.conftest import Room
from tests.contract.memory.test_memory import SAM, keep, message

SAID = {
    "office": "the o\ufb03ce \ufb01le is on the desk",
    "wide": "\uff57\uff4f\uff52\uff44\uff53 are typed wide",
    "hindi": "मुझे मीठी चाय पसंद है",
    "korean": "고양이 두 마리가 있어요",
    "thai": "ฉันชอบกินข้าวผัดกุ้ง",
    "khmer": "ខ្ញុំចូលចិត្តអានសៀវភៅ",
    "cake": "Happy birthday 🎂🎉",
    "german": "Die Straße ist naß",
}
ASKED = [
    ("office", "office"),
    ("office file", "office"),
    ("words", "wide"),
    ("मीठी", "hindi"),
    ("고양이", "korean"),
    ("ข้าวผัด", "thai"),
    ("🎂", "cake"),
    ("strasse", "german"),
]


@pytest.mark.covers("ME-10")
@pytest.mark.parametrize("is_list", [True, False])
async def test_an_exact_word_comes_first_in_any_script(room: Room, *, is_list: bool) -> None:
    await keep(room, *map(message, SAID.values()))
    await room.work()
    for asked, wanted in ASKED:
        look = room.memory.rank(SAM, asked, k=5) if is_list else room.memory.search(SAM, asked)
        found = await look
        assert [each.text for each in found[:1]] == [SAID[wanted]], asked
        assert all(found[0].score > each.score for each in found[1:]), asked
