"""The doors of what leaves: webhooks of calls, texts and hand-overs, and what ends a call."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from backend.conversation.carriers import twiml
from backend.conversation.phone.gate import Gate
from backend.conversation.phone.outgoing import Outgoing
from backend.conversation.phone.switchboard import Switchboard
from backend.conversation.phone.transferring import (
    ACCEPT_PATH,
    ENDED_PATH,
    WHISPER_PATH,
    Transfers,
)
from backend.delivery.sending import (
    MACHINE_PATH,
    OUTGOING_PATH,
    OUTGOING_STATUS_PATH,
    TEXT_STATUS_PATH,
)
from backend.kernel.clock import Clock
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.web import Caller
from backend.trust.guard import Guard

TAG = "delivery"
TAG_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class OutgoingDoors:
    """What the doors lead to."""

    outgoing: Outgoing
    transfers: Transfers
    switchboard: Switchboard
    guard: Guard
    settings: Settings
    keys: Keys
    clock: Clock


class WantedKeys(BaseModel):
    """What is to be pressed."""

    keys: str = Field(pattern=r"^[0-9*#A-DwW]{1,32}$")


class PressedKeys(BaseModel):
    """A call on which keys are pressed."""

    carrier_ref: str


class HungUpCall(BaseModel):
    """A call that was ended."""

    carrier_ref: str


def router(doors: OutgoingDoors) -> APIRouter:
    """Return the doors; the webhooks fail closed without the carrier's signature."""
    routes = APIRouter(tags=["phone"])
    gate = Gate(doors.settings, doors.keys, clock=doors.clock)
    outgoing = doors.outgoing

    @routes.post(OUTGOING_PATH)
    async def answer(request: Request) -> Response:
        form = await gate.form(request)
        return _twiml(await outgoing.answer(form, _tag(request), gate.doors(request)))

    @routes.post(OUTGOING_STATUS_PATH, status_code=204)
    async def report(request: Request) -> None:
        await outgoing.report(await gate.form(request), _tag(request))

    @routes.post(MACHINE_PATH, status_code=204)
    async def machine(request: Request) -> None:
        await outgoing.machine(await gate.form(request), _tag(request))

    @routes.post(TEXT_STATUS_PATH, status_code=204)
    async def text_report(request: Request) -> None:
        await outgoing.text_report(await gate.form(request), _tag(request))

    @routes.post(WHISPER_PATH)
    async def whisper(request: Request) -> Response:
        await gate.form(request)
        return _twiml(await doors.transfers.whisper(_tag(request), gate.doors(request)))

    @routes.post(ACCEPT_PATH)
    async def accept(request: Request) -> Response:
        return _twiml(await doors.transfers.accept(await gate.form(request), _tag(request)))

    @routes.post(ENDED_PATH)
    async def ended(request: Request) -> Response:
        form = await gate.form(request)
        words = await doors.transfers.ended(
            form, _tag(request), doors=gate.doors(request), switchboard=doors.switchboard
        )
        return _twiml(words)

    @routes.post("/v1/calls/{call_id}/hangup", dependencies=[Depends(doors.guard.require("call"))])
    async def hang_up(actor: Caller, call_id: str) -> HungUpCall:
        """End a call, or call it off while it waits."""
        return HungUpCall(carrier_ref=await outgoing.hang_up(actor.owner_id, call_id))

    @routes.post("/v1/calls/{call_id}/keys", dependencies=[Depends(doors.guard.require("call"))])
    async def press(actor: Caller, call_id: str, wanted: WantedKeys) -> PressedKeys:
        """Press keys on a call that is going on, for the machine at its other end."""
        pressed = await outgoing.press(actor.owner_id, call_id, wanted.keys)
        return PressedKeys(carrier_ref=pressed)

    return routes


def _twiml(words: str) -> Response:
    return Response(words, media_type=twiml.MEDIA_TYPE)


def _tag(request: Request) -> str:
    """Return which delivery this is about; the signature covers it."""
    return request.query_params.get(TAG, "")[:TAG_CHARACTERS_MAX]
