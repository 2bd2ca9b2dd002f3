"""Calls and texts by Twilio's REST interface."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from backend.delivery.engines.twilio_refusals import explained
from backend.delivery.engines.twilio_rest import Json, TwilioRest
from backend.delivery.engines.twilio_words import ANSWERED_BY, CALL_STATES, TEXT_STATES
from backend.delivery.port import CarrierRefused, CarrierSilent, Dial, Message, Sent
from backend.delivery.types import Kind, Report
from backend.kernel.clock import SECOND, Clock
from backend.kernel.errors import Conflict, Missing
from backend.platform.settings import TwilioSettings

LISTED = 50  # of the newest; Twilio's own page
MARGIN = 3 * SECOND  # Twilio writes whole seconds, and our request takes its time

EVENTS = ["initiated", "ringing", "answered", "completed"]


class TwilioCarrier:
    """Rings and texts from the companion's own number; implements `Carrier`."""

    def __init__(self, settings: TwilioSettings, *, clock: Clock) -> None:
        self._rest = TwilioRest(settings, clock=clock)
        self._number = settings.phone_number

    async def call(self, dial: Dial) -> Report:
        """Ring somebody up; Twilio asks `answer_url` as soon as somebody takes it."""
        asked: dict[str, str | list[str]] = {
            "To": dial.number,
            "From": self._number,
            "Url": dial.answer_url,
            "Method": "POST",
            "StatusCallback": dial.status_url,
            "StatusCallbackMethod": "POST",
            "StatusCallbackEvent": EVENTS,
            "Timeout": str(dial.ring_s),
            # Whether a person or a machine took it is found out beside the call: nobody waits.
            "MachineDetection": "DetectMessageEnd",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": dial.machine_url,
            "AsyncAmdStatusCallbackMethod": "POST",
        }
        if dial.keys:
            asked["SendDigits"] = dial.keys
        made = await self._rest.post(self._rest.api + self._rest.account_path("/Calls"), asked)
        return _report(Kind.CALL, made)

    async def text(self, message: Message) -> Report:
        """Send one text."""
        made = await self._rest.post(
            self._rest.api + self._rest.account_path("/Messages"),
            {
                "To": message.number,
                "From": self._number,
                "Body": message.body,
                "StatusCallback": message.status_url,
            },
        )
        return _report(Kind.TEXT, made)

    async def find(self, sent: Sent) -> Report | None:
        """Look for what may have been sent, among the newest to this number."""
        name = _names(sent.kind)
        query = {"To": sent.number, "From": self._number, "PageSize": str(LISTED)}
        page = await self._rest.get(self._rest.api + self._rest.account_path(f"/{name}"), query)
        listed = page.get(name.lower())
        if not isinstance(listed, list):
            raise CarrierSilent("Twilio's list can't be read.")
        since = self._rest.their_time(sent.since) - MARGIN
        fitting = [
            each
            for each in _objects(listed)
            if _is_ours(each, sent) and _moment(each.get("date_created")) >= since
        ]
        if not fitting:
            return None
        return _report(sent.kind, min(fitting, key=lambda each: _moment(each["date_created"])))

    async def outcome(self, kind: Kind, reference: str) -> Report:
        """Ask how a call or text stands."""
        path = self._rest.account_path(f"/{_names(kind)}/{reference}")
        return _report(kind, await self._rest.get(self._rest.api + path))

    async def hang_up(self, reference: str) -> None:
        """End a call; one that still rings is called off by the same word."""
        path = self._rest.account_path(f"/Calls/{reference}")
        try:
            await self._rest.post(self._rest.api + path, {"Status": "completed"})
        except Missing as gone:
            raise Conflict("That call is over.") from gone
        except CarrierRefused as refusal:
            if refusal.carrier_code != 21220:  # it is over: not in progress any more
                raise

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.close()


def _report(kind: Kind, resource: Json) -> Report:
    reference = resource.get("sid")
    status = resource.get("status")
    states = CALL_STATES if kind is Kind.CALL else TEXT_STATES
    if not isinstance(reference, str) or not reference or status not in states:
        raise CarrierSilent("Twilio's answer can't be read.")
    code = resource.get("error_code")
    reason = explained(code)[0] if isinstance(code, int) and code else ""
    return Report(
        reference=reference,
        state=states[str(status)],
        reason=reason,
        answered_by=ANSWERED_BY.get(str(resource.get("answered_by") or ""), ""),
        seconds=_whole(resource.get("duration")),
        cost_micros=_micros(resource),
    )


def _names(kind: Kind) -> str:
    return "Messages" if kind is Kind.TEXT else "Calls"


def _is_ours(resource: Json, sent: Sent) -> bool:
    if resource.get("to") != sent.number or resource.get("sid") in sent.known:
        return False
    if not str(resource.get("direction", "")).startswith("outbound"):
        return False
    return sent.kind is not Kind.TEXT or resource.get("body") == sent.body


def _objects(listed: list[Any]) -> Iterator[Json]:  # Any: what Twilio answers
    return (each for each in listed if isinstance(each, dict))


def _moment(date: object) -> int:
    """Return an RFC 2822 date in microseconds; what has none counts as new."""
    try:
        told: datetime = parsedate_to_datetime(str(date))
    except (ValueError, TypeError):
        return 1 << 62
    return int(told.timestamp() * SECOND)


def _whole(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() else None


def _micros(resource: Json) -> int | None:
    """Return what it cost in millionths of a dollar; Twilio writes its price below zero."""
    if str(resource.get("price_unit") or "USD").upper() != "USD":
        return None
    try:
        return round(abs(float(resource.get("price") or 0)) * 1_000_000) or None
    except (TypeError, ValueError):
        return None
