"""A whole instance in this process, with two people who have a row of their own in every table.

The rows are made from the tables themselves: a new table is filled without anybody thinking of it,
and a new column that points somewhere fails until it is said where.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
)

from backend.compose import Parts
from backend.kernel.people import Person
from backend.main import create_app
from backend.memory.short_term.packing import packed
from backend.platform.database import search
from backend.platform.database.tables import metadata
from backend.platform.home import Home
from backend.platform.jobs.runner import JobRunner
from backend.platform.settings import MemorySettings, Settings
from backend.platform.settings.sources import Loaded
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import PERSONAL_SCOPES, NewCredential
from workers.registry import handlers, run_limits

ROLES = frozenset({"backend", "workers", "mobile_api", "sync"})
SECRET = "plumbago"  # follows the word of each in everything that is theirs; nobody asks for it

MOMENTS = ("_at", "_until", "_from", "_to", "not_before")

# Made by their own rooms, because more than a row stands behind them.
MADE_ELSEWHERE = {
    "people", "credentials", "numbers", "audit", "documents", "document_updates", "sticky_notes",
    "events", "freshness", "tombstones",
}  # fmt: skip
POINTS_AT = {  # column → the table of which it names a row
    "message_id": "messages",
    "conversation_id": "conversations",
    "turn_id": "turns",
    "fact_id": "facts",
    "concept_id": "concepts",
    "subject_id": "concepts",
    "object_id": "concepts",
    "kept_id": "concepts",
    "merged_id": "concepts",
    "delivery_id": "deliveries",
    "source_id": "messages",
    "person_id": "people",
    "trace_id": "",
    "external_id": "",
}
FIXED: Mapping[tuple[str, str], Any] = {  # Any: a column's value
    ("conversations", "carrier"): "phone",
    ("conversations", "direction"): "in",
    ("conversations", "recording"): "",
    ("conversations", "carried_by"): "",
    ("messages", "role"): "person",
    ("messages", "channel"): "phone",
    ("deliveries", "kind"): "text",
    ("deliveries", "state"): "failed",
    ("facts", "said_by"): "owner",
    ("facts", "pin_wish"): "",
    ("facts", "valid_to"): None,
    ("facts", "retracted_at"): None,
    ("facts", "retracted_as"): "",
    ("facts", "superseded_by"): "",
    ("facts", "predicate"): "lives in",
    ("sources", "said_by"): "owner",
    ("sources", "is_withdrawn"): False,
    ("sources", "predicate"): "lives in",
    ("fact_changes", "kind"): "learnt",
    ("merges", "undone_at"): None,
    ("concepts", "kind"): "person",
    ("concepts", "merged_into"): "",
    ("memories", "retracted_at"): None,
    ("forgettings", "state"): "done",
    ("forgettings", "removed"): {},
    ("forgettings", "scanned"): {},
    ("forgettings", "unclear"): {},
    ("forgettings", "wish"): None,
    ("forgettings", "reached"): "",
    ("forgettings", "scope"): {"what": "fact", "id": "x"},
    ("jobs", "name"): "memory.embed",
    ("jobs", "family"): "memory",
    ("jobs", "state"): "dead",
    ("jobs", "error_kind"): "refused",
    ("ai_model_usage", "provider"): "openai",  # a label of the operator's figures
    ("ai_model_usage", "outcome"): "answered",
    ("vectors", "dimension"): 0,
    ("short_term", "kind"): "context",
}


@dataclass
class Resident:
    """Somebody with a memory of their own."""

    person: Person
    word: str  # that nobody else says
    token: str = ""
    rows: dict[str, str] = field(default_factory=dict)  # table → the id of their row

    @property
    def owner_id(self) -> str:
        """Whose rows they are."""
        return self.person.owner_id

    @property
    def said(self) -> str:
        """What stands in everything that is theirs."""
        return f"{self.word} {SECRET}-{self.word}"

    @property
    def secret(self) -> str:
        """What must never be shown to anybody else."""
        return f"{SECRET}-{self.word}"

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Every name by which something of theirs could be asked for."""
        return (*self.rows.values(), self.owner_id, self.person.id)


class House:
    """The instance, its application, and who lives in it."""

    def __init__(self, parts: Parts, app: FastAPI) -> None:
        self.parts, self.app = parts, app
        self.residents: dict[str, Resident] = {}

    async def move_in(self) -> None:
        """Give the owner and a member something in every table."""
        async with self.parts.database.transaction() as tx:
            owner = await self.parts.identity.ensure_owner(tx)
            member = await self.parts.identity.add_person(tx, "Kim", is_member=True)
        for name, person, word in (("owner", owner, "zorblax"), ("member", member, "quimble")):
            resident = self.residents[name] = Resident(person, word)
            await self._furnish(resident)
        await self.work("documents.project")

    async def work(self, *names: str) -> None:
        """Do the jobs of these names that are due, each once."""
        parts = self.parts
        runner = JobRunner(
            parts.jobs,
            parts.clock,
            handlers(parts),
            chance=parts.chance,
            limits=run_limits(60, 60),
        )
        for job in await parts.jobs.lease("a worker", names, 50, 60):
            await runner.run(job)

    async def ask(self, who: Resident, method: str, path: str, **more: Any) -> httpx2.Response:
        """Knock at a door as somebody."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        bearer = {"Authorization": f"Bearer {who.token}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=bearer, **more)

    async def belongings(self, of: Resident) -> dict[str, list[str]]:
        """Return every row of somebody, whatever its table."""
        found: dict[str, list[str]] = {}
        async with self.parts.database.reading() as connection:
            for table in owned_tables():
                query = select(table).where(table.c.owner_id == of.owner_id)
                rows = [shown(dict(row._mapping)) for row in await connection.execute(query)]
                found[table.name] = sorted(rows)
        return found

    async def mixed(self, one: Resident, other: Resident) -> list[str]:
        """Return the rows of one in which something of the other stands."""
        theirs = (other.word, *other.identifiers)
        return [
            f"{table}: {row}"
            for table, rows in (await self.belongings(one)).items()
            for row in rows
            if any(word in row for word in theirs)
        ]

    async def _furnish(self, resident: Resident) -> None:
        ids = self.parts.ids
        resident.rows = {"people": resident.person.id} | {
            table.name: ids.new() for table in filled_tables()
        }
        wanted = NewCredential(
            CredentialKind.API,
            resident.person.owner_id,
            person_id=resident.person.id,
            scopes=PERSONAL_SCOPES,
            name=resident.said,
        )
        async with self.parts.database.transaction() as tx:
            issued = await self.parts.identity.issue(tx, wanted)
            for table in filled_tables():
                await tx.execute(insert(table).values(row_of(table, resident, tx.at)))
            await search.index(tx, resident.rows["messages"], resident.owner_id, "", resident.said)
        resident.token = issued.token
        resident.rows["credentials"] = issued.id
        noted = await self.ask(resident, "POST", "/v1/notes", json={"text": resident.said})
        resident.rows["sticky_notes"] = noted.json()["id"]


@asynccontextmanager
async def house_at(database_url: str, folder: Path) -> AsyncIterator[House]:
    """Open a whole instance, with everybody in it."""
    settings = Settings(
        home=folder,
        database_url=SecretStr(database_url),
        secret_key=SecretStr("c2NvcGVzIG9mIHR3byBwZW9wbGUgaW4gb25lIGhvdXNl"),
        dummy_engines=True,
        memory=MemorySettings(embedder="hashed"),
    )
    home = Home(folder)
    home.make()
    async with Parts(Loaded(settings, {}), home=home, roles=ROLES).running() as parts:
        house = House(parts, create_app(parts))
        await house.move_in()
        yield house


def owned_tables() -> Iterator[Table]:
    """Yield every table whose rows are somebody's."""
    return (table for table in metadata.sorted_tables if "owner_id" in table.c)


def filled_tables() -> list[Table]:
    """Return those that are filled here."""
    return [table for table in owned_tables() if table.name not in MADE_ELSEWHERE]


def row_of(table: Table, resident: Resident, at: int) -> dict[str, Any]:  # Any: columns' values
    """Return somebody's row of a table."""
    return {column.name: _value(table, column, resident, at) for column in table.c}


def _value(table: Table, column: Column[Any], resident: Resident, at: int) -> Any:
    name = column.name
    if (table.name, name) in FIXED:
        return FIXED[table.name, name]
    if name.endswith("_id") and name != "owner_id":
        pointed = POINTS_AT[name]  # a new column: say which table it points at
        return resident.rows[pointed] if pointed else f"{name} {resident.said}"
    named = {"owner_id": resident.owner_id, "id": resident.rows[table.name], "namespace": ""}
    named |= {"assurance": "held"}
    if name in named:
        return named[name]
    if isinstance(column.type, BigInteger) and (name == "at" or name.endswith(MOMENTS)):
        return at
    if isinstance(column.type, LargeBinary):
        return packed(resident.said) if table.name == "short_term" else b""
    plain: Mapping[type, object] = {
        JSON: {"said": resident.said},
        Boolean: True,
        Float: 1.0,
        Integer: 1,
    }
    words = f"{name} {resident.said}"
    return next((value for kind, value in plain.items() if isinstance(column.type, kind)), words)


def shown(row: Mapping[str, Any]) -> str:
    """Return a row as text in which words can be looked for."""
    return json.dumps(
        {
            name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            for name, value in row.items()
        },
        default=str,
    )
