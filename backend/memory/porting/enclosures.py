"""Brings what lies beside the rows of an export: shared documents and the sound of calls."""

import zipfile
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select

from backend.documents import Documents
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.memory.porting import archives
from backend.memory.porting.export import Recordings
from backend.memory.porting.standing import CalledOff, Imports, Standing
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations

ENCLOSURES = "enclosures"
PIECE_BYTES = 1 << 20
WAV_HEAD_BYTES = 58  # as our recorder writes it


class Enclosures:
    """Writes documents and recordings, each with the progress of its import."""

    def __init__(
        self,
        *,
        database: Database,
        documents: Documents,
        recordings: Recordings,
        imports: Imports,
        compute: Compute,
    ) -> None:
        self._database, self._documents = database, documents
        self._recordings, self._imports, self._compute = recordings, imports, compute

    async def bring(self, standing: Standing, archive: zipfile.ZipFile, path: str) -> None:
        """Bring one file of an archive; what is neither a document nor a recording is none."""
        if path.endswith(".yjs"):
            await self._document(standing, archive, path)
        elif path.endswith(".wav"):
            await self._recording(standing, archive, path)

    async def _document(self, standing: Standing, archive: zipfile.ZipFile, path: str) -> None:
        name, update = await self._compute.run(archives.document_in, archive, path)
        # The owner themselves, whichever way the file came: a merge of edits, as a device sends it.
        actor = Actor(standing.owner_id, ActorKind.API, Assurance.HELD)
        async with self._imports.step(standing, ENCLOSURES, 1) as tx:
            is_new = await self._documents.merge(tx, standing.owner_id, name, actor, update)
            standing.brought.add("documents", int(is_new))
            standing.brought.known += int(not is_new)

    async def _recording(self, standing: Standing, archive: zipfile.ZipFile, path: str) -> None:
        conversation_id = archives.call_of(path)
        mine = (
            conversations.c.id == conversation_id,
            conversations.c.owner_id == standing.owner_id,
        )
        query = select(conversations.c.id).where(*mine, conversations.c.recording == "")
        async with self._database.reading() as connection:
            is_wanted = (await connection.execute(query)).first() is not None
        key = ""
        if is_wanted:  # else it is here, or its call is not ours
            sound = _sound(archive, path, self._compute)
            key = await self._recordings.keep(conversation_id, sound)
        standing.brought.add("recordings", int(bool(key)))
        try:
            async with self._imports.step(standing, ENCLOSURES, 1) as tx:
                if key:
                    await tx.execute(conversations.update().where(*mine).values(recording=key))
        except CalledOff:
            if key:
                await self._recordings.drop(key)
            raise


async def _sound(archive: zipfile.ZipFile, path: str, compute: Compute) -> AsyncIterator[bytes]:
    """Yield a recording's samples, without the head that its file has."""
    stream: Any = archive.open(path)  # Any: typed as IO[bytes]
    with stream:
        await compute.run(stream.read, WAV_HEAD_BYTES)
        while piece := await compute.run(stream.read, PIECE_BYTES):
            yield piece
