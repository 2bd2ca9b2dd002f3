"""Brings what all rooms receive into the log, a few milliseconds' worth in one transaction."""

import asyncio

from sqlalchemy.exc import DBAPIError

from backend.documents import Documents, Submission
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.platform.telemetry.logs import get_logger
from backend.platform.web import CloseCode
from sync.rooms.peer import Farewell, Peer

GATHER_S = 0.005  # one commit, and its wait for the disk, for everybody who writes meanwhile
WAITING_BYTES_MAX = 64 << 20  # of all rooms; beyond it sockets are not read from

_log = get_logger("sync")


class Committer:
    """Collects admitted updates and commits them together."""

    def __init__(self, *, documents: Documents, clock: Clock) -> None:
        self._documents, self._clock = documents, clock
        self._waiting: list[tuple[Submission, Peer]] = []
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def submit(self, submission: Submission, peer: Peer) -> None:
        """Hand over an update; waits only while too much is on its way."""
        self._waiting.append((submission, peer))
        self._waiting_bytes += len(submission.update)
        if self._waiting_bytes > WAITING_BYTES_MAX:
            self._has_room.clear()
        self._news.set()
        await self._has_room.wait()

    async def run(self) -> None:
        """Commit for ever."""
        while True:
            await self._news.wait()
            await self._clock.sleep(GATHER_S)
            self._news.clear()
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            self._has_room.set()
            await self._commit(batch)

    async def _commit(self, batch: list[tuple[Submission, Peer]]) -> None:
        try:
            await self._documents.commit([submission for submission, _ in batch])
        except (RingbackError, DBAPIError) as failure:
            _log.error("commit_failed", updates=len(batch), failure=failure)
            # Devices keep their edits: they come back and give again what we don't have.
            for _, peer in batch:
                peer.end(Farewell(CloseCode.TRY_LATER, "not kept"))
