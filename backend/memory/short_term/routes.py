"""The door of short-term memory: what is on the companion's mind now."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel

from backend.kernel.ids import OwnerId
from backend.memory.moments import write_moment
from backend.memory.short_term.types import Item, Order
from backend.platform.web import Caller

SHOWN_MAX = 200


class Mind(Protocol):
    """Whoever can say what is in mind."""

    async def short_term(
        self,
        owner_id: OwnerId,
        namespace: str = "",
        limit: int = 8,
        *,
        order: Order = Order.WEIGHT,
        conversation_id: str = "",
    ) -> list[Item]:
        """Return what weighs most of the last day."""
        ...


class Shown(BaseModel):
    """One thing on the mind."""

    id: str
    kind: str
    text: str
    when: str
    weight: float
    uses: int
    source_id: str
    conversation_id: str


class Sizes(BaseModel):
    """What the texts that are shown take, as they are and as they are kept."""

    text_bytes: int
    stored_bytes: int
    ratio: float  # how many times smaller


class OnMind(BaseModel):
    """The last day, the weightiest first or as it happened."""

    recent: list[Shown]
    sizes: Sizes


def recent_route(mind: Mind) -> APIRouter:
    """Return the route; whoever calls sees only what is their own."""
    router = APIRouter()

    @router.get("/recent")
    async def recent(
        actor: Caller,
        namespace: Annotated[str, Query(max_length=200)] = "",
        conversation: Annotated[str, Query(max_length=80)] = "",
        order: Order = Order.WEIGHT,
        limit: Annotated[int, Query(ge=1, le=SHOWN_MAX)] = 20,
    ) -> OnMind:
        found = await mind.short_term(
            actor.owner_id, namespace, limit, order=order, conversation_id=conversation
        )
        return OnMind(recent=[_shown(each) for each in found], sizes=_sizes(found))

    return router


def _shown(each: Item) -> Shown:
    return Shown(
        id=each.id,
        kind=each.kind.value,
        text=each.text,
        when=write_moment(each.at),
        weight=each.weight,
        uses=each.uses,
        source_id=each.source_id,
        conversation_id=each.conversation_id,
    )


def _sizes(found: list[Item]) -> Sizes:
    text = sum(len(each.text.encode()) for each in found)
    stored = sum(each.stored_bytes for each in found)
    return Sizes(
        text_bytes=text, stored_bytes=stored, ratio=round(text / stored, 2) if stored else 1
    )
