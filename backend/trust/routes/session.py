"""How a browser comes in and goes out, and gets a ticket for a socket."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.kernel.errors import Invalid
from backend.kernel.people import EVERYTHING, Actor
from backend.platform.database.engine import Database
from backend.trust.guard import SESSION_COOKIE, Guard
from backend.trust.identity import CredentialKind, Identity, Issued, NewCredential
from backend.trust.identity.types import LIFETIME, PERSONAL_SCOPES

FORM = "application/x-www-form-urlencoded"
TICKET_S = (LIFETIME[CredentialKind.TICKET] or 0) // 1_000_000


class Code(BaseModel):
    """What the owner's link carries."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=256)


class Session(BaseModel):
    """Who is in, and the token that goes with every change."""

    name: str
    role: str
    scopes: list[str]
    csrf: str


class Ticket(BaseModel):
    """Opens one socket, soon."""

    ticket: str
    expires_in_s: int


def router(*, database: Database, identity: Identity, guard: Guard) -> APIRouter:
    """Return the routes of sessions and tickets."""
    routes = APIRouter(tags=["session"])
    anyone = Depends(guard.request_actor)

    @routes.post("/v1/session", response_model=Session)
    async def open_session(request: Request) -> Response:
        """Spend a one-use code for a session."""
        guard.check_origin(request)
        is_form = request.headers.get("content-type", "").startswith(FORM)
        code = await _code_of(request, is_form=is_form)
        async with guard.redeeming(CredentialKind.LINK, code, request) as (tx, redeemed):
            issued = await identity.issue(tx, _session_for(redeemed.actor))
        actor = replace(redeemed.actor, credential_id=issued.id)
        answer: Response = RedirectResponse("/", status_code=303)
        if not is_form:
            answer = JSONResponse(_session(actor, guard).model_dump())
        _set_cookie(answer, issued, is_secure=guard.is_secure(request))
        return answer

    @routes.get("/v1/session")
    async def show_session(actor: Annotated[Actor, anyone], response: Response) -> Session:
        """Say who is in."""
        response.headers["Cache-Control"] = "no-store"
        return _session(actor, guard)

    @routes.delete("/v1/session", status_code=204)
    async def close_session(actor: Annotated[Actor, anyone], response: Response) -> None:
        """Go out: the session is revoked, not only forgotten by the browser."""
        if actor.credential_id is not None:
            async with database.transaction() as tx:
                await identity.revoke(tx, actor.credential_id, owner_id=actor.owner_id)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")

    @routes.post("/v1/tickets", status_code=201)
    async def make_ticket(actor: Annotated[Actor, anyone], response: Response) -> Ticket:
        """Make a one-use ticket for a socket: a page can't put a token into its address safely."""
        async with database.transaction() as tx:
            issued = await identity.issue(tx, _ticket_for(actor))
        response.headers["Cache-Control"] = "no-store"
        return Ticket(ticket=issued.token, expires_in_s=TICKET_S)

    return routes


async def _code_of(request: Request, *, is_form: bool) -> str:
    try:
        if is_form:
            async with request.form(max_files=0, max_fields=4) as form:
                return Code.model_validate(dict(form)).code
        return Code.model_validate_json(await request.body()).code
    except ValidationError as wrong:
        raise Invalid("Send the owner's code as JSON: a field named code.") from wrong


def _session_for(actor: Actor) -> NewCredential:
    return NewCredential(
        kind=CredentialKind.SESSION,
        owner_id=actor.owner_id,
        person_id=actor.person_id,
        scopes=EVERYTHING,
        name="browser",
    )


def _ticket_for(actor: Actor) -> NewCredential:
    # A ticket reaches as far as who asks for it, but never operates: sockets only talk and sync.
    scopes = PERSONAL_SCOPES if "*" in actor.scopes else actor.scopes & PERSONAL_SCOPES
    return NewCredential(
        kind=CredentialKind.TICKET,
        owner_id=actor.owner_id,
        person_id=actor.person_id,
        scopes=scopes,
        context={"actor": actor.kind.value, "credential": actor.credential_id or ""},
    )


def _session(actor: Actor, guard: Guard) -> Session:
    return Session(
        name=actor.name,
        role=actor.role.value if actor.role else "",
        scopes=sorted(actor.scopes),
        csrf=guard.csrf(actor),
    )


def _set_cookie(answer: Response, issued: Issued, *, is_secure: bool) -> None:
    lifetime = LIFETIME[CredentialKind.SESSION] or 0
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        SESSION_COOKIE,
        issued.token,
        max_age=lifetime // 1_000_000,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )
