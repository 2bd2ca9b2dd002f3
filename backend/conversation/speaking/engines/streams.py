"""Asks a provider for speech over HTTP: pooled connections, replaced in a call when they die."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable

CONNECT_S = 3.0
SILENCE_S = 10.0  # between two pieces; the levels' patience is shorter
IDLE_S = 120.0  # a connection that nobody used for so long is closed
CONNECTIONS_MAX = 64
TEXT_LETTERS_MAX = 4_000
PIECE_BYTES = 4_800  # 100 ms at 24 kHz: the first sound leaves as soon as there is any
# What a server does with a connection that it had kept for us and has closed meanwhile.
STALE = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class SpeechStreams:
    """The connections to one provider."""

    def __init__(
        self, base_url: str, *, headers: Mapping[str, str], title: str, key_name: str
    ) -> None:
        self._title, self._key_name = title, key_name
        self._base_url, self._headers = base_url.rstrip("/"), dict(headers)
        self._client: httpx2.AsyncClient | None = None

    @asynccontextmanager
    async def open(
        self,
        path: str,
        *,
        body: Mapping[str, Any],  # Any: the provider's own JSON
        query: Mapping[str, str] | None = None,
    ) -> AsyncIterator[httpx2.Response]:
        """Ask for speech; leaving stops the provider's work by closing the stream."""
        response = await self._answered(path, body, query or {})
        try:
            yield response
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as broken:
            raise Unavailable(f"{self._title} broke off.") from broken
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _answered(
        self, path: str, body: Mapping[str, Any], query: Mapping[str, str]
    ) -> httpx2.Response:
        try:
            try:
                response = await self._sent(path, body, query)
            except STALE:  # nothing was answered yet: a fresh connection may ask again
                response = await self._sent(path, body, query)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as failure:
            raise Unavailable(f"{self._title} does not answer.") from failure
        if response.status_code == httpx2.codes.OK:
            return response
        await response.aclose()
        raise self._refusal(response.status_code)

    async def _sent(
        self, path: str, body: Mapping[str, Any], query: Mapping[str, str]
    ) -> httpx2.Response:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                headers=self._headers,
                timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
                limits=httpx2.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=IDLE_S),
            )
        request = self._client.build_request(
            "POST", f"{self._base_url}{path}", json=body, params=query
        )
        return await self._client.send(request, stream=True)

    def _refusal(self, status: int) -> RingbackError:
        match status:
            case 401 | 403:
                return NotConfigured(
                    f"{self._title} refuses our key.", cure=f"check {self._key_name}"
                )
            case 402 | 429:
                return Busy(f"{self._title} limits us.")
            case 404:
                return NotConfigured(
                    f"{self._title} has no such voice or model.", cure="ringback settings"
                )
            case 400 | 413 | 422:
                return Invalid(f"{self._title} can't take this request.")
            case _:
                return Unavailable(f"{self._title} answers with an error ({status}).")


def whole_samples(rest: bytes, more: bytes) -> tuple[bytes, bytes]:
    """Join bytes and give those of whole samples, and what is left over."""
    joined = rest + more
    end = len(joined) - len(joined) % 2
    return joined[:end], joined[end:]
