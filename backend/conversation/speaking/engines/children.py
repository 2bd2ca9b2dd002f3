"""Processes that speak for all calls: asked in parallel, watched, and started again when they die.

A process is killed when it hangs, whoever waits for it is told at once, and the next one is on its
way before anybody asks for it.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import cast

from backend.conversation.speaking.engines.child_frames import Kind, Unpacker, packed, read_words
from backend.kernel.audio import Sound, WordEnd
from backend.kernel.errors import Busy, RingbackError, TooLarge, Unavailable
from backend.platform.tasks import Supervisor

# Where our own packages lie: the child finds them wherever we were started from.
ROOT = Path(__file__).parents[4]
READY_S_MAX = 60.0
# A stretch of speech takes seconds at most, on a busy machine: a child that is silent longer hangs.
SILENCE_S_MAX = 10.0
STOP_S_MAX = 2.0
TEXT_LETTERS_MAX = 4_000
WAITING_MAX = 64  # requests of one process: more would come too late for every one of them
LIVED_S_MIN = 5.0  # who dies younger is started again only when somebody asks

Piece = Sound | RingbackError | None
Prepare = Callable[[], Awaitable[tuple[str, ...]]]


class Children:
    """Some processes of one kind; each request goes to the one with the least to do."""

    def __init__(
        self,
        title: str,
        prepare: Prepare,
        *,
        count: int = 1,
        silence_s: float = SILENCE_S_MAX,
    ) -> None:
        self._title, self._prepare = title, prepare  # prepare returns what follows `python -m`
        self._count, self._silence_s = count, silence_s
        self._processes: list[SpeechProcess] = []
        self._tasks = Supervisor()
        self._starting: asyncio.Task[RingbackError | None] | None = None
        self._is_closed = False

    @property
    def process_ids(self) -> list[int]:
        """Which processes speak."""
        return [process.process_id for process in self._alive()]

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a text, piece by piece; closing it stops the work."""
        if len(text) > TEXT_LETTERS_MAX:
            raise TooLarge("The phrase is too long to be spoken.")
        process = await self._free_one()
        request, pieces = process.ask(text)
        is_over = False
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, RingbackError):
                    is_over = True
                    raise piece
                yield piece
            is_over = True
        finally:
            process.forget(request, is_over=is_over)

    async def close(self) -> None:
        """End the processes; they start again when somebody speaks."""
        self._is_closed = True
        await self._tasks.stop()
        self._tasks, self._starting = Supervisor(), None
        processes, self._processes = self._processes, []
        for process in processes:
            await process.stop()

    # ── the processes ────────────────────────────────────────────────────────────────────────
    def _alive(self) -> list["SpeechProcess"]:
        self._processes = [process for process in self._processes if not process.is_dead]
        return self._processes

    async def _free_one(self) -> "SpeechProcess":
        self._is_closed = False
        alive = self._alive()
        starting = self._start_missing()
        if not alive and starting is not None:
            # Whoever stops waiting leaves the start alone: the next one finds it further on.
            failure = await asyncio.shield(starting)
            if failure is not None:
                raise failure
        alive = self._alive()
        if not alive:
            raise Unavailable(f"{self._title}'s process ended.")
        return min(alive, key=lambda process: process.waiting)

    def _start_missing(self) -> asyncio.Task[RingbackError | None] | None:
        if len(self._alive()) >= self._count:
            return None
        if self._starting is None or self._starting.done():
            self._starting = self._tasks.start(f"start {self._title}", self._start())
        return self._starting

    async def _start(self) -> RingbackError | None:
        """Start one process, or say why there is none: several may wait for the answer."""
        try:
            command = await self._prepare()
            process = await SpeechProcess.start(
                self._title, command, silence_s=self._silence_s, on_death=self._died
            )
        except RingbackError as failure:
            return failure
        self._processes.append(process)
        return None

    def _died(self, lived_s: float) -> None:
        # One that dies while the others are ended would leave a successor that nobody ends.
        if lived_s >= LIVED_S_MIN and not self._is_closed:
            self._start_missing()


class SpeechProcess(asyncio.SubprocessProtocol):
    """One child; its callbacks hand sound to whoever asked for it, without any task."""

    def __init__(self, title: str, silence_s: float, on_death: Callable[[float], None]) -> None:
        self._title, self._silence_s, self._on_death = title, silence_s, on_death
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[int] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._rate_hz = 0
        self._unpacker = Unpacker()
        # Bounded by the length of a phrase. Nothing: it was cancelled, and the child still owes us
        # the word that it has stopped.
        self._asked: dict[int, asyncio.Queue[Piece] | None] = {}
        self._words: dict[int, tuple[WordEnd, ...]] = {}
        self._requests = 0
        self._transport: asyncio.SubprocessTransport | None = None
        self._started_at = self._heard_at = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._is_stopped = False  # by us
        self._is_hung = False  # and was killed for it

    @classmethod
    async def start(
        cls,
        title: str,
        command: tuple[str, ...],
        *,
        silence_s: float,
        on_death: Callable[[float], None],
    ) -> "SpeechProcess":
        """Start the child and wait until it can speak."""
        try:
            transport, process = await asyncio.get_running_loop().subprocess_exec(
                lambda: cls(title, silence_s, on_death),
                *(sys.executable, "-m", *command),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as failure:  # no memory or no file left
            raise Unavailable(f"{title} can't be started.") from failure
        process._transport = transport
        try:
            async with asyncio.timeout(READY_S_MAX):
                process._rate_hz = await process._ready
        except BaseException as failure:
            await process.stop()
            if isinstance(failure, TimeoutError):
                raise Unavailable(f"{title} did not start in time.") from failure
            raise
        return process

    @property
    def process_id(self) -> int:
        """Return the child's process id."""
        return (self._transport.get_pid() if self._transport else None) or 0

    @property
    def is_dead(self) -> bool:
        """Whether it can't be asked any more."""
        return self._is_stopped or self._ended.done()

    @property
    def waiting(self) -> int:
        """How many requests it has not answered yet."""
        return len(self._asked)

    def ask(self, text: str) -> tuple[int, asyncio.Queue[Piece]]:
        """Have a text spoken; its sound comes to the queue, and nothing at its end."""
        if len(self._asked) >= WAITING_MAX:
            raise Busy(f"Too much waits for {self._title}.")
        pieces: asyncio.Queue[Piece] = asyncio.Queue()
        self._requests += 1
        self._asked[self._requests] = pieces
        self._write(packed(Kind.SPEAK, self._requests, text.encode()))
        if self._watch is None:
            self._heard_at = self._loop.time()
            self._watch = self._loop.call_later(self._silence_s, self._look)
        return self._requests, pieces

    def forget(self, request: int, *, is_over: bool) -> None:
        """Stop listening to a request, and stop its work when it goes on."""
        if is_over:
            self._asked.pop(request, None)
        elif request in self._asked:
            self._asked[request] = None
            self._write(packed(Kind.CANCEL, request))

    async def stop(self) -> None:
        """End the child, gently first."""
        self._is_stopped = True
        if self._transport is None:
            return
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await asyncio.shield(self._ended)
        except TimeoutError:
            self._kill()
            await self._ended
        finally:
            self._transport.close()

    # ── what the child says ──────────────────────────────────────────────────────────────────
    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Hand frames to those who wait for them."""
        self._heard_at = self._loop.time()
        try:
            for kind, request, payload in self._unpacker.feed(data):
                self._received(kind, request, payload)
        except ValueError:  # it is no child of ours any more
            self._kill()

    def process_exited(self) -> None:
        """Tell everybody who waits that no more will come."""
        if not self._ended.done():
            self._ended.set_result(None)
        if self._watch is not None:
            self._watch.cancel()
        why = f": it was silent for {self._silence_s:g} s" if self._is_hung else ""
        gone = Unavailable(f"{self._title}'s process ended{why}.")
        if not self._ready.done():
            self._ready.set_exception(gone)
        for pieces in self._asked.values():
            if pieces is not None:
                pieces.put_nowait(gone)
        self._asked.clear()
        if not self._is_stopped:
            self._on_death(self._loop.time() - self._started_at)

    def _received(self, kind: Kind, request: int, payload: bytes) -> None:
        if request == 0:
            self._begun(kind, payload)
            return
        pieces = self._asked.get(request)
        if kind in (Kind.DONE, Kind.FAILED):
            self._asked.pop(request, None)
            self._words.pop(request, None)
        if pieces is None:  # cancelled meanwhile
            return
        match kind:
            case Kind.WORDS:
                self._words[request] = read_words(payload)
            case Kind.SOUND:
                words = self._words.pop(request, ())
                pieces.put_nowait(Sound(payload, self._rate_hz, words))
            case Kind.DONE:
                pieces.put_nowait(None)
            case Kind.FAILED:
                pieces.put_nowait(Unavailable(f"{self._title} failed: {_text(payload)}"))

    def _begun(self, kind: Kind, payload: bytes) -> None:
        if self._ready.done():
            return
        if kind is Kind.READY:
            self._ready.set_result(int(payload))
        elif kind is Kind.FAILED:
            self._ready.set_exception(Unavailable(f"{self._title} can't begin: {_text(payload)}"))

    def _look(self) -> None:
        """Kill a child that owes an answer and has said nothing for too long."""
        self._watch = None
        if self.is_dead or not self._asked:
            return
        left_s = self._heard_at + self._silence_s - self._loop.time()
        if left_s <= 0:
            self._is_hung = True
            self._kill()
        else:
            self._watch = self._loop.call_later(left_s, self._look)

    def _kill(self) -> None:
        if self._transport is not None:
            with contextlib.suppress(ProcessLookupError):
                self._transport.kill()

    def _write(self, frame: bytes) -> None:
        if self._transport is None or self._ended.done():
            return
        # Not every loop's transport derives from the class that the library's types name.
        stdin = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if stdin is not None and not stdin.is_closing():
            stdin.write(frame)


def _text(payload: bytes) -> str:
    return payload.decode(errors="replace")
