"""Rings by a POST to an address of the operator's: a pager, a chat, a script."""

import hashlib
from urllib.parse import urlsplit

import httpx2

from backend.console.watch.alarms import sentence
from backend.kernel.errors import Unavailable
from backend.platform.health.reach import PORTS, reach
from backend.platform.health.types import Change, Check

ANSWER_S = 5.0


class WebhookAlarm:
    """Posts each change as JSON; `text` is what chats show, `key` tells a repetition."""

    name = "webhook"

    def __init__(self, url: str, *, process: str) -> None:
        self._url, self._process = url, process

    async def check(self) -> Check:
        """Say whether somebody takes a connection at the address; nothing is posted there."""
        cure = "check RINGBACK_HEALTH__WEBHOOK"
        try:
            parts = urlsplit(self._url)
            is_address = bool(parts.scheme in PORTS and parts.hostname and parts.port != 0)
        except ValueError:
            is_address = False
        if not is_address:
            return Check(ok=False, detail="The webhook is no address.", cure=cure)
        return await reach(self._url, cure=cure)

    async def ring(self, change: Change) -> None:
        """Post a change."""
        named = f"{self._process}:{change.part}:{change.is_ok}:{change.at}"
        body = {
            "text": sentence(change),
            "part": change.part,
            "ok": change.is_ok,
            "detail": change.detail,
            "cure": change.cure,
            "at": change.at,
            "process": self._process,
            "key": hashlib.sha256(named.encode()).hexdigest()[:32],
        }
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_S, trust_env=False) as client:
                answer = await client.post(self._url, json=body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
            # Its text would repeat the address, which may hold a secret.
            raise Unavailable(f"The webhook does not answer: {type(failure).__name__}.") from None
        if answer.status_code >= 400:
            raise Unavailable(f"The webhook answered {answer.status_code}.")
