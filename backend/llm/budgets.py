"""What may be spent in a day: a hard limit, kept by reserving the worst case before each call.

The sum of what was reserved and what was spent never passes the limit, whatever happens in between:
a call that breaks off with its cost unknown keeps its reservation.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from backend.kernel.clock import DAY, Clock
from backend.kernel.errors import Busy
from backend.kernel.ids import Ids, OwnerId, TurnId
from backend.llm.catalogue import FREE, Price
from backend.llm.port import ChatModel, ChatRequest, Usage
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage
from backend.platform.events import next_cursor

DOLLAR_MICROS = 1_000_000
BACKGROUND_SHARE = 0.5  # of a day: what nobody waits for stops here, so that callers are answered
TURNS_MAX = 10_000  # with a cost of their own, the last ones: no turn goes on for so long
LOCK = "budget"  # its stream's head is held from the sum to the reservation, so that two can't pass


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one call."""

    id: str
    price: Price


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose money it is, and for which turn."""

    owner_id: OwnerId
    turn_id: TurnId | None = None


INSTANCE = Payer(OwnerId(""))
"""Pays for what is prepared before anybody calls."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something whose cost is known before it is had, such as so many characters of speech."""

    provider: str
    model: str
    units: int  # characters, milliseconds: what the price is for
    cost_micros: int


class Budget:
    """Sets money aside before a call and settles afterwards."""

    def __init__(self, *, database: Database, clock: Clock, ids: Ids, daily_dollars: float) -> None:
        self._database, self._clock, self._ids = database, clock, ids
        self._daily_micros = int(daily_dollars * DOLLAR_MICROS)
        self._charged: OrderedDict[str, None] = OrderedDict()

    def charged(self, turn_ids: Collection[str]) -> frozenset[str]:
        """Return for which of these turns anything was asked: who takes a turn pays for it, in
        the same process, so that of the others there is nothing to look up.
        """
        return frozenset(turn_ids) & self._charged.keys()

    async def reserve(self, model: ChatModel, request: ChatRequest, price: Price) -> Reservation:
        """Set the worst case aside; Busy when it would pass the day's limit."""
        worst_micros = price.cost_micros(request.tokens_in_max, request.tokens_max)
        share = BACKGROUND_SHARE if request.is_background else 1.0
        reservation_id = await self._write_down(
            worst_micros,
            owner_id=request.owner_id,
            turn_id=request.turn_id,
            provider=model.provider,
            model=model.model,
            tokens_in=request.tokens_in_max,
            tokens_out=request.tokens_max,
            outcome="reserved",
            share=share,
        )
        return Reservation(reservation_id, price)

    async def buy(self, purchase: Purchase, payer: Payer = INSTANCE) -> str:
        """Pay what is known beforehand; Busy when it would pass the day's limit."""
        return await self._write_down(
            purchase.cost_micros,
            owner_id=payer.owner_id,
            turn_id=payer.turn_id,
            provider=purchase.provider,
            model=purchase.model,
            tokens_in=purchase.units,
            tokens_out=0,
            outcome="answered",
        )

    async def refund(self, purchase_id: str) -> None:
        """Take a purchase back: the provider refused, so nothing is owed."""
        await self._write(Reservation(purchase_id, FREE.price), cost_micros=0, outcome="failed")

    async def settle(self, reservation: Reservation, usage: Usage) -> None:
        """Write down what a whole answer really took."""
        cost_micros = reservation.price.cost_micros(usage.tokens_in, usage.tokens_out)
        await self._write(
            reservation,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost_micros=cost_micros,
            outcome="answered",
        )

    async def release(self, reservation: Reservation) -> None:
        """Give back what was set aside: the provider refused, so nothing was used."""
        await self._write(reservation, tokens_in=0, tokens_out=0, cost_micros=0, outcome="failed")

    async def forfeit(self, reservation: Reservation) -> None:
        """Count the worst case: the call broke off, and what it took is unknown."""
        await self._write(reservation, outcome="failed")

    async def _write_down(
        self,
        cost_micros: int,
        *,
        share: float = 1.0,
        **row: Any,  # Any: the table's columns
    ) -> str:
        """Add a row of spending, unless the day's limit forbids it; return its id."""
        row_id = self._ids.new()
        self._charge(row.get("turn_id"))
        async with self._database.transaction() as tx:
            await next_cursor(tx, LOCK)
            today = tx.at - tx.at % DAY  # days are UTC's: everybody's money ends at one moment
            spent = await tx.execute(
                select(func.coalesce(func.sum(ai_model_usage.c.cost_micros), 0)).where(
                    ai_model_usage.c.at >= today
                )
            )
            if int(spent.scalar_one()) + cost_micros > self._daily_micros * share:
                raise Busy(
                    "Today's budget for models is spent.",
                    cure="raise RINGBACK_SPEND__DAILY, or wait for tomorrow",
                )
            await tx.execute(
                insert(ai_model_usage).values(id=row_id, cost_micros=cost_micros, at=tx.at, **row)
            )
        return row_id

    def _charge(self, turn_id: str | None) -> None:
        """Know of a cost before anybody can owe it."""
        if turn_id:
            self._charged[turn_id] = None
        while len(self._charged) > TURNS_MAX:
            self._charged.popitem(last=False)

    async def _write(self, reservation: Reservation, **values: int | str) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                update(ai_model_usage).where(ai_model_usage.c.id == reservation.id).values(**values)
            )
