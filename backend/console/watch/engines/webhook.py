"""Rings by a POST to an address of the operator's: a pager, a chat, a script."""

import hashlib

import httpx2

from backend.console.watch.alarms import sentence
from backend.kernel.errors import Unavailable
from backend.platform.health.types import Change

ANSWER_S = 5.0


class WebhookAlarm:
    """Posts each change as JSON; `text` is what chats show, `key` tells a repetition."""

    name = "webhook"

    def __init__(self, url: str, *, process: str) -> None:
        self._url, self._process = url, process

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
