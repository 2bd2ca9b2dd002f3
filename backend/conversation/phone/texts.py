"""Answers texts: the same turns as on a call, without the sound."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from backend.conversation.carriers import sms, twiml
from backend.conversation.carriers.sms import IncomingText, Keyword
from backend.conversation.exchange.identifying import NEVER_WRITTEN, names_pin
from backend.conversation.phone.webhooks import AnsweredAlready, Webhooks
from backend.conversation.sessions import NewSession, Party, Sessions
from backend.conversation.turns.service import Turns
from backend.conversation.turns.types import Draft, HeardTurn
from backend.delivery import Consent
from backend.kernel.clock import HOUR, later
from backend.kernel.errors import RingbackError, Unavailable
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.trust.identity import Identity

EVENT = "sms"
ANSWER_S_MAX = 12.0  # the carrier waits 15 s for an answer
TEXTS_PER_HOUR_MAX = 60  # of one number: two machines that answer each other must come to an end
ONLY_WORDS = "I can only read words so far."


class Texts:
    """Takes each text once; whoever said STOP gets no answer."""

    def __init__(  # noqa: PLR0913 - what answering a text takes, each named
        self,
        *,
        database: Database,
        identity: Identity,
        sessions: Sessions,
        turns: Turns,
        webhooks: Webhooks,
        consent: Consent,
        look: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._look = look  # within it everything is read as of one moment
        self._database, self._identity, self._sessions = database, identity, sessions
        self._turns, self._webhooks, self._consent = turns, webhooks, consent

    async def answer(self, text: IncomingText) -> str:
        """Answer a text; its repeat gets the same answer and changes nothing."""
        given = await self._webhooks.answer(text.sid, EVENT)
        if given is not None:
            return given
        try:
            return await self._answer(text)
        except AnsweredAlready:
            return await self._webhooks.answer(text.sid, EVENT) or twiml.messages("")

    async def _answer(self, text: IncomingText) -> str:
        if text.keyword is not None:
            return await self._obey(text, text.keyword)
        if text.is_yes and await self._is_stopped(text):
            return await self._obey(text, Keyword.START)
        if not text.body.strip():
            return await self._reply(text, ONLY_WORDS if text.has_media else "")
        with self._look():  # of all that it reads to its end
            return await self._take_in(text)

    async def _take_in(self, text: IncomingText) -> str:
        """Answer words, as of the moment in which they came."""
        actor = await self._who(text)
        person = await self._identity.resolve_number(text.number)
        async with self._database.transaction() as tx:
            if await self._is_unwanted(tx, text):
                return twiml.messages("")
            party = await self._sessions.thread(
                tx, NewSession(actor=actor, carrier="sms", person=person, remote=text.number)
            )
        if names_pin(text.body, party.pin_digits):
            return await self._reply(text, NEVER_WRITTEN)  # no turn, and in no transcript
        return await self._take(text, party)

    async def _take(self, text: IncomingText, party: Party) -> str:
        async def read(piece: str) -> None:
            del piece  # a text leaves whole

        async def keep_answer(tx: Transaction, draft: Draft) -> None:
            await self._webhooks.keep(tx, text.sid, EVENT, twiml.messages(draft.said))

        heard = HeardTurn(self._turns.new_id(), text.body.strip())
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                record = await self._turns.take(party, heard, read, together=keep_answer)
        except AnsweredAlready:
            raise
        except TimeoutError:
            return twiml.messages(Unavailable.spoken)
        except RingbackError as error:
            # Nothing was kept, so the text may be sent again; the sender is told so.
            return twiml.messages(error.spoken)
        return twiml.messages(record.said)

    async def _obey(self, text: IncomingText, keyword: Keyword) -> str:
        async with self._database.transaction() as tx:
            if keyword is Keyword.STOP:
                await self._consent.stop(tx, text.number)
            elif keyword is Keyword.START:
                await self._consent.start(tx, text.number)
            words = {
                Keyword.STOP: sms.STOPPED,
                Keyword.START: sms.STARTED,
                Keyword.HELP: sms.HELP,
            }
            answer = twiml.messages(words[keyword])
            await self._webhooks.keep(tx, text.sid, EVENT, answer)
        return answer

    async def _reply(self, text: IncomingText, words: str) -> str:
        answer = twiml.messages(words)
        async with self._database.transaction() as tx:
            if await self._is_unwanted(tx, text):
                return twiml.messages("")
            await self._webhooks.keep(tx, text.sid, EVENT, answer)
        return answer

    async def _is_stopped(self, text: IncomingText) -> bool:
        async with self._database.reading() as connection:
            return await self._consent.is_stopped(connection, text.number)

    async def _is_unwanted(self, tx: Transaction, text: IncomingText) -> bool:
        if await self._consent.is_stopped(tx.connection, text.number):
            return True
        since = later(tx.at, -HOUR)
        said = await self._sessions.said_by(tx, "sms", text.number, since=since)
        return said >= TEXTS_PER_HOUR_MAX

    async def _who(self, text: IncomingText) -> Actor:
        """Say who texts: the answer goes to the number itself, so a forger learns nothing."""
        person = await self._identity.resolve_number(text.number)
        if person is None:
            owner = await self._identity.owner()
            return Actor(owner.owner_id, ActorKind.TEXTER, Assurance.STRANGER)
        return Actor(
            owner_id=person.owner_id,
            kind=ActorKind.TEXTER,
            assurance=Assurance.REPLYABLE,
            role=person.role,
            person_id=person.id,
            name=person.name,
        )
