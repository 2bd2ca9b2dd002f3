"""Whether a provider answers and takes our key: asked by a listing, which costs nobody a cent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from backend.platform.health.types import Check

SAID_BYTES_MAX = 4_096  # of a refusal: whether it is our key, or only this one question
SCOPES = (b"permission", b"scope")  # how providers call what a key may do
TIMEOUT_S = 10.0  # whoever asks is less patient


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked, and whose key is shown."""

    title: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    cure: str  # when the key is refused


class Lister:
    """Asks one provider over a connection of its own."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._client: httpx2.AsyncClient | None = None

    async def ask(self) -> Check:
        """Say whether it answers; neither the key nor the answer's words are ever repeated."""
        asked = self._listing
        try:
            if self._client is None:
                self._client = httpx2.AsyncClient(headers=asked.headers, timeout=TIMEOUT_S)
            async with self._client.stream("GET", asked.url) as answer:
                status = answer.status_code
                said = await _beginning(answer) if status in {401, 403} else b""
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as failure:
            # Its text may repeat the key: a key that is no header is an error, too.
            detail = f"{asked.title} does not answer ({type(failure).__name__})"
            return Check(ok=False, detail=detail, cure="check the network")
        return _verdict(asked, status, said)

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _verdict(asked: Listing, status: int, said: bytes) -> Check:
    may_not_list = any(scope in said.lower() for scope in SCOPES)
    match status:
        case 401 | 403 if not may_not_list:
            return Check(ok=False, detail=f"{asked.title} refuses our key", cure=asked.cure)
        case 401 | 403:  # a key that may speak and not list: the provider knows it
            return Check(ok=True, detail=f"{asked.title} answers; our key may not list")
        case 404 | 405:  # a server of one's own that lists nothing
            return Check(ok=True, detail=f"{asked.title} answers")
        case 402 | 429:
            return Check(ok=False, detail=f"{asked.title} limits us", cure="check its plan")
        case _ if 200 <= status < 300:
            return Check(ok=True, detail=f"{asked.title} answers")
        case _:
            return Check(ok=False, detail=f"{asked.title} answers with an error ({status})")


async def _beginning(answer: httpx2.Response) -> bytes:
    said = b""
    async for chunk in answer.aiter_bytes():
        said += chunk
        if len(said) >= SAID_BYTES_MAX:
            break
    return said[:SAID_BYTES_MAX]
