"""Hears by the melody of a pause whether it is the end: a second opinion beside the words."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from backend.conversation.hearing.transcriber import Transcriber
from backend.kernel.errors import RingbackError
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer


class Witness(Protocol):
    """An engine that listens to how something ends."""

    @property
    def name(self) -> str:
        """Which engine it is."""
        ...

    async def warm(self) -> None:
        """Load the model."""
        ...

    async def ending(self, utterance: Utterance) -> float:
        """Return how likely it is that the speaker has finished, 0 to 1."""
        ...


class WitnessedEars:
    """Ears whose words come with what a witness says; nobody waits for the witness."""

    def __init__(self, ears: Transcriber, witness: Witness) -> None:
        self._ears, self._witness = ears, witness

    @property
    def name(self) -> str:
        """Who hears."""
        return self._ears.name

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read."""
        return self._ears.is_idle

    async def warm(self) -> None:
        """Make both ready; without its witness the ears hear as before."""
        await self._ears.warm()
        await self._witness.warm()

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        """Return the words, with the witness's opinion when it was there by then.

        Where many wait for the ears the witness is not asked: its work would make them wait longer.
        """
        if not is_final or not self._ears.is_idle:
            return await self._ears.transcribe(
                utterance, hints=hints, is_final=is_final, line=line, payer=payer
            )
        failure: RingbackError | None = None
        heard = Transcript("", 0.0, self.name)
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(self._ask(utterance))
            try:
                heard = await self._ears.transcribe(utterance, hints=hints, line=line, payer=payer)
            except RingbackError as broken:
                failure = broken  # raised behind the group, which would wrap it
            ending = asked.result() if asked.done() else None
            asked.cancel()
        if failure is not None:
            raise failure
        return replace(heard, ending=ending)

    async def _ask(self, utterance: Utterance) -> float | None:
        try:
            return await self._witness.ending(utterance)
        except RingbackError:
            return None  # a witness that is gone is missed by nobody
