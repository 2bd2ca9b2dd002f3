"""Who is on a live line: how many may be, and that a withdrawn credential ends its lines."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, RingbackError
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor
from backend.platform.tasks import Supervisor
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
        self._waiting = 0  # sockets that have not said who they are
        self._lines: dict[AppLine, str] = {}
        self._is_running = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count a socket of nobody yet, if there is a line left for it."""
        if self._waiting + self._open.total() >= self.limits.sockets:
            raise Busy("All lines are taken.")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

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
