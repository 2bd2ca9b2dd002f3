"""Asks a caller whether their call may be recorded: only a clear yes counts, silence is a no."""

import re
from collections.abc import Awaitable, Callable

from backend.conversation.sessions import Party
from backend.kernel.ids import PersonId
from backend.kernel.people import Assurance

ASK = "May I record this call?"
AGREED = "Thank you, I record it."
DECLINED = "All right, I don't record it."
YES, NO = "yes", "no"

PHRASES = (ASK, AGREED, DECLINED)

_YES = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|all right|alright|of course|certainly|absolutely"
    r"|go ahead|fine|you may|you can|i agree|i don'?t mind|no problem|that'?s (?:fine|ok(?:ay)?))"
    r"(?:[ ,.!]+(?:yes|sure|you may|you can|please|that'?s (?:fine|ok(?:ay)?)|go ahead|of course"
    r"|i (?:agree|don'?t mind)|no problem))*"
)
_NO = re.compile(
    r"(?:no|nope|nah|never|not? (?:today|now|really)|(?:please )?don'?t(?: record)?(?: it| me| this"
    r"(?: call)?)?|please not|you may not|i'?d rather not|better not|i don'?t want (?:that|it|to))"
    r"(?:[ ,.!]+(?:no|thanks?(?: you)?|please|please don'?t|i'?d rather not|don'?t))*"
)

Remember = Callable[[PersonId, str], Awaitable[None]]


class Consenting:
    """The question of one call. Ask it with the greeting; the next words may be its answer."""

    def __init__(self, party: Party, *, start: Callable[[], None], remember: Remember) -> None:
        self._party, self._start, self._remember = party, start, remember
        self.is_asking = True

    async def words(self, text: str) -> str | None:
        """Return what to say to an answer; None: it was none, and the call is not recorded."""
        self.is_asking = False
        plain = " ".join(text.lower().replace("\u2019", "'").split()).strip(" ,.!?")
        if _YES.fullmatch(plain):
            self._start()
            await self._keep(YES)
            return AGREED
        if _NO.fullmatch(plain):
            await self._keep(NO)
            return DECLINED
        return None

    async def _keep(self, answer: str) -> None:
        """Remember the answer for their next calls, if we are sure who they are."""
        actor = self._party.actor
        if actor.assurance is Assurance.VERIFIED and actor.person_id is not None:
            self._party.recording_consent = answer
            await self._remember(actor.person_id, answer)


def remembered(party: Party) -> str:
    """Return what somebody has answered before: a yes counts only from whom we are sure of."""
    is_sure = party.actor.assurance is Assurance.VERIFIED
    return party.recording_consent if is_sure or party.recording_consent == NO else ""
