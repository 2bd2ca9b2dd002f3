"""An instance of its own, whose memory is moved."""

import hashlib
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select

from backend.compose import Parts
from backend.kernel.clock import DAY, Instant
from backend.kernel.people import Assurance, Person
from backend.main import create_app
from backend.memory import NewMessage
from backend.platform.home import Home
from backend.platform.jobs.runner import JobRunner
from backend.platform.settings import MemorySettings, Settings
from backend.platform.settings.sources import Loaded
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import SCOPES, NewCredential
from workers.registry import handlers, run_limits

Json = Any  # what an instance answers
BEGAN = Instant(1_700_000_000_000_000)
SAID = (
    "I am allergic to peanuts.",
    "I live in Berlin.",
    "My sister is called Anna.",
    "I work as a carpenter.",
    "I love rock climbing.",
    "I moved to Lisbon.",
    "My dog is called Rex.",
)
ASKED = (
    "What am I allergic to?", "Where do I live?", "What is my sister called?",
    "What do I work as?", "rock climbing", "Lisbon", "my dog", "peanuts", "carpenter", "Berlin",
)  # fmt: skip


class House:
    """An instance with its owner."""

    def __init__(self, parts: Parts, app: FastAPI, owner: Person, token: str) -> None:
        self.parts, self.app, self.owner, self.token = parts, app, owner, token

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Knock at a door as the owner."""
        transport = httpx2.ASGITransport(app=self.app)
        bearer = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=bearer, **more)

    async def work(self, *only: str) -> None:
        """Do every job of memory that is due, and what follows from each; or only some."""
        parts = self.parts
        runner = JobRunner(
            parts.jobs, parts.clock, handlers(parts), chance=parts.chance, limits=run_limits(60, 60)
        )
        names = ["memory.import", "memory.embed", "memory.relate", "memory.learn", "memory.mirror"]
        names = list(only) or [*names, "documents.project"]
        while leased := await parts.jobs.lease("a worker", names, 50, 60):
            for job in leased:
                await runner.run(job)

    async def bring(self, content: bytes, **query: str) -> Json:
        """Import a file to its end; return what its job says."""
        answer = await self.ask("POST", "/v1/import", content=content, params=query)
        assert answer.status_code == 202, answer.text
        await self.work()
        job = (await self.ask("GET", f"/v1/jobs/{answer.json()['job_id']}")).json()
        assert job["state"] == "done", job
        return job["result"]

    async def export(self) -> bytes:
        """Take everything along."""
        answer = await self.ask("GET", "/v1/export")
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["content-length"]) == len(answer.content)
        return answer.content

    async def say(self, *said: str) -> None:
        """Say things a day apart, and have them learnt."""
        for day, words in enumerate(said):
            at = Instant(BEGAN + day * DAY)
            message = NewMessage(
                owner_id=self.owner.owner_id, text=words, speaker=self.owner.name, role="person",
                assurance=Assurance.HELD, said_at=at, channel="talk",
            )  # fmt: skip
            async with self.parts.database.transaction() as tx:
                await self.parts.memory.keep(tx, [message])
            await self.work()

    async def answers(self) -> list[Json]:
        """Return what is found and held, as somebody who asks sees it."""
        found: list[Json] = []
        for query in ASKED:
            body = {"query": query, "k": 5}
            told = (await self.ask("POST", "/v1/memory/search", json=body)).json()["results"]
            found.append([(each["id"], each["text"], each["when"]) for each in told])
            about = await self.parts.facts.about(self.owner.owner_id, "", names=["", "Anna"])
            found.append(about)
        pinned = await self.parts.facts.pinned(self.owner.owner_id, "")
        listed = (await self.ask("GET", "/v1/facts?history=true&limit=200")).json()["facts"]
        told = [(await self.ask("GET", f"/v1/facts/{each['id']}")).json() for each in listed]
        answers = [*found, pinned, told, (await self.ask("GET", "/v1/notes")).json()]
        written = json.dumps(answers, default=str, indent=1)
        normal: list[Json] = json.loads(written.replace(self.owner.id, "OWNER"))  # each has its own
        return normal

    async def count(self, table: Any) -> int:
        """Count an owner's rows."""
        query = select(func.count()).where(table.c.owner_id == self.owner.owner_id)
        async with self.parts.database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())


@asynccontextmanager
async def house_at(database_url: str, folder: Path) -> AsyncIterator[House]:
    """Open an instance."""
    settings = Settings(
        home=folder,
        database_url=SecretStr(database_url),
        secret_key=SecretStr(b64encode(folder.name.ljust(32).encode()).decode()),
        dummy_engines=True,
        memory=MemorySettings(embedder="hashed"),
    )
    home = Home(folder)
    home.make()
    roles = frozenset({"backend", "workers", "mobile_api", "sync"})
    async with Parts(Loaded(settings, {}), home=home, roles=roles).running() as parts:
        async with parts.database.transaction() as tx:
            owner = await parts.identity.ensure_owner(tx)
            wanted = NewCredential(
                CredentialKind.API, owner.owner_id, person_id=owner.id, scopes=SCOPES, name="t"
            )
            token = (await parts.identity.issue(tx, wanted)).token
        yield House(parts, create_app(parts), owner, token)


def inside(export: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: Mapping[str, bytes]) -> bytes:
    """Return an export of these files, with a manifest that is true of them."""
    manifest = json.loads(files["manifest.json"])
    told = {
        name: {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "rows": content.count(b"\n"),
        }
        for name, content in files.items()
        if name != "manifest.json"
    }
    written = json.dumps(manifest | {"files": told}).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "manifest.json": written}.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(export: bytes, table: str, change: Callable[[list[Json]], list[Json]]) -> bytes:
    """Return an export in which a table has other rows, and nothing tells that it was changed."""
    files = inside(export)
    name = f"data/{table}.jsonl"
    rows = change([json.loads(line) for line in files[name].splitlines()])
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return repacked({**files, name: content})
