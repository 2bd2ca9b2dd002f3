"""The telephone's doors: signed webhooks, and the media socket that joins a carrier to us."""

from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.websockets import WebSocket

from backend.conversation import wording
from backend.conversation.carriers import twiml
from backend.conversation.carriers.forms import Form
from backend.conversation.carriers.sms import read_text
from backend.conversation.carriers.twilio import (
    NORMAL,
    POLICY,
    START_SECONDS_MAX,
    TwilioLine,
    await_start,
)
from backend.conversation.phone.gate import (
    AFTER_PATH,
    FORM_S_MAX,
    MEDIA_PATH,
    Gate,
    simulator_secret,
)
from backend.conversation.phone.probing import PROBE_FIELD, PROOF_HEADER, Probes
from backend.conversation.phone.switchboard import Switchboard
from backend.conversation.phone.texts import Texts
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.sockets import ServerSocket, SocketClosed
from backend.trust.guard import Guard

FAILED = 1011


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer may take; tests are quicker."""

    form_s: float = FORM_S_MAX
    start_s: float = START_SECONDS_MAX


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """What the telephone's doors lead to."""

    switchboard: Switchboard
    texts: Texts
    guard: Guard
    settings: Settings
    keys: Keys
    clock: Clock
    patience: Patience = field(default_factory=Patience)
    probes: Probes = field(default_factory=Probes)


class SimulatorSecret(BaseModel):
    """With what a simulated call on this instance signs."""

    secret: str
    public_url: str  # the origin that must be signed; empty: the one that was asked


def router(parts: PhoneParts) -> APIRouter:
    """Return the doors; every one of them fails closed without the carrier's signature."""
    routes = APIRouter(tags=["phone"])
    gate = Gate(parts.settings, parts.keys, clock=parts.clock, form_s=parts.patience.form_s)

    @routes.post("/phone/incoming")
    async def ring(request: Request) -> Response:
        form = await gate.form(request)
        return _twiml(await parts.switchboard.ring(form, gate.doors(request)))

    @routes.post(AFTER_PATH)
    async def after(request: Request) -> Response:
        form = await gate.form(request)
        return _twiml(await parts.switchboard.after(form, gate.doors(request)))

    @routes.post("/phone/fallback")
    async def fallback(request: Request) -> Response:
        # The carrier asks here when another of our doors failed it: a caller hears why.
        await gate.form(request)
        return _twiml(twiml.hang_up(wording.SORRY))

    @routes.post("/phone/status", status_code=204)
    async def report(request: Request, response: Response) -> None:
        await _report(parts, await gate.form(request), response)

    @routes.post("/phone/recording", status_code=204)
    async def recording(request: Request) -> None:
        # We record calls ourselves, sealed: what the carrier says of its own recordings is heard
        # and needs nothing done.
        await gate.form(request)

    @routes.post("/sms/incoming")
    async def text(request: Request) -> Response:
        form = await gate.form(request)
        limit = parts.settings.limits.text_chars
        return _twiml(await parts.texts.answer(read_text(form, characters_max=limit)))

    @routes.websocket(MEDIA_PATH)
    async def media(websocket: WebSocket) -> None:
        if not gate.admits(websocket):
            await websocket.close(POLICY)  # before it is accepted: the peer sees a plain 403
            return
        await _open(parts, gate, websocket)

    @routes.get("/v1/phone/simulator", dependencies=[Depends(parts.guard.require("operate"))])
    async def simulator() -> SimulatorSecret:
        return SimulatorSecret(
            secret=simulator_secret(parts.keys), public_url=parts.settings.public_url
        )

    return routes


async def _carry(parts: PhoneParts, gate: Gate, socket: ServerSocket) -> None:
    """Serve one media socket to its end; whatever goes wrong, it is closed."""
    code = FAILED
    try:
        start = await await_start(socket, seconds_max=parts.patience.start_s)
        line = TwilioLine(socket, start, clock=parts.clock)
        await parts.switchboard.carry(start, line)
        if line.refusal is not None:
            raise line.refusal
        code = NORMAL
    except SocketClosed:
        return
    except RingbackError as refusal:
        code = POLICY
        gate.note_refusal("stream", refusal)
    finally:
        await socket.close(code, "")


async def _report(parts: PhoneParts, form: Form, response: Response) -> None:
    if probe := form.get(PROBE_FIELD):
        response.headers[PROOF_HEADER] = parts.probes.answer(probe)
    else:
        await parts.switchboard.report(form)


async def _open(parts: PhoneParts, gate: Gate, websocket: WebSocket) -> None:
    if probe := websocket.query_params.get(PROBE_FIELD):
        await _prove(parts, gate, websocket, probe)
        return
    await websocket.accept()
    await _carry(parts, gate, ServerSocket(websocket))


async def _prove(parts: PhoneParts, gate: Gate, websocket: WebSocket, probe: str) -> None:
    """Answer a probe of our own: no call is carried on its socket."""
    try:
        proof = parts.probes.answer(probe)
    except RingbackError as refusal:
        gate.note_refusal("socket", refusal)
        await websocket.close(POLICY)
        return
    await websocket.accept()
    socket = ServerSocket(websocket)
    with suppress(SocketClosed):
        await socket.send(proof)
    await socket.close(NORMAL, "")


def _twiml(answer: str) -> Response:
    return Response(answer, media_type=twiml.MEDIA_TYPE)
