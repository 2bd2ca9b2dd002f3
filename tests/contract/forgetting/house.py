"""A house that remembers and forgets: every room as it is composed, without doors and voices."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Table, insert, select, text

from backend.compose.forgetting import Forgetful
from backend.documents.schemas.notes import DOCUMENT, add_note
from backend.kernel.clock import Instant
from backend.kernel.forgetting import Kind, OneThing, Scope, Target, What
from backend.kernel.ids import ConversationId, MessageId, OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance, Person
from backend.memory import NewMemory, NewMessage
from backend.memory.facts.types import FactSource, ReadFact, SaidBy
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import (
    ai_model_usage,
    conversations,
    deliveries,
    metadata,
    short_term,
    turns,
    vault,
    webhooks,
)
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import Outcome, SealedTombstones
from backend.platform.home import Home
from backend.platform.settings import load_settings
from backend.platform.web import install_error_handlers
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import NewCredential

OWNER = OwnerId("019a0000-0000-7000-8000-000000000001")
OTHER = OwnerId("019a0000-0000-7000-8000-000000000002")
MINUTE = 60_000_000
BEGAN = 1_780_000_000_000_000


class House:
    """One instance over a database, with an owner who says things."""

    def __init__(self, folder: Path, database_url: str, settings: Mapping[str, str]) -> None:
        self.home = Home(folder / "home")
        given = {
            "DATABASE_URL": database_url,
            "RINGBACK_HOME": str(self.home.path),
            "RINGBACK_SECRET_KEY": "k" * 32,
            "RINGBACK_MEMORY__EMBEDDER": "hashed",
            **settings,
        }
        self.parts = Forgetful(load_settings({}, given), home=self.home, roles=frozenset())
        self.said = 0

    async def start(self) -> None:
        self.home.make()
        await self.parts.database.start()
        await migrate(self.parts.database)
        await self.parts.signals.start()
        await self.parts.objects.start()
        await self.parts.keyrings.ensure()

    async def stop(self) -> None:
        await self.parts.objects.stop()
        await self.parts.signals.stop()
        await self.parts.database.stop()
        self.parts.compute.close()

    # ── saying ───────────────────────────────────────────────────────────────────────────────
    async def turn(  # noqa: PLR0913 - what may be said, each named
        self,
        words: str,
        answer: str = "I will keep that in mind.",
        *,
        facts: Sequence[ReadFact] = (),
        conversation: str = "",
        owner: OwnerId = OWNER,
        carrier: str = "phone",
        note: str = "",
        is_recallable: bool = True,
    ) -> dict[str, str]:
        """Say something and be answered, with everything that a turn may leave behind."""
        parts, self.said = self.parts, self.said + 1
        at = Instant(BEGAN + self.said * 10 * MINUTE)
        ids = {name: parts.ids.new() for name in ("turn", "heard", "answer", "memory")}
        ids["conversation"] = conversation or parts.ids.new()
        async with parts.database.transaction() as tx:
            if not conversation:
                await _add(
                    tx, conversations, _conversation(ids["conversation"], owner, at, carrier)
                )
            heard = NewMessage(
                id=MessageId(ids["heard"]), owner_id=owner, text=words, speaker="Sam",
                role="person", assurance=Assurance.HELD, said_at=at, channel=carrier,
                is_recallable=is_recallable, turn_id=ids["turn"],
                conversation_id=ids["conversation"],
            )  # fmt: skip
            told = NewMessage(
                id=MessageId(ids["answer"]), owner_id=owner, text=answer, speaker="Ringback",
                role="companion", assurance=Assurance.HELD, said_at=Instant(at + 2_000_000),
                channel=carrier, is_recallable=False, turn_id=ids["turn"],
                conversation_id=ids["conversation"],
            )  # fmt: skip
            await parts.memory.keep(tx, [heard, told])
            if note:
                await self._note(tx, owner, note, Instant(at + 2_000_000))
            await self._leave(tx, ids, owner, words, at)
            if facts:
                source = FactSource(
                    owner_id=owner,
                    message_id=MessageId(ids["heard"]),
                    speaker="Sam",
                    said_by=SaidBy.OWNER,
                    assurance=Assurance.HELD,
                    channel=carrier,
                    said_at=at,
                    conversation_id=ConversationId(ids["conversation"]),
                )
                await parts.facts.believe(tx, facts, source)
        await self.work()
        return ids

    async def _leave(
        self, tx: Transaction, ids: Mapping[str, str], owner: OwnerId, words: str, at: Instant
    ) -> None:
        parts = self.parts
        await parts.memory.remember(
            tx, NewMemory(owner, words, MessageId(ids["heard"]), Assurance.HELD, at)
        )
        for table, values in _left_behind(ids, words, at):
            named = {"id": parts.ids.new(), "owner_id": owner}
            fitting = {name: value for name, value in named.items() if name in table.c}
            await _add(tx, table, fitting | values)
        sealed = parts.keys.seal("vault", words.encode())
        secret = {"kind": "password", "message_id": ids["heard"], "sealed": sealed, "at": at}
        await _add(tx, vault, {"id": parts.ids.new(), "owner_id": owner} | secret)

    async def _note(self, tx: Transaction, owner: OwnerId, text: str, at: Instant) -> None:
        identifier = self.parts.ids.new()
        await self.parts.documents.edit(
            tx, owner, DOCUMENT, actor_of(owner), lambda doc: add_note(doc, identifier, text, at)
        )

    async def record(self, conversation_id: str) -> str:
        """Keep a call's sound."""
        key = f"recordings/{conversation_id}"
        for piece in range(2):
            await self.parts.objects.put(f"{key}/{piece:06}.sealed", b"sealed sound")
        async with self.parts.database.transaction() as tx:
            await tx.execute(
                conversations.update()
                .where(conversations.c.id == conversation_id)
                .values(recording=key)
            )
        return key

    async def late_update(self, name: str, update: bytes) -> None:
        """Have a device send what it knew before."""
        await self.parts.documents.append(OWNER, name, [update], actor_of(OWNER))

    # ── forgetting ───────────────────────────────────────────────────────────────────────────
    async def forget(self, what: What, owner: OwnerId = OWNER) -> Outcome:
        """Forget in one transaction; the job has yet to run."""
        async with self.parts.database.transaction() as tx:
            return await self.parts.forgetting.forget(tx, Scope(owner, what), actor="test")

    async def forget_all(self, what: What, owner: OwnerId = OWNER) -> Outcome:
        """Forget, and do what the job does."""
        outcome = await self.forget(what, owner)
        await self.carry_out(outcome.id)
        return outcome

    def sealed(self) -> SealedTombstones:
        return SealedTombstones(self.parts.objects, lambda: self.parts.keys)

    async def carry_out(self, forgetting_id: str) -> None:
        await self.parts.carrying.carry_out(forgetting_id, _nothing)

    async def work(self) -> None:
        """Do what follows from what was said, as the workers do."""
        parts = self.parts
        for document_id in await parts.documents.projected_ids():
            found = await parts.documents.projection(document_id)
            async with parts.database.transaction() as tx:
                await parts.documents.project(tx, found)
        async with parts.database.reading() as connection:
            messages = metadata.tables["messages"]
            query = select(messages.c.id).where(messages.c.is_recallable)
            known = list((await connection.execute(query)).scalars())
        if known:
            await parts.memory.embed_messages(known, _nothing)
            await parts.memory.relate_messages(known, _nothing)

    # ── looking ──────────────────────────────────────────────────────────────────────────────
    async def rows(self, name: str) -> list[dict[str, Any]]:
        table = metadata.tables[name]
        async with self.parts.database.reading() as connection:
            return [dict(row) for row in (await connection.execute(select(table))).mappings()]

    async def insert(self, name: str, *rows: Mapping[str, Any]) -> None:
        async with self.parts.database.transaction() as tx:
            await tx.execute(insert(metadata.tables[name]), rows)

    async def execute(self, statement: str) -> None:
        async with self.parts.database.transaction() as tx:
            await tx.execute(text(statement))

    async def tables_with(self, word: str) -> set[str]:
        """Return the tables in which a word stands, as bytes or as text."""
        found = set()
        for name in metadata.tables:
            for row in await self.rows(name):
                if word.lower() in _flat(row.values()).lower():
                    found.add(name)
        return found

    def files_with(self, word: str) -> set[str]:
        """Return the files of the home and around it in which a word stands, in any encoding."""
        spellings = [word.encode(), word.upper().encode(), word.title().encode()]
        return {
            str(file.relative_to(self.home.path.parent))
            for file in self.home.path.parent.rglob("*")
            if file.is_file() and any(each in file.read_bytes() for each in spellings)
        }


def actor_of(owner: OwnerId) -> Actor:
    return Actor(owner, ActorKind.SESSION, Assurance.HELD)


def one(kind: Kind, id_: str) -> OneThing:
    return OneThing(Target(kind, id_))


def fact(
    statement: str, predicate: str = "lives in", *, subject: str = "", **more: Any
) -> ReadFact:
    told = statement.rstrip(".").rsplit(maxsplit=1)[-1]
    return ReadFact(subject, predicate, told, statement, statement, 0.9, **more)


async def _nothing(tx: Transaction, result: Mapping[str, Any]) -> None:
    """End nothing: there is no job."""


async def _add(tx: Transaction, table: Table, values: Mapping[str, Any]) -> None:
    await tx.execute(insert(table).values(**values))


def _conversation(id_: str, owner: OwnerId, at: int, carrier: str) -> dict[str, Any]:
    return {
        "id": id_,
        "owner_id": owner,
        "person_id": owner,
        "carrier": carrier,
        "remote": "+15005550006",
        "assurance": "held",
        "started_at": at,
        "ended_at": at + MINUTE,
        "ended_by": "caller",
    }


def _left_behind(ids: Mapping[str, str], words: str, at: int) -> list[tuple[Table, dict[str, Any]]]:
    """Return the rows that a turn leaves in other rooms."""
    answered = at + 2_000_000
    turn = {
        "id": ids["turn"], "conversation_id": ids["conversation"], "engine": "offline",
        "timeline": {"commit": [0, 1]}, "started_at": at, "ended_at": answered,
    }  # fmt: skip
    webhook = {
        "sid": f"SM{ids['turn']}", "event": "sms", "at": answered,
        "answer": f"<Response><Message>You said: {words}</Message></Response>",
    }  # fmt: skip
    usage = {
        "turn_id": ids["turn"], "provider": "dummy", "model": "dummy", "tokens_in": 1,
        "tokens_out": 1, "cost_micros": 1, "outcome": "answered", "at": at,
    }  # fmt: skip
    in_mind = {
        "kind": "context", "source_id": ids["heard"], "text": words.encode(), "priority": 1.0,
        "used_at": at, "at": at,
    }  # fmt: skip
    sent = {
        "kind": "text", "number": "+15005550006", "body": words, "cause": f"rest:{ids['turn']}",
        "state": "delivered", "details": {"voicemail": words, "sent": [[at, 0]]},
        "not_before": at, "created_at": at, "updated_at": at,
    }  # fmt: skip
    return [
        (turns, turn), (webhooks, webhook), (ai_model_usage, usage), (short_term, in_mind),
        (deliveries, sent),
    ]  # fmt: skip


def _flat(values: Any) -> str:
    return " ".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values
    )


@asynccontextmanager
async def at_door(
    house: House,
    door: APIRouter,
    person: Person,
    *,
    kind: CredentialKind = CredentialKind.CLI,
    scopes: Collection[str] = ("*",),
) -> AsyncIterator[AsyncClient]:
    """Let somebody knock at one of the house's doors, with a credential of their own."""
    parts, app = house.parts, FastAPI()
    install_error_handlers(app)
    app.include_router(door)
    wanted = NewCredential(kind, person.owner_id, person_id=person.id, scopes=frozenset(scopes))
    async with parts.database.transaction() as tx:
        issued = await parts.identity.issue(tx, wanted)
    async with AsyncClient(
        transport=ASGITransport(app),
        base_url="http://127.0.0.1:7464",
        headers={"Authorization": f"Bearer {issued.token}"},
    ) as client:
        yield client
