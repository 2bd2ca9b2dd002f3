"""The operator's door to the telephone: how it is set up, what it used today, and setting it up."""

from dataclasses import asdict, dataclass

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from backend.conversation.phone.setting_up import Outcome, PhoneSetup, checked_number
from backend.conversation.phone.switchboard import Switchboard
from backend.delivery import DeliveryLimits, DeliveryStore, NumberPlan
from backend.kernel.clock import Clock
from backend.platform.database.engine import Database
from backend.platform.settings import Settings
from backend.platform.web import Caller
from backend.trust.guard import Guard


class ShownFinding(BaseModel):
    """One thing that was looked at."""

    level: str
    what: str
    cure: str


class ShownSetup(BaseModel):
    """What was found, and whether the telephone works."""

    is_ready: bool
    number: str
    choices: list[str]
    findings: list[ShownFinding]


class ShownUse(BaseModel):
    """Calls, texts and minutes of one day."""

    calls: int
    texts: int
    minutes: int


class ShownPhone(ShownSetup):
    """The telephone as it stands."""

    is_configured: bool
    used: ShownUse
    caps: ShownUse
    live: int
    countries: list[str]
    quiet_hours: str


class WantedSetup(BaseModel):
    """Which number is to point here."""

    number: str | None = Field(None, max_length=64)
    check: bool = Field(False, description="Only look; change nothing.")


@dataclass(frozen=True, slots=True)
class SetupDoors:
    """What the doors lead to."""

    setup: PhoneSetup
    plan: NumberPlan
    limits: DeliveryLimits
    store: DeliveryStore
    switchboard: Switchboard
    database: Database
    clock: Clock
    settings: Settings
    guard: Guard


def router(doors: SetupDoors) -> APIRouter:
    """Return the doors; they are the operator's."""
    routes = APIRouter(tags=["phone"], dependencies=[Depends(doors.guard.require("operate"))])

    @routes.get("/v1/phone")
    async def show(actor: Caller) -> ShownPhone:
        """Show the account, the number, the way to us, and what was used today."""
        outcome = await doors.setup.run(number=None, is_only_check=True)
        async with doors.database.reading() as connection:
            day = await doors.store.day(connection, actor.owner_id, doors.clock.now())
            used = await doors.store.usage(connection, actor.owner_id, day)
        caps = doors.limits.caps
        return ShownPhone(
            **_shown(outcome).model_dump(),
            is_configured=doors.setup.is_configured,
            used=ShownUse(calls=used.calls, texts=used.texts, minutes=-(-used.seconds // 60)),
            caps=ShownUse(calls=caps.calls, texts=caps.texts, minutes=caps.minutes),
            live=doors.switchboard.live,
            countries=sorted(doors.limits.countries - {""}),
            quiet_hours=doors.settings.phone.quiet_hours,
        )

    @routes.post("/v1/phone/setup")
    async def set_up(wanted: WantedSetup) -> ShownSetup:
        """Point a number here and read it back, unless only a look is wanted."""
        number = checked_number(doors.plan, wanted.number)
        return _shown(await doors.setup.run(number=number, is_only_check=wanted.check))

    return routes


def _shown(outcome: Outcome) -> ShownSetup:
    return ShownSetup(
        is_ready=outcome.is_ready,
        number=outcome.number,
        choices=outcome.choices,
        findings=[ShownFinding(**asdict(finding)) for finding in outcome.findings],
    )
