"""Who is on a live line: how many may be, and that a withdrawn credential ends its lines."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from backend.conversation.phone.lasting import LastingLine
from backend.conversation.sessions import Party
from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, RingbackError
from backend.kernel.ids import ConversationId, OwnerId
from backend.kernel.people import Actor
from backend.platform.tasks import Supervisor
from backend.trust.attempts import network_of
from mobile_api.calls.limits import Limits
from mobile_api.calls.line import AppLine


class Credentials(Protocol):
    """What is needed of trust's identity."""

    async def revoked(self, credential_ids: Collection[str]) -> frozenset[str]:
        """Return which of these open nothing any more."""
        ...


class Register:
    """The lines of this process, looked after together: one question for all of them."""

    def __init__(
        self, *, credentials: Credentials, clock: Clock, supervisor: Supervisor, limits: Limits
    ) -> None:
        self.limits = limits
        self._credentials, self._clock, self._supervisor = credentials, clock, supervisor
        self._open: Counter[OwnerId] = Counter()
        self._waiting: Counter[str] = Counter()  # sockets of each address, of nobody yet
        self._kept: dict[ConversationId, tuple[Actor, LastingLine]] = {}
        self._lines: dict[AppLine, str] = {}
        self._is_running = False

    @contextmanager
    def waiting(self, remote: str) -> Iterator[None]:
        """Count a socket of nobody yet, if there is a line left for it.

        One address gets few of them: else somebody who never says hello could take every line.
        """
        network = network_of(remote)
        if self._waiting.total() + self._open.total() >= self.limits.sockets:
            raise Busy("All lines are taken.")
        if self._waiting[network] >= self.limits.strangers_each:
            raise Busy("Too many lines from your address say nothing.")
        self._waiting[network] += 1
        try:
            yield
        finally:
            self._waiting[network] -= 1
            self._waiting += Counter()  # forgets addresses without a line

    @contextmanager
    def keeping(self, party: Party, line: LastingLine) -> Iterator[None]:
        """Know a conversation, so that whoever holds it finds it again after their line broke."""
        self._kept[party.conversation_id] = (party.actor, line)
        try:
            yield
        finally:
            del self._kept[party.conversation_id]

    def kept(self, conversation_id: str, actor: Actor) -> LastingLine | None:
        """Return a conversation of this same person that can go on; nobody else learns of it."""
        whose, line = self._kept.get(ConversationId(conversation_id), (None, None))
        if whose is None or line is None or line.is_over:
            return None
        is_theirs = (whose.owner_id, whose.person_id) == (actor.owner_id, actor.person_id)
        return line if is_theirs and actor.person_id is not None else None

    @contextmanager
    def counting(self, owner_id: OwnerId) -> Iterator[None]:
        """Count a line of somebody, unless they have too many."""
        if self._open[owner_id] >= self.limits.sockets_each:
            raise Busy("Too many lines are open.", cure="Close another page or app first.")
        self._open[owner_id] += 1
        try:
            yield
        finally:
            self._open[owner_id] -= 1
            self._open += Counter()  # forgets owners without a line

    @contextmanager
    def watching(self, line: AppLine, actor: Actor) -> Iterator[None]:
        """End a line when what opened it is withdrawn."""
        if not self._is_running:
            self._is_running = True
            self._supervisor.keep("live check", self._check)
        if actor.credential_id is not None:
            self._lines[line] = actor.credential_id
        try:
            yield
        finally:
            self._lines.pop(line, None)

    async def _check(self) -> None:
        while True:
            await self._clock.sleep(self.limits.check_s)
            with suppress(RingbackError, DBAPIError):  # the next look may succeed
                await self._end_revoked()

    async def _end_revoked(self) -> None:
        held = frozenset(self._lines.values())
        revoked = await self._credentials.revoked(held) if held else frozenset()
        async with asyncio.TaskGroup() as group:  # one that reads nothing makes no other wait
            for line, credential_id in tuple(self._lines.items()):
                if credential_id in revoked:
                    group.create_task(line.turn_away())
