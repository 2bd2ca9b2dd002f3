"""The doors of pairing: ask for a code, spend it, list and remove devices."""

from typing import Annotated
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from backend.platform.web import Caller
from backend.trust.guard import Guard
from backend.trust.identity import Credential
from mobile_api.moments import rfc3339
from mobile_api.pairing.service import Pairing

QR_MODULE_PIXELS = 6


class Offer(BaseModel):
    """A code for a new device, to type or to scan."""

    code: str
    url: str = Field(description="The address that the device shall speak to.")
    text: str = Field(description="What the QR code says.")
    qr: str = Field(description="The QR code as an SVG picture.")
    expires_at: str


class NewDevice(BaseModel):
    """What a device says to be paired."""

    code: Annotated[str, Field(min_length=8, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=80)]


class Device(BaseModel):
    """A device, without its secret."""

    id: str
    name: str
    created_at: str
    last_used_at: str | None = None


class PairedDevice(BaseModel):
    """A device just paired: the only time that its token is seen."""

    id: str
    token: str
    person: str


class Devices(BaseModel):
    """All devices of one memory."""

    devices: list[Device]


def pairing_router(pairing: Pairing, *, guard: Guard, public_url: str) -> APIRouter:
    """Return the routes under `/v1/devices`."""
    router = APIRouter(tags=["devices"])
    known = Depends(guard.require("feed"))

    @router.post("/v1/devices/pairing", status_code=201, dependencies=[known])
    async def offer(request: Request, response: Response, caller: Caller) -> Offer:
        """Make a one-use code for a new device; it lives for ten minutes."""
        issued = await pairing.offer(caller)
        response.headers["Cache-Control"] = "no-store"
        url = public_url or str(request.base_url).rstrip("/")
        text = "ringback://pair?" + urlencode({"url": url, "code": issued.token})
        return Offer(
            code=issued.token,
            url=url,
            text=text,
            qr=segno.make(text, error="m").svg_inline(scale=QR_MODULE_PIXELS),
            expires_at=rfc3339(issued.expires_at) if issued.expires_at else "",
        )

    @router.post("/v1/devices", status_code=201)
    async def accept(wanted: NewDevice, request: Request, response: Response) -> PairedDevice:
        """Spend a pairing code: whoever has one needs no other credential."""
        issued, person = await pairing.accept(wanted.code, wanted.name, request)
        response.headers["Cache-Control"] = "no-store"
        return PairedDevice(id=issued.id, token=issued.token, person=person)

    @router.get("/v1/devices", dependencies=[known])
    async def devices(caller: Caller) -> Devices:
        """List the devices of one's own memory."""
        return Devices(devices=[_device(device) for device in await pairing.devices(caller)])

    @router.delete("/v1/devices/{device_id}", status_code=204, dependencies=[known])
    async def remove(device_id: str, caller: Caller) -> None:
        """Take a device away; its token stops working at once."""
        await pairing.remove(caller, device_id)

    return router


def _device(device: Credential) -> Device:
    return Device(
        id=device.id,
        name=device.name,
        created_at=rfc3339(device.created_at),
        last_used_at=rfc3339(device.last_used_at) if device.last_used_at else None,
    )
