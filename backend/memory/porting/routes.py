"""The doors: bring a file in, take everything along. Only whose memory it is may do either."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from backend.kernel.clock import Instant
from backend.kernel.errors import Forbidden, TooLarge
from backend.memory.moments import write_moment
from backend.memory.porting.service import Porting
from backend.memory.porting.spool import Wish
from backend.memory.porting.types import Found, Kind
from backend.platform.compute import Compute
from backend.platform.web import Caller

SCOPE = "memory"
CHUNK_BYTES = 1 << 20
NAMESPACE_MAX = 200


class ShownProblem(BaseModel):
    """A place that can't be read."""

    line: int
    why: str


class Looked(BaseModel):
    """What a file brings."""

    kind: str
    messages: int
    conversations: int
    assistants: int
    memories: int
    undated: int
    first: str | None
    last: str | None
    tables: dict[str, int]
    problems: int
    shown: list[ShownProblem]
    dry_run: bool
    job_id: str | None = None


async def _may(actor: Caller) -> None:
    """A program's token moves a whole memory only as far as it operates the instance."""
    if not actor.is_whose_memory_it_is:
        raise Forbidden("Only whose memory it is may take it along or bring something in.")
    if actor.is_mere_program:
        raise Forbidden(
            "A token of a program moves a memory only with the scope operate.",
            cure="ringback tokens create --scope memory --scope operate",
        )


def routes(porting: Porting, *, compute: Compute, bytes_max: int) -> APIRouter:
    """Return the routes; `bytes_max` bounds what is sent."""
    router = APIRouter(tags=["porting"], dependencies=[Depends(_may)])

    @router.get(
        "/v1/export",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/zip": {}}}},
    )
    async def export(actor: Caller) -> StreamingResponse:
        """Take everything along that is yours: JSONL, documents, recordings, and a manifest."""
        stack = AsyncExitStack()
        try:
            file = await stack.enter_async_context(porting.file())
            await porting.export(actor.owner_id, file)
            size = file.tell()
        except BaseException:
            await stack.aclose()
            raise
        headers = {
            "Content-Length": str(size),  # who gets less knows that it was cut
            "Content-Disposition": 'attachment; filename="ringback-export.zip"',
            "Cache-Control": "no-store",
        }
        content = _pieces(file, stack, compute)
        return StreamingResponse(content, media_type="application/zip", headers=headers)

    @router.post("/v1/import", status_code=202)
    async def bring(  # noqa: PLR0913, PLR0917 - each is a word of the address
        request: Request,
        actor: Caller,
        kind: Annotated[Kind, Query(alias="from", description="Whose file it is.")] = Kind.AUTO,
        namespace: Annotated[str, Query(max_length=NAMESPACE_MAX)] = "",
        lenient: Annotated[bool, Query(description="Pass over what can't be read.")] = False,
        read_with_model: Annotated[
            bool, Query(description="Have a model read it for facts, not rules alone.")
        ] = False,
        again: Annotated[
            bool, Query(description="Bring back what was forgotten here before.")
        ] = False,
        dry_run: Annotated[bool, Query(description="Only show what would come.")] = False,
    ) -> Looked:
        """Bring a file in: the body is the file. A job does it, and may be asked for by its id."""
        async with porting.file() as file:
            await _receive(request, file, compute, bytes_max)
            found = await porting.look_through(file, kind)
            if dry_run:
                return _looked(found, None)
            wish = Wish(kind, namespace, lenient, read_with_model, again)
            _, job_id = await porting.start(actor.owner_id, file, found, wish)
        return _looked(found, str(job_id))

    return router


async def _receive(request: Request, file: BinaryIO, compute: Compute, bytes_max: int) -> None:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise TooLarge(f"More than {bytes_max} bytes are not taken here.")
        await compute.run(file.write, chunk)
    await compute.run(file.seek, 0)


async def _pieces(file: BinaryIO, stack: AsyncExitStack, compute: Compute) -> AsyncIterator[bytes]:
    async with stack:
        await compute.run(file.seek, 0)
        while piece := await compute.run(file.read, CHUNK_BYTES):
            yield piece


def _looked(found: Found, job_id: str | None) -> Looked:
    told: dict[str, Any] = {  # Any: each field has its own type
        "kind": found.kind.value,
        "messages": found.lines,
        "conversations": found.conversations,
        "assistants": found.assistants,
        "memories": found.memories,
        "undated": found.undated,
        "first": _moment(found.first),
        "last": _moment(found.last),
        "tables": found.tables,
        "problems": found.problems,
        "shown": [{"line": each.line, "why": each.why} for each in found.shown],
        "dry_run": job_id is None,
        "job_id": job_id,
    }
    return Looked.model_validate(told)


def _moment(at: Instant | None) -> str | None:
    return None if at is None else write_moment(at)
