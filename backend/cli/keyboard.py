"""A typed conversation over the app's socket."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from backend.cli.instance import Instance
from backend.cli.live import MESSAGE_BYTES_MAX, PATH, hello, message, understand
from backend.cli.output import show_lines
from backend.kernel.errors import RingbackError, Unavailable

PING_EVERY_S = 20.0  # the instance takes a minute's silence for a lost line
REPLY_S_MAX = 120.0
OPEN_S_MAX = 20.0


class Chat:
    """One typed conversation; a thread of its own listens while we wait at the keyboard."""

    def __init__(self, connection: ClientConnection, *, is_quiet: bool) -> None:
        self._connection, self._is_quiet = connection, is_quiet
        self._answered, self.ended = threading.Event(), threading.Event()
        self.opened = threading.Event()
        self.conversation_id = ""
        self.turns: list[dict[str, Any]] = []  # JSON, as the instance told them
        self.failure: RingbackError | None = None

    def listen(self) -> None:
        """Take what comes until the line is closed."""
        try:
            for text in self._connection:
                if isinstance(text, str):
                    self._take(dict(understand(text)))
        except RingbackError as failure:
            self.failure = failure
        except ConnectionClosed:
            pass  # the end of the conversation, whoever hung up
        finally:
            for waited_for in (self.ended, self._answered, self.opened):
                waited_for.set()

    def keep_alive(self) -> None:
        """Give a sign of life now and then: people think before they type."""
        while not self.ended.wait(PING_EVERY_S):
            with suppress(ConnectionClosed):
                self._connection.send(message("ping"))

    def ask(self, text: str) -> None:
        """Say something and wait until it is answered."""
        self._answered.clear()
        try:
            self._connection.send(message("text", text=text))
        except ConnectionClosed:  # the companion has hung up while we typed
            return
        if not self._answered.wait(REPLY_S_MAX):
            raise Unavailable("No answer came.", cure="ringback logs")

    def _take(self, told: dict[str, Any]) -> None:
        kind = told["type"]
        if kind == "welcome":
            self.conversation_id = str(told["conversation_id"])
            self.opened.set()
        elif kind == "said":
            self._show(f"Ringback  {told['text']}")
        elif kind == "turn_ended":
            self.turns.append({key: told[key] for key in ("heard", "said", "sources")})
            for source in told["sources"]:
                self._show(f"          ({source['when']}, by {source['channel']})")
            self._answered.set()

    def _show(self, line: str) -> None:
        if not self._is_quiet:
            show_lines([line])


def chat(running: Instance, *, as_json: bool) -> dict[str, Any]:
    """Hold a typed conversation until an empty line, the end of the input, or a goodbye."""
    try:
        with _connected(running) as connection:
            return _hold(Chat(connection, is_quiet=as_json), connection)
    except (OSError, WebSocketException) as failure:
        raise Unavailable("The line broke.", cure="ringback logs") from failure


def _hold(held: Chat, connection: ClientConnection) -> dict[str, Any]:
    threads = [
        threading.Thread(target=work, daemon=True) for work in (held.listen, held.keep_alive)
    ]
    for thread in threads:
        thread.start()
    held.opened.wait(OPEN_S_MAX)
    for line in _typed(held):
        held.ask(line)
    with suppress(ConnectionClosed):
        connection.send(message("bye"))
    held.ended.wait(OPEN_S_MAX)
    if held.failure is not None:
        raise held.failure
    return {"conversation_id": held.conversation_id, "turns": held.turns}


def _typed(held: Chat) -> Iterator[str]:
    prompt = "You       " if sys.stdin.isatty() else ""
    while not held.ended.is_set():
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if held.ended.is_set() or (not line and prompt):
            return
        if line:
            yield line


@contextmanager
def _connected(running: Instance) -> Iterator[ClientConnection]:
    with connect(
        running.socket_url + PATH, max_size=MESSAGE_BYTES_MAX, open_timeout=OPEN_S_MAX, proxy=None
    ) as connection:
        connection.send(hello(running.token, "chat"))
        yield connection
