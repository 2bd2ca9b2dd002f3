"""The door to everything that leaves: ring somebody, text somebody, and see what became of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from backend.delivery.service import WORDS_MAX, Delivery
from backend.delivery.store import LISTED_MAX
from backend.delivery.types import DeliveryRow, NewCall, State, Text
from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Invalid
from backend.kernel.ids import Ids
from backend.kernel.people import Actor
from backend.platform.web import Caller
from backend.trust.guard import Guard
from backend.trust.identity import Identity

NUMBER_CHARACTERS_MAX = 64
KEY_CHARACTERS_MAX = 100


class Wanted(BaseModel):
    """Whom to reach, and when."""

    number: str = Field(
        max_length=NUMBER_CHARACTERS_MAX, description="E.164, or the name of somebody enrolled."
    )
    at: AwareDatetime | None = Field(None, description="Not before this moment.")
    now: bool = Field(False, description="In quiet hours, too: the owner asked for it.")
    key: str = Field(
        "", max_length=KEY_CHARACTERS_MAX, description="The same key is the same call or text."
    )


class WantedCall(Wanted):
    """A call that is wanted."""

    say: str = Field(max_length=WORDS_MAX, description="What the companion says first.")
    voicemail: str = Field("", max_length=WORDS_MAX, description="For a machine; empty: the same.")
    keys: str = Field(
        "",
        max_length=32,
        description="Pressed once it is answered: 0-9 * #, w waits half a second, W a whole one.",
    )


class WantedText(Wanted):
    """A text that is wanted."""

    body: str = Field(max_length=WORDS_MAX)


class ShownDelivery(BaseModel):
    """One call or text, and where it stands."""

    id: str
    kind: str
    number: str
    name: str
    body: str
    state: State
    is_final: bool
    reason: str
    cure: str
    held: str  # what made it wait
    answered_by: str
    attempts: int
    seconds: int | None
    cost_micros: int
    carrier_ref: str
    not_before: str
    created_at: str
    updated_at: str


class ShownDeliveries(BaseModel):
    """The newest of them."""

    deliveries: list[ShownDelivery]


@dataclass(frozen=True, slots=True)
class DeliveryDoors:
    """What the doors lead to."""

    delivery: Delivery
    identity: Identity
    ids: Ids
    guard: Guard


def router(doors: DeliveryDoors) -> APIRouter:
    """Return the routes; everybody sees what left for their own memory."""
    routes = APIRouter(tags=["delivery"], dependencies=[Depends(doors.guard.require("call"))])
    delivery = doors.delivery

    @routes.post("/v1/calls", status_code=202)
    async def call(wanted: WantedCall, actor: Caller) -> ShownDelivery:
        """Ring somebody up."""
        row = await delivery.ask_call(
            actor,
            NewCall(
                number=await _number(doors, actor, wanted.number),
                opening=wanted.say,
                cause=_cause(doors, wanted),
                voicemail=wanted.voicemail,
                keys=wanted.keys,
                when=_instant(wanted.at),
                is_urgent=wanted.now,
            ),
        )
        return shown(row)

    @routes.post("/v1/texts", status_code=202)
    async def text(wanted: WantedText, actor: Caller) -> ShownDelivery:
        """Text somebody."""
        row = await delivery.ask_text(
            actor,
            Text(
                number=await _number(doors, actor, wanted.number),
                body=wanted.body,
                cause=_cause(doors, wanted),
                when=_instant(wanted.at),
                is_urgent=wanted.now,
            ),
        )
        return shown(row)

    @routes.get("/v1/deliveries")
    async def list_deliveries(
        actor: Caller, limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 20
    ) -> ShownDeliveries:
        """List the newest."""
        rows = await delivery.latest(actor.owner_id, limit)
        return ShownDeliveries(deliveries=[shown(row) for row in rows])

    @routes.get("/v1/deliveries/{delivery_id}")
    async def show(actor: Caller, delivery_id: str) -> ShownDelivery:
        """Show one."""
        return shown(await delivery.get(delivery_id, actor.owner_id))

    @routes.delete("/v1/deliveries/{delivery_id}")
    async def cancel(actor: Caller, delivery_id: str) -> ShownDelivery:
        """Call off what has not left yet."""
        return shown(await delivery.cancel(actor.owner_id, delivery_id))

    return routes


def shown(row: DeliveryRow) -> ShownDelivery:
    """Return a row as people see it."""
    return ShownDelivery(
        id=row.id,
        kind=row.kind.value,
        number=row.number,
        name=str(row.details.get("name", "")),
        body=row.body,
        state=row.state,
        is_final=row.state.is_final,
        reason=row.reason,
        cure=str(row.details.get("cure", "")),
        held=str(row.details.get("held", "")),
        answered_by=row.answered_by,
        attempts=row.attempts,
        seconds=row.details.get("seconds"),
        cost_micros=row.cost_micros,
        carrier_ref=row.carrier_ref,
        not_before=_moment(row.not_before),
        created_at=_moment(row.created_at),
        updated_at=_moment(row.updated_at),
    )


async def _number(doors: DeliveryDoors, actor: Actor, named: str) -> str:
    """Return the number of somebody whom the asker shares a memory with, or what was written."""
    if not any(sign.isalpha() for sign in named):
        return named
    person = await doors.identity.person_named(named.strip())
    if person is None or person.owner_id != actor.owner_id or not person.numbers:
        raise Invalid(
            "Nobody of that name has a number here.",
            cure="ringback people add NAME --number +14155550123",
        )
    return person.numbers[0]


def _cause(doors: DeliveryDoors, wanted: Wanted) -> str:
    return f"asked:{wanted.key or doors.ids.new()}"


def _instant(at: datetime | None) -> Instant | None:
    return None if at is None else Instant(int(at.timestamp() * SECOND))


def _moment(instant: Instant) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).isoformat(timespec="milliseconds")
