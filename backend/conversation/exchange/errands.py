"""What we rang somebody up for: who, or what, took the call decides what is said."""

import asyncio
from typing import Literal

from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.talking import Talking


class Errands:
    """The outbound side of one line; on a call that came in it never does anything."""

    def __init__(self, scene: Scene, talking: Talking) -> None:
        self._scene, self._talking = scene, talking
        self._errand = scene.party.errand
        self.is_with_machine = False  # nobody is there to talk with
        self._is_leaving = False  # our message is on its way to the tape

    async def answered(self, by: Literal["human", "machine", "beep"]) -> None:
        """Take the carrier's word on who took the call."""
        if self._errand is None or by == "human":
            self.is_with_machine = False
            return
        if self._is_leaving:
            return  # the carrier says it once more, or late: what is being said goes on
        self.is_with_machine, self._is_leaving = True, by == "beep"
        self._scene.taker.drop()  # else a greeting heard by half would keep us silent for ever
        await self._talking.end_turn()
        if by == "beep":
            self._scene.group.create_task(self._leave_message(self._errand.message))

    async def _leave_message(self, message: str) -> None:
        """Speak after the beep and hang up when the last word is on the tape."""
        speaking = self._talking.mouth.say(message) if message else None
        if speaking is not None:
            await asyncio.wait({speaking})
        await self._scene.hang_up("voicemail")
