"""Words that come with a second opinion."""

import asyncio
from collections.abc import Sequence

import pytest

from backend.conversation.hearing.witness import WitnessedEars
from backend.kernel.errors import Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from tests.fakes.speech import FakeTranscriber, FakeWitness

SAID = Utterance(b"\1\0" * 320, 0, 20)


async def test_words_come_with_what_the_witness_says() -> None:
    ears = WitnessedEars(SlowEars("Yes."), FakeWitness(0.8))
    heard = await ears.transcribe(SAID)
    assert (heard.text, heard.ending) == ("Yes.", 0.8)


async def test_nobody_waits_for_the_witness() -> None:
    witness = FakeWitness(0.8)
    witness.may_speak.clear()
    async with asyncio.timeout(1):
        heard = await WitnessedEars(FakeTranscriber("Yes."), witness).transcribe(SAID)
    assert (heard.text, heard.ending) == ("Yes.", None)


async def test_a_witness_that_fails_is_missed_by_nobody() -> None:
    witness = FakeWitness(0.8)
    witness.is_away = True
    heard = await WitnessedEars(SlowEars("Yes."), witness).transcribe(SAID)
    assert (heard.text, heard.ending) == ("Yes.", None)


async def test_ears_that_fail_say_so_themselves() -> None:
    ears = FakeTranscriber()
    ears.is_away = True
    with pytest.raises(Unavailable):
        await WitnessedEars(ears, FakeWitness()).transcribe(SAID)


async def test_where_many_wait_the_witness_is_not_asked() -> None:
    ears, witness = SlowEars("Yes."), FakeWitness(0.8)
    ears.is_idle = False
    assert (await WitnessedEars(ears, witness).transcribe(SAID)).ending is None
    assert witness.asked == 0


async def test_a_glance_needs_no_witness() -> None:
    witness = FakeWitness(0.8)
    await WitnessedEars(SlowEars("Yes."), witness).transcribe(SAID, is_final=False)
    assert witness.asked == 0


class SlowEars(FakeTranscriber):
    """Takes a few steps of the loop for its words."""

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        for _ in range(5):
            await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time
        return await super().transcribe(
            utterance, hints=hints, is_final=is_final, line=line, payer=payer
        )
