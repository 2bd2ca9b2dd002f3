"""A typed conversation over the app's socket."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from backend.cli.instance import Instance
from backend.cli.lines import BROKEN, line_lost
from backend.cli.live import (
    MESSAGE_BYTES_MAX,
    PATH,
    TEXT_CHARACTERS_MAX,
    hello,
    message,
    source_said,
    understand,
)
from backend.cli.output import show_error, show_lines
from backend.kernel.errors import Invalid, RingbackError, Unavailable

PING_EVERY_S = 20.0  # the instance takes a minute's silence for a lost line
REPLY_S_MAX = 120.0
OPEN_S_MAX = 20.0
PACE_S = 0.06  # between lines of a file: faster than that nobody types, and we are cut off
NAME, MARGIN = "Ringback  ", "          "


class Chat:
    """One typed conversation; a thread of its own listens while we wait at the keyboard."""

    def __init__(self, connection: ClientConnection, *, is_quiet: bool) -> None:
        self._connection, self._is_quiet = connection, is_quiet
        self._answered, self.ended = threading.Event(), threading.Event()
        self.opened = threading.Event()
        self.conversation_id = ""
        self.turns: list[dict[str, Any]] = []  # JSON, as the instance told them
        self.failure: RingbackError | None = None
        self._shown = ""  # of the turn that is being answered
        self._is_told = False  # all of it

    def listen(self) -> None:
        """Take what comes until the line is closed."""
        try:
            for text in self._connection:
                if isinstance(text, str):
                    self._take(dict(understand(text)))
        except RingbackError as failure:
            self.failure = failure
        except ConnectionClosed as closed:
            self._end(closed)
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
        elif kind == "heard":
            self._shown, self._is_told = "", False
        elif kind == "said":
            self._say(str(told["text"]))
            self.opened.set()
        elif kind == "turn_ended":
            self.turns.append({key: told[key] for key in ("heard", "said", "sources")})
            self._say_rest(str(told["said"]))
            for source in told["sources"]:
                self._show(f"{MARGIN}({source_said(source)})")
            self._answered.set()

    def _say(self, text: str) -> None:
        if self._is_told:
            return
        self._show(f"{MARGIN if self._shown else NAME}{text}")
        self._shown = f"{self._shown} {' '.join(text.split())}".strip()

    def _say_rest(self, said: str) -> None:
        """Show what is left of a reply: its end is known before its last caption is sent."""
        whole = " ".join(said.split())
        if not whole.startswith(self._shown):
            return
        rest = whole.removeprefix(self._shown).strip()
        if rest:
            self._say(rest)
        self._is_told = True

    def _end(self, closed: ConnectionClosed) -> None:
        """Say that the conversation was cut off: one that ends well does not come here."""
        told = closed.rcvd
        why = f"The instance closed the line: {told.reason or told.code}." if told else BROKEN
        self.failure = self.failure or Unavailable(why, cure="ringback logs")

    def _show(self, line: str) -> None:
        if not self._is_quiet:
            show_lines([line])


def chat(running: Instance, *, as_json: bool) -> dict[str, Any]:
    """Hold a typed conversation until an empty line, the end of the input, or a goodbye."""
    try:
        with _connected(running) as connection:
            return _hold(Chat(connection, is_quiet=as_json), connection)
    except (OSError, WebSocketException) as failure:
        raise line_lost(failure) from failure


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
        except (EOFError, KeyboardInterrupt):  # Ctrl-D, or Ctrl-C between two turns: that's all
            if prompt:
                show_lines([""])
            return
        if held.ended.is_set() or (not line and prompt):
            return
        if len(line) > TEXT_CHARACTERS_MAX:
            _refuse(line, is_at_keyboard=bool(prompt))
        elif line:
            yield line
            if not prompt:
                held.ended.wait(PACE_S)


def _refuse(line: str, *, is_at_keyboard: bool) -> None:
    """Say that a line is too long: at the keyboard one tries again, a file is wrong."""
    error = Invalid(
        f"A line holds at most {TEXT_CHARACTERS_MAX} characters, this one has {len(line)}.",
        cure="Say it in several lines.",
    )
    if not is_at_keyboard:
        raise error
    show_error(error, as_json=False)


@contextmanager
def _connected(running: Instance) -> Iterator[ClientConnection]:
    with connect(
        running.socket_url + PATH, max_size=MESSAGE_BYTES_MAX, open_timeout=OPEN_S_MAX, proxy=None
    ) as connection:
        connection.send(hello(running.token, "chat"))
        yield connection
