"""Piper, a natural voice, in a process of its own that is started again when it dies."""

import asyncio
import contextlib
import importlib.util
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

from backend.conversation.speaking.engines.piper_frames import Kind, Unpacker, packed
from backend.kernel.audio import Sound
from backend.kernel.errors import NotConfigured, TooLarge, Unavailable
from backend.platform.weights import CATALOGUE, Weights

# Where our own packages lie: the child finds them wherever we were started from.
ROOT = Path(__file__).parents[4]
CHILD_MODULE = "backend.conversation.speaking.engines.piper_child"
READY_S_MAX = 60.0
# A phrase takes a third of a second; others may wait before it. Then the next voice must speak.
ANSWER_S_MAX = 5.0
STOP_S_MAX = 2.0
TEXT_LETTERS_MAX = 4_000
MODEL_SUFFIX = ".onnx"


class Piper:
    """One voice for all calls: requests are spoken in the order of asking."""

    def __init__(
        self,
        weights: Weights,
        *,
        voice: str = "piper-joe",
        threads: int = 1,
        answer_s: float = ANSWER_S_MAX,
    ) -> None:
        self._weights, self._voice, self._threads = weights, voice, threads
        self._answer_s = answer_s
        self._starting = asyncio.Lock()
        self._process: _Process | None = None
        self._request = 0

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return self._voice

    @property
    def process_id(self) -> int | None:
        """Which process speaks, when one runs."""
        if self._process is None or self._process.is_dead:
            return None
        return self._process.process_id

    async def warm(self) -> None:
        """Start the process and let it speak a word: the first run is the slowest."""
        async for _ in self.speak("Hello."):
            pass

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase, piece by piece; closing it stops the work."""
        if len(text) > TEXT_LETTERS_MAX:
            raise TooLarge("The phrase is too long to be spoken.")
        process = await self._running()
        self._request += 1
        request = self._request
        pieces = process.ask(request, text)
        is_over = False
        try:
            while True:
                try:
                    async with asyncio.timeout(self._answer_s):
                        piece = await pieces.get()
                except TimeoutError as silence:
                    is_over = True
                    await process.stop()  # it hangs: the next phrase gets a fresh one
                    raise Unavailable("Piper does not answer.") from silence
                if piece is None:
                    is_over = True
                    return
                if isinstance(piece, Unavailable):
                    is_over = True
                    raise piece
                yield piece
        finally:
            process.forget(request, is_over=is_over)

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            await self._process.stop()
            self._process = None

    async def _running(self) -> "_Process":
        async with self._starting:
            if self._process is None or self._process.is_dead:
                self._process = await self._start()
            return self._process

    async def _start(self) -> "_Process":
        if importlib.util.find_spec("piper") is None:
            raise NotConfigured("Piper is not installed.", cure="pip install 'ringback[voice]'")
        folder = await self._weights.ensure(self._voice)
        model = folder / next(
            file.name for file in CATALOGUE[self._voice].files if file.name.endswith(MODEL_SUFFIX)
        )
        return await _Process.start(model, self._threads)


class _Process(asyncio.SubprocessProtocol):
    """The running child; its callbacks hand sound to whoever asked for it, without any task."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[int] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._rate_hz = 0
        self._unpacker = Unpacker()
        # Bounded by the length of a phrase: nobody may ask for more than one at a time.
        self._asked: dict[int, asyncio.Queue[Sound | Unavailable | None]] = {}
        self._transport: asyncio.SubprocessTransport | None = None

    @classmethod
    async def start(cls, model: Path, threads: int) -> "_Process":
        """Start the child and wait until it can speak."""
        transport, process = await asyncio.get_running_loop().subprocess_exec(
            cls,
            *(sys.executable, "-m", CHILD_MODULE, str(model), str(threads)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        process._transport = transport
        try:
            async with asyncio.timeout(READY_S_MAX):
                process._rate_hz = await process._ready
        except BaseException as failure:
            await process.stop()
            if isinstance(failure, TimeoutError):
                raise Unavailable("Piper did not start in time.") from failure
            raise
        return process

    @property
    def process_id(self) -> int | None:
        """Return the child's process id."""
        return self._transport.get_pid() if self._transport else None

    @property
    def is_dead(self) -> bool:
        """Whether it can't be asked any more."""
        return self._ended.done()

    def ask(self, request: int, text: str) -> asyncio.Queue[Sound | Unavailable | None]:
        """Have a text spoken; its sound comes to the queue, and nothing at its end."""
        pieces: asyncio.Queue[Sound | Unavailable | None] = asyncio.Queue()
        self._asked[request] = pieces
        self._write(packed(Kind.SPEAK, request, text.encode()))
        return pieces

    def forget(self, request: int, *, is_over: bool) -> None:
        """Stop listening to a request, and stop its work when it goes on."""
        self._asked.pop(request, None)
        if not is_over:
            self._write(packed(Kind.CANCEL, request))

    async def stop(self) -> None:
        """End the child, gently first."""
        if self._transport is None or self._ended.done():
            return
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await asyncio.shield(self._ended)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._transport.kill()
            await self._ended
        self._transport.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Hand frames to those who wait for them."""
        try:
            frames = self._unpacker.feed(data)
        except ValueError:
            if self._transport is not None:
                self._transport.kill()
            return
        for kind, request, payload in frames:
            self._received(kind, request, payload)

    def process_exited(self) -> None:
        """Tell everybody who waits that no more will come."""
        if not self._ended.done():
            self._ended.set_result(None)
        gone = Unavailable("Piper's process ended.")
        if not self._ready.done():
            self._ready.set_exception(gone)
        for pieces in self._asked.values():
            pieces.put_nowait(gone)

    def _received(self, kind: Kind, request: int, payload: bytes) -> None:
        if kind is Kind.READY and not self._ready.done():
            self._ready.set_result(int(payload))
        pieces = self._asked.get(request)
        if pieces is None:  # cancelled meanwhile
            return
        if kind is Kind.SOUND:
            pieces.put_nowait(Sound(payload, self._rate_hz))
        elif kind is Kind.DONE:
            pieces.put_nowait(None)
        elif kind is Kind.FAILED:
            pieces.put_nowait(Unavailable(f"Piper failed: {payload.decode(errors='replace')}"))

    def _write(self, frame: bytes) -> None:
        if self._transport is None or self._ended.done():
            return
        # Not every loop's transport derives from the class that the library's types name.
        stdin = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if stdin is not None and not stdin.is_closing():
            stdin.write(frame)
