"""Tokens for programs, and the link that lets the owner in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.kernel.clock import DAY
from backend.kernel.errors import Invalid, Missing
from backend.kernel.people import Actor, Person, Role
from backend.platform.database.engine import Database
from backend.platform.settings import Settings
from backend.trust.guard import Guard
from backend.trust.identity import CredentialKind, Identity, NewCredential
from backend.trust.routes.moments import shown
from backend.trust.routes.where import origin_of

DAYS_MAX = 3650


class NewToken(BaseModel):
    """A token that is wanted."""

    model_config = ConfigDict(extra="forbid")

    scopes: list[str] = Field(min_length=1, max_length=8)
    name: str = Field(default="", max_length=80)
    days: int | None = Field(default=None, ge=1, le=DAYS_MAX)
    person: str | None = Field(default=None, max_length=200)


class ShownToken(BaseModel):
    """A token as it may be listed."""

    id: str
    name: str
    scopes: list[str]
    person_id: str
    created_at: str | None
    expires_at: str | None  # none: until it is revoked
    last_used_at: str | None


class MadeToken(BaseModel):
    """A token just made: shown now and never again."""

    id: str
    token: str
    scopes: list[str]
    expires_at: str | None


class ShownTokens(BaseModel):
    """Every token that is not revoked."""

    tokens: list[ShownToken]


class OwnerLink(BaseModel):
    """A one-use link; its code lies in the fragment, which browsers never send or log."""

    url: str
    code: str
    expires_at: str | None


def router(
    *, database: Database, identity: Identity, guard: Guard, settings: Settings
) -> APIRouter:
    """Return the routes of tokens and the owner's link; all of them are the operator's."""
    operator = Depends(guard.require("operate"))
    routes = APIRouter(tags=["tokens"], dependencies=[operator])

    @routes.get("/v1/tokens")
    async def list_tokens() -> ShownTokens:
        """List the tokens of programs."""
        found = await identity.credentials(CredentialKind.API)
        return ShownTokens(
            tokens=[
                ShownToken(
                    id=token.id,
                    name=token.name,
                    scopes=sorted(token.scopes),
                    person_id=token.person_id or "",
                    created_at=shown(token.created_at),
                    expires_at=shown(token.expires_at),
                    last_used_at=shown(token.last_used_at),
                )
                for token in found
            ]
        )

    @routes.post("/v1/tokens", status_code=201)
    async def make_token(
        wanted: NewToken, actor: Annotated[Actor, operator], response: Response
    ) -> MadeToken:
        """Make a token for a program, of the owner or of somebody else."""
        person = await _holder(identity, wanted.person)
        scopes = frozenset(wanted.scopes)
        if "*" in scopes or ("operate" in scopes and person.role is not Role.OWNER):
            raise Invalid("Only the owner's tokens may operate, and each scope is named by itself.")
        async with database.transaction() as tx:
            issued = await identity.issue(
                tx,
                NewCredential(
                    kind=CredentialKind.API,
                    owner_id=person.owner_id,
                    person_id=person.id,
                    scopes=scopes,
                    name=wanted.name,
                    lifetime=None if wanted.days is None else wanted.days * DAY,
                ),
            )
        response.headers["Cache-Control"] = "no-store"
        return MadeToken(
            id=issued.id,
            token=issued.token,
            scopes=sorted(scopes),
            expires_at=shown(issued.expires_at),
        )

    @routes.delete("/v1/tokens/{token_id}", status_code=204)
    async def revoke_token(token_id: str) -> None:
        """Withdraw a token at once."""
        async with database.transaction() as tx:
            await identity.revoke(tx, token_id)

    @routes.post("/v1/owner/link", status_code=201)
    async def make_owner_link(request: Request, response: Response) -> OwnerLink:
        """Make a one-use link that opens the page as the owner."""
        async with database.transaction() as tx:
            issued = await identity.issue_owner_link(tx)
        response.headers["Cache-Control"] = "no-store"
        return OwnerLink(
            url=f"{origin_of(request, settings)}/#code={issued.token}",
            code=issued.token,
            expires_at=shown(issued.expires_at),
        )

    return routes


async def _holder(identity: Identity, name: str | None) -> Person:
    if name is None:
        return await identity.owner()
    person = await identity.person_named(name)
    if person is None:
        raise Missing("Nobody is known by that name.", cure="See: ringback people list")
    return person
