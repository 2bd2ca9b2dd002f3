"""The door to what was said on calls: `GET /v1/calls`."""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from backend.conversation.calls.reading import CallReader
from backend.conversation.calls.types import ANY, Carrier, ShownCalls, Wanted, WholeCall
from backend.kernel.errors import NotConfigured
from backend.platform.database.engine import Database
from backend.platform.web import Caller
from backend.trust.guard import Guard


class Recordings(Protocol):
    """Opens what a recorder has sealed."""

    def read(self, key: str, conversation_id: str) -> AsyncIterator[bytes]:
        """Yield a call's sound, a WAV file, piece by piece."""
        ...


def router(*, database: Database, guard: Guard, recordings: Recordings | None = None) -> APIRouter:
    """Return the routes; everybody sees the calls of their own memory's owner, no others."""
    routes = APIRouter(tags=["calls"], dependencies=[Depends(guard.require("memory"))])
    reader = CallReader(database)

    @routes.get("/v1/calls")
    async def list_calls(actor: Caller, asked: Annotated[Wanted, Query()]) -> ShownCalls:
        """List calls, the newest first."""
        return await reader.list(actor.owner_id, asked)

    @routes.get("/v1/calls/{call_id}")
    async def show_call(actor: Caller, call_id: str, carrier: Carrier = ANY) -> WholeCall:
        """Show one call; the beginning of its id is enough, and so is "last"."""
        return await reader.show(actor.owner_id, call_id, carrier=carrier)

    @routes.get("/v1/calls/{call_id}/recording", response_class=StreamingResponse)
    async def recording(actor: Caller, call_id: str) -> StreamingResponse:
        """Give a call's sound: 8 kHz, the caller on the left, the companion on the right."""
        if recordings is None:
            raise NotConfigured("Nothing opens recordings here.")
        conversation_id, key = await reader.recording(actor.owner_id, call_id)
        headers = {"Content-Disposition": f'attachment; filename="call-{conversation_id}.wav"'}
        sound = recordings.read(key, conversation_id)
        first = await anext(sound, b"")  # what can't be opened is refused before the answer begins
        return StreamingResponse(_from(first, sound), media_type="audio/wav", headers=headers)

    return routes


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
