"""A typed chat: an answer is announced at once, and each of its words is read as it comes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.conversation.carriers import TypedText
from backend.conversation.reasoning import Context
from backend.kernel.events import Happening, Heard, Said, Thinking, TurnEnded, Written
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import talking
from tests.fakes.line import FakeLine
from tests.fakes.mind import FakeMind

WORDS = "That is  a long day, and it\nis not over."


class HaltingMind(FakeMind):
    """Gives its first word, and the others only when it is told to."""

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.may_go_on = asyncio.Event()

    async def reply(self, context: Context) -> AsyncIterator[str]:
        first = True
        async for word in super().reply(context):
            yield word
            if first:
                await self.may_go_on.wait()
            first = False


@pytest.mark.covers("VT-08")
async def test_a_word_is_read_before_the_next_one_is_thought(ground: Ground) -> None:
    mind = HaltingMind()
    house = House(ground, mind=mind)
    await house.settle()
    async with talking(house, FakeLine(carrier="app", is_spoken=False)) as talk:
        line = talk.line
        await line.until(Said)  # the greeting
        line.come(TypedText("I am tired today."))
        await line.until(Written)
        assert not mind.may_go_on.is_set()
        mind.may_go_on.set()
        await line.until(TurnEnded)
        await talk.hang_up()
    [heard], [thinking] = line.all_told(Heard), line.all_told(Thinking)
    [ended] = line.all_told(TurnEnded)
    written = [piece for piece in line.all_told(Written) if piece.turn_id == ended.turn_id]
    happened: list[Happening] = [heard, thinking, written[0], ended]
    order = [line.told.index(told) for told in happened]
    assert order == sorted(order)
    assert "".join(piece.text for piece in written) == ended.said == WORDS


async def test_what_is_spoken_is_not_written_as_well(house: House) -> None:
    house.transcriber.texts = ["I am tired today."]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnEnded)
        await talk.hang_up()
    assert talk.line.all_told(Thinking)
    assert not talk.line.all_told(Written)
