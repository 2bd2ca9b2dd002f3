"""Serves an instance until it is told to stop: the part of `ringback up` that is heavy to load."""

import asyncio
import gc
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Protocol

import uvicorn
from fastapi import FastAPI

from backend.cli.connections import bounded
from backend.cli.output import show_json, show_lines
from backend.cli.sockets import QuickSocket
from backend.kernel.errors import Conflict, Invalid
from backend.platform.home import Home
from backend.platform.settings import Settings
from backend.platform.settings.sources import Loaded
from backend.platform.telemetry.logs import configure_logs

STOP_S_MAX = 10  # calls say goodbye, jobs are handed back; then connections are cut
BACKLOG = 1024
STDIN = 0
# Each look at what goes in circles stops all calls, and after the last call it is collected anyway
# (backend/platform/leftovers.py). Where calls never cease: all of it every 600 calls, some 10 MB.
COLLECTED_AT = (10_000, 5, 5)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


Farewell = Callable[[], Awaitable[None]]


class Application(Protocol):
    """Starts an instance's parts, gives what serves them, and ends them after it."""

    def __call__(
        self, loaded: Loaded[Settings], *, home: Home, roles: frozenset[str], url: str
    ) -> AbstractAsyncContextManager[FastAPI]:
        """Return the instance, not yet started."""
        ...


def serve(
    loaded: Loaded[Settings],
    roles: frozenset[str],
    *,
    application: Application,
    open_page: bool,
    as_json: bool,
) -> None:
    """Hold the home, listen, say that it is ready, and leave cleanly."""
    settings = loaded.settings
    home = Home(settings.home)
    home.make()
    # Several processes may share one PostgreSQL; a SQLite file has one process only.
    is_alone = settings.effective_database_url.startswith("sqlite")
    with home.lock() if is_alone else nullcontext(), wanted_stops() as stops:
        configure_logs(settings, home)
        listener = listen(settings.bind, settings.port)
        url = address(listener)

        def announce(link: str) -> None:
            if "backend" in roles:
                home.announce(url, os.getpid())
            if as_json:
                show_json(
                    {"url": url, "owner_link": link, "home": str(home.path), "pid": os.getpid()}
                )
            else:
                show_lines(_ready_lines(url, roles, link=link, home=home))
            if open_page:
                webbrowser.open(link or url)

        async def run() -> None:
            # Started here and not by uvicorn: so a start that fails says why in its own words.
            async with application(loaded, home=home, roles=roles, url=url) as app:
                code = getattr(app.state, "owner_code", None)
                link = f"{url}/#code={code}" if code else ""
                farewell = getattr(app.state, "farewell", _nobody)
                server = AnnouncingServer(
                    _config(app, settings), lambda: announce(link), farewell=farewell
                )
                with stops.left_to_server():
                    await server.serve(sockets=[listener])

        try:
            loop_factory = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(run())
        finally:
            listener.close()
            _withdraw(home)


class AnnouncingServer(uvicorn.Server):
    """Says so once it listens and everything behind it has started."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], *, farewell: Farewell
    ) -> None:
        super().__init__(config)
        self._announce, self._farewell = announce, farewell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as ever, then announce."""
        await super().startup(sockets)
        _spare_the_collector()
        if self.started and not self.should_exit:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what goes on for ever, then stop as ever."""
        await self._farewell()
        await super().shutdown(sockets)


def _spare_the_collector() -> None:
    """Never look again for garbage in what was loaded: that stops all calls for as long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AT)


async def _nobody() -> None:
    """Nobody is there to part from."""


def listen(bind: str, port: int) -> socket.socket:
    """Return a listening socket, or say who has the port."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            bind.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except socket.gaierror as failure:
        raise Invalid(
            f"{bind} is no address of this machine.", cure="--bind 127.0.0.1"
        ) from failure
    except OSError as failure:
        raise Conflict(
            f"Port {port} of {bind} can't be used: {failure.strerror}.",
            cure="Stop what uses it, or take a free port: ringback up --port 0",
        ) from failure
    listener.setblocking(False)
    return listener


def address(listener: socket.socket) -> str:
    """Return where this machine's own programs reach us."""
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    limits = settings.limits
    return uvicorn.Config(
        app,
        http=bounded(limits),
        ws=QuickSocket,
        ws_max_size=max(limits.sync_message_bytes, limits.message_bytes, limits.frame_bytes),
        ws_per_message_deflate=False,  # sound does not shrink, and a small message can't blow up
        access_log=False,  # ours has no query strings
        log_config=None,
        server_header=False,
        proxy_headers=False,  # anybody can send them
        timeout_graceful_shutdown=STOP_S_MAX,
        lifespan="off",
    )


def _ready_lines(url: str, roles: frozenset[str], *, link: str, home: Home) -> Iterator[str]:
    yield ""
    if "backend" in roles:
        yield "Ringback is ready."
        yield ""
        yield f"  Talk page   {url}"
    else:
        yield f"Ringback's part is ready: {', '.join(sorted(roles))}."
        yield ""
        yield f"  Address     {url}"
    if link:
        yield f"  Owner link  {link}   (opens it as the owner, once, within a day)"
    yield f"  Home        {home.path}"
    yield "  Stop        Ctrl-C"
    yield ""


def _withdraw(home: Home) -> None:
    running = home.running()
    if running is not None and running.pid == os.getpid():
        home.withdraw()


def end_with_stdin() -> None:
    """Stop as by SIGTERM once our standard input is closed: whoever started us has gone."""

    def wait() -> None:
        # The bare descriptor: a thread that holds sys.stdin's lock would break our own exit.
        while os.read(STDIN, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="stdin").start()


class Stops:
    """Makes a wanted stop, by Ctrl-C or SIGTERM, a success."""

    def __init__(self) -> None:
        self._is_left_to_server = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """End the start, or the end, when somebody can't wait for it."""
        if not self._is_left_to_server:
            raise KeyboardInterrupt

    @contextmanager
    def left_to_server(self) -> Iterator[None]:
        """Leave signals to uvicorn, and ignore that it raises them once more when it is done."""
        self._is_left_to_server = True
        try:
            yield
        finally:
            self._is_left_to_server = False


@contextmanager
def wanted_stops() -> Iterator[Stops]:
    """Handle the signals that ask us to stop, as long as the instance runs."""
    stops = Stops()
    kept = {number: signal.signal(number, stops.handle) for number in STOP_SIGNALS}
    try:
        yield stops
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
