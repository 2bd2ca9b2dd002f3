"""Follows the live feed, and takes it up again behind the last event when it is cut off."""

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from backend.cli.instance import Instance
from backend.kernel.errors import Unavailable

PATH = "/v1/events"
ATTEMPTS_MAX = 30
PAUSE_S = 1.0

Told = dict[str, Any]  # Any: JSON, as the instance gave it


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a stream of server-sent events."""

    id: str
    data: str


def watched(running: Instance, after: int | None) -> Iterator[Told]:
    """Yield events for ever; one that was told is never told again, none is left out."""
    cursor = "" if after is None else str(after)
    failures = 0
    while True:
        try:
            for sent in messages(running.lines(PATH, cursor)):
                failures, cursor = 0, sent.id or cursor
                yield json.loads(sent.data)
        except Unavailable:
            failures += 1
            if failures > ATTEMPTS_MAX:
                raise
        threading.Event().wait(PAUSE_S)  # Ctrl-C ends it at once


def messages(lines: Iterable[str]) -> Iterator[Sent]:
    """Yield the messages of a stream of server-sent events."""
    identifier, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield Sent(identifier, "\n".join(data))
            data = []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            identifier = value
        elif name == "data":
            data.append(value)
