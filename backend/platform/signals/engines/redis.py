"""Signals between processes, by Redis; what Redis loses is made good by looking at the truth."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from backend.kernel.errors import Unavailable
from backend.platform.health import Check
from backend.platform.signals.board import Board
from backend.platform.tasks import Supervisor

PREFIX = "ringback:signal:"
ANSWER_S = 5.0  # the longest that Redis may take to answer anything
QUIET_S = 10.0  # after so long without a message we ask whether Redis is still there
OUTBOX_MAX = 1024

_CURE = "check REDIS_URL and its server"


class RedisSignals:
    """Wakes listeners of this process at once, and those of others through Redis."""

    def __init__(
        self,
        url: str,
        *,
        supervisor: Supervisor,
        quiet_s: float = QUIET_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._quiet_s, self._answer_s = quiet_s, answer_s
        self._redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=answer_s,
            socket_keepalive=True,
        )
        self._supervisor = supervisor
        self._board = Board()
        self._self = uuid.uuid4().hex  # marks our own signals: they were delivered already
        self._outbox: deque[tuple[str, str]] = deque(maxlen=OUTBOX_MAX)
        self._has_post = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to carry; while Redis is away only this process is woken."""
        self._tasks = [
            self._supervisor.keep("signals.listen", self._listen),
            self._supervisor.keep("signals.send", self._send),
        ]

    async def stop(self) -> None:
        """Carry no more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._board.close()
        await self._redis.aclose()

    async def check(self) -> Check:
        """Say whether Redis answers."""
        try:
            async with asyncio.timeout(self._answer_s):
                await self._redis.ping()
        except (RedisError, OSError) as failure:
            kind = type(failure).__name__
            return Check(ok=False, detail=f"Redis does not answer ({kind})", cure=_CURE)
        return Check(ok=True, detail="redis")

    def publish(self, topic: str, message: str = "") -> None:
        """Wake the topic's listeners here and everywhere."""
        self._board.tell(topic, message)
        self._outbox.append((topic, message))
        self._has_post.set()

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """Listen to a topic."""
        with self._board.subscriber(topic) as subscriber:
            yield subscriber.messages()

    async def _send(self) -> None:
        while True:
            await self._has_post.wait()
            self._has_post.clear()
            while self._outbox:
                topic, message = self._outbox.popleft()
                async with asyncio.timeout(self._answer_s):
                    await self._redis.publish(PREFIX + topic, f"{self._self}\n{message}")

    async def _listen(self) -> None:
        async with self._redis.pubsub() as line:
            async with asyncio.timeout(self._answer_s):
                await line.psubscribe(PREFIX + "*")
            # Whatever was signalled while we were away is lost: everybody looks for themselves.
            self._board.wake_all()
            while True:
                self._deliver(await self._next(line))

    async def _next(self, line: PubSub) -> dict[str, Any]:  # Any: the driver's own shape
        message = await line.get_message(timeout=self._quiet_s)
        if message is None:
            # A frozen server keeps its socket open: only a question tells.
            await line.ping()
            message = await line.get_message(timeout=self._answer_s)
            if message is None:
                raise Unavailable("Redis does not answer.", cure=_CURE)
        return dict(message)

    def _deliver(self, message: dict[str, Any]) -> None:  # Any: the driver's own shape
        if message["type"] != "pmessage":
            return
        sender, _, words = str(message["data"]).partition("\n")
        if sender != self._self:
            self._board.tell(str(message["channel"]).removeprefix(PREFIX), words)
