"""All rooms of this process: opened by the first peer, closed after the last."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from backend.documents import Documents
from backend.documents.store import stream_of
from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, RingbackError, Unauthorised
from backend.kernel.ids import OwnerId
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.platform.telemetry.logs import get_logger
from sync.framing import yjs
from sync.rooms.committer import Committer
from sync.rooms.peer import Peer, farewell_of
from sync.rooms.room import Room

_log = get_logger("sync")


@dataclass(frozen=True, slots=True)
class HallLimits:
    """How many may come in, and how often the hall looks after them."""

    sockets_max: int = 512
    sockets_per_owner_max: int = 256
    poll_s: float = 2.0  # looks for what others wrote: signals may be lost
    check_s: float = 5.0  # looks for withdrawn credentials and for silence
    silence_s: float = 15.0  # then a sign of life is sent; clients hang up after 30


class Credentials(Protocol):
    """What is needed of trust's identity."""

    async def revoked(self, credential_ids: Collection[str]) -> frozenset[str]:
        """Return which of these were withdrawn."""
        ...


class Hall:
    """Keeps the rooms and everything that must happen beside them."""

    def __init__(
        self,
        *,
        documents: Documents,
        credentials: Credentials,
        signals: Signals,
        clock: Clock,
        supervisor: Supervisor,
        limits: HallLimits | None = None,
    ) -> None:
        self._documents, self._credentials = documents, credentials
        self._signals, self._clock, self._supervisor = signals, clock, supervisor
        self.limits = limits or HallLimits()
        self._committer = Committer(documents=documents, clock=clock)
        self._rooms: dict[str, Room] = {}
        self._tails: dict[str, asyncio.Task[None]] = {}
        self._is_running = False

    @property
    def peers(self) -> list[Peer]:
        """Return everybody who is in."""
        return [peer for room in self._rooms.values() for peer in room.peers]

    async def enter(self, peer: Peer, name: str) -> Room:
        """Let a peer into the room of its owner's document."""
        self._check_room_for(peer.actor.owner_id)
        self._run()
        document = await self._documents.enter(peer.actor.owner_id, name)
        room = self._rooms.get(document.id)
        if room is None:
            room = Room(document, documents=self._documents, committer=self._committer)
            self._rooms[document.id] = room
            self._tails[document.id] = self._supervisor.keep("sync tail", partial(self._tail, room))
        room.enter(peer)
        return room

    def leave(self, peer: Peer, room: Room) -> None:
        """Let a peer out, and close the room behind the last."""
        room.leave(peer)
        if not room.peers and self._rooms.pop(room.document.id, None) is not None:
            self._tails.pop(room.document.id).cancel()
            room.close()

    # ── beside the rooms ─────────────────────────────────────────────────────────────────────
    def _run(self) -> None:
        if self._is_running:
            return
        self._is_running = True
        self._supervisor.keep("sync commits", self._committer.run)
        self._supervisor.keep("sync poll", self._poll)
        self._supervisor.keep("sync check", self._check)

    async def _tail(self, room: Room) -> None:
        document = room.document
        async with self._signals.subscribe(stream_of(document.id)) as news:
            async for message in news:
                if message.isdigit() and int(message) <= document.cursor:
                    continue  # our own commit, or one that was read with another
                await self._documents.catch_up(document)

    async def _poll(self) -> None:
        while True:
            await self._clock.sleep(self.limits.poll_s)
            opened = [room.document for room in self._rooms.values()]
            with suppress(RingbackError, DBAPIError):  # the next look may succeed
                for document in await self._documents.is_behind(opened) if opened else ():
                    await self._documents.catch_up(document)

    async def _check(self) -> None:
        while True:
            await self._clock.sleep(self.limits.check_s)
            self._give_signs_of_life()
            with suppress(RingbackError, DBAPIError):
                await self._end_revoked()

    def _give_signs_of_life(self) -> None:
        silent_since = self._clock.monotonic() - self.limits.silence_s
        for peer in self.peers:
            if peer.told_at <= silent_since:
                peer.send(yjs.awareness(()))

    async def _end_revoked(self) -> None:
        held = {peer.actor.credential_id for peer in self.peers} - {None}
        if not held:
            return
        revoked = await self._credentials.revoked([one for one in held if one is not None])
        for peer in self.peers:
            if peer.actor.credential_id in revoked:
                peer.end(farewell_of(Unauthorised("This device was removed.")))

    def _check_room_for(self, owner_id: OwnerId) -> None:
        owners = [peer.actor.owner_id for peer in self.peers]
        if len(owners) >= self.limits.sockets_max:
            raise Busy("Too many devices are connected.")
        if owners.count(owner_id) >= self.limits.sockets_per_owner_max:
            raise Busy("Too many of your devices are connected.")
