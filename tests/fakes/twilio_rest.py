"""Twilio's REST interface on a socket: forms in, JSON out, its errors, and its bad days.

It keeps what it was asked for, as Twilio would, and breaks as its script says: slowly, before or
after it took the request, with any of its errors. It runs in a thread, so that a product in another
process can use it, too:

    with TwilioServer() as twilio:
        twilio.script(Trouble(cut="after"))
        … RINGBACK_TWILIO__API_URL=twilio.url
"""

import base64
import itertools
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from backend.kernel.clock import SECOND
from backend.platform.clock import SystemClock
from tests.fakes.http_server import Handler, HttpServer

ACCOUNT = "AC" + "1" * 32
TOKEN = "fake-token"
OWN_NUMBER = "+14155550100"

# What Twilio answers for numbers that it does not reach, as its own tests' numbers do.
REFUSALS = {
    21211: "The 'To' number {to} is not a valid phone number.",
    21214: "'To' phone number cannot be reached: {to}",
    21219: "The number {to} is unverified. Trial accounts may only make calls to verified numbers.",
    21408: "Permission to send an SMS has not been enabled for the region indicated: {to}.",
    21608: "The number {to} is unverified. Trial accounts cannot send messages to it.",
    21610: "Attempt to send to unsubscribed recipient {to}",
    21614: "'To' number is not a valid mobile number: {to}",
    30034: "Message from an Unregistered Number to {to}",
    13227: "Account not authorized to call {to}. Geo permissions.",
    20003: "Authenticate",
    20429: "Too Many Requests",
}
STATUS_OF = {20003: 401, 20429: 429}


def _now() -> float:
    return SystemClock().now() / SECOND


@dataclass(frozen=True)
class Trouble:
    """How one request that makes something goes wrong."""

    code: int = 0  # one of Twilio's errors
    status: int = 0  # a bare HTTP status, as a gateway in between answers
    cut: str = ""  # "before" it was taken, or "after"
    before_s: float = 0.0  # silence before it is taken
    after_s: float = 0.0  # silence after it was taken
    garbage: bool = False  # taken, but the answer is nonsense


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: list[tuple[str, str]]
    headers: dict[str, str]

    def get(self, name: str) -> str:
        return next((value for key, value in self.form if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.form if key == name]


@dataclass
class TwilioServer(HttpServer):
    """One account."""

    token: str = TOKEN
    is_trial: bool = False
    status: str = "active"
    balance: str | None = "15.50"
    clock: Callable[[], float] = _now  # seconds since 1970, as Twilio sees them
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    on_call: Callable[[dict[str, Any], Asked], None] = lambda call, asked: None
    on_change: Callable[[dict[str, Any], Asked], None] = lambda call, asked: None

    def __post_init__(self) -> None:
        super().__init__()
        self.requests: list[Asked] = []
        self.calls: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.numbers = [self.number(OWN_NUMBER)]
        self._script: deque[Trouble | None] = deque()
        self._serial = itertools.count(1)
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return self.origin

    def script(self, *troubles: Trouble | None) -> None:
        """Have the next requests that make something go wrong; None: that one goes well."""
        self._script.extend(troubles)

    def made(self, kind: str) -> list[Asked]:
        """Return the requests that wanted a call or a text made."""
        path = f"/2010-04-01/Accounts/{ACCOUNT}/{kind}.json"
        return [asked for asked in self.requests if (asked.method, asked.path) == ("POST", path)]

    def number(self, number: str, *, voice: bool = True, sms: bool = True) -> dict[str, Any]:
        return {
            "sid": f"PN{abs(hash(number)):032x}"[:34],
            "phone_number": number,
            "friendly_name": number,
            "capabilities": {"voice": voice, "sms": sms, "mms": False},
            "voice_url": "https://demo.twilio.com/welcome/voice/",
            "voice_method": "POST",
            "voice_fallback_url": "",
            "status_callback": "",
            "sms_url": "https://demo.twilio.com/welcome/sms/reply",
            "sms_method": "POST",
            "voice_application_sid": "",
            "sms_application_sid": "",
            "trunk_sid": "",
        }

    def now(self) -> str:
        return formatdate(self.clock(), usegmt=True)

    def trouble(self) -> Trouble:
        with self.lock:
            return (self._script.popleft() if self._script else None) or Trouble()

    def create(self, kind: str, asked: Asked) -> dict[str, Any]:
        """Take a call or a text."""
        prefix, listed = ("CA", self.calls) if kind == "Calls" else ("SM", self.messages)
        made: dict[str, Any] = {
            "sid": f"{prefix}{next(self._serial):032x}",
            "account_sid": ACCOUNT,
            "to": asked.get("To"),
            "from": asked.get("From"),
            "status": "queued",
            "direction": "outbound-api",
            "date_created": self.now(),
            "price": None,
            "price_unit": "USD",
        }
        if kind == "Calls":
            made |= {"duration": None, "answered_by": None, "start_time": None}
        else:
            made |= {"body": asked.get("Body"), "error_code": None, "num_segments": "1"}
        with self.lock:
            listed.append(made)
        if kind == "Calls":
            self.on_call(made, asked)
        return made


class _Handler(Handler):
    def get(self) -> None:
        asked = self._asked(b"")
        if self._is_let_in():
            self._read(asked)

    def post(self) -> None:
        asked = self._asked(self.sent())
        if not self._is_let_in():
            return
        last = asked.path.rpartition("/")[2].removesuffix(".json")
        if last in {"Calls", "Messages"}:
            self._make(last, asked)
        else:
            self._change(asked)

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    def _read(self, asked: Asked) -> None:
        owner = self.server.owner
        last = asked.path.rpartition("/")[2].removesuffix(".json")
        if last in {"Calls", "Messages"}:
            listed = owner.calls if last == "Calls" else owner.messages
            wanted = {name.lower(): asked.query.get(name, [""])[0] for name in ("To", "From")}
            with owner.lock:
                found = [
                    each
                    for each in reversed(listed)
                    if all(not value or each[name] == value for name, value in wanted.items())
                ]
            self._answer(200, {last.lower(): found, "next_page_uri": None})
        elif last == ACCOUNT:
            kind = "Trial" if owner.is_trial else "Full"
            self._answer(200, {"sid": last, "type": kind, "status": owner.status})
        elif last == "Balance":
            if owner.balance is None:
                self._refuse(20003)
            else:
                self._answer(200, {"balance": owner.balance, "currency": "USD"})
        elif last == "IncomingPhoneNumbers":
            self._answer(200, {"incoming_phone_numbers": owner.numbers})
        elif last == "Services":
            services = [{"sid": "MG" + "2" * 32}] if owner.campaigns else []
            self._answer(200, {"services": services})
        elif last == "PhoneNumbers":
            numbers = [{"phone_number": number["phone_number"]} for number in owner.numbers]
            self._answer(200, {"phone_numbers": numbers})
        elif last == "Usa2p":
            self._answer(200, {"compliance": owner.campaigns})
        else:
            self._one(last)

    def _one(self, sid: str) -> None:
        owner = self.server.owner
        known = [*owner.calls, *owner.messages, *owner.numbers]
        found = next((each for each in known if each["sid"] == sid), None)
        if found is None:
            self._refuse(20404, status=404)
        else:
            self._answer(200, found)

    # ── making ───────────────────────────────────────────────────────────────────────────────
    def _make(self, kind: str, asked: Asked) -> None:
        owner = self.server.owner
        trouble = owner.trouble()
        owner.pause(trouble.before_s)
        if trouble.cut == "before":
            self.cut()
        elif trouble.code:
            self._refuse(trouble.code, to=asked.get("To"))
        elif trouble.status:
            self._answer(trouble.status, None)
        else:
            made = owner.create(kind, asked)
            owner.pause(trouble.after_s)
            if trouble.cut == "after":
                self.cut()
            else:
                self._answer(201, None if trouble.garbage else made)

    def _change(self, asked: Asked) -> None:
        owner = self.server.owner
        sid = asked.path.rpartition("/")[2].removesuffix(".json")
        call = next((each for each in owner.calls if each["sid"] == sid), None)
        number = next((each for each in owner.numbers if each["sid"] == sid), None)
        if call is not None:
            if call["status"] in {"completed", "busy", "failed", "no-answer", "canceled"}:
                self._refuse(21220)
                return
            if asked.get("Status"):
                call["status"] = asked.get("Status")
            owner.on_change(call, asked)
            self._answer(200, call)
        elif number is not None:
            for name, value in asked.form:
                words = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)
                number[words.lstrip("_")] = value
            self._answer(200, number)
        else:
            self._refuse(20404, status=404)

    # ── answers ──────────────────────────────────────────────────────────────────────────────
    def _asked(self, body: bytes) -> Asked:
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query),
            form=parse_qsl(body.decode(), keep_blank_values=True),
            headers=self.small_headers(),
        )
        self.server.owner.requests.append(asked)
        return asked

    def _is_let_in(self) -> bool:
        wanted = base64.b64encode(f"{ACCOUNT}:{self.server.owner.token}".encode()).decode()
        if self.headers.get("authorization") == f"Basic {wanted}":
            return True
        self._refuse(20003)
        return False

    def _refuse(self, code: int, *, status: int = 0, to: str = "") -> None:
        message = REFUSALS.get(code, "Something is wrong.").format(to=to)
        status = status or STATUS_OF.get(code, 400)
        page = f"https://www.twilio.com/docs/errors/{code}"
        told = {"code": code, "message": message, "more_info": page, "status": status}
        self._answer(status, told)

    def _answer(self, status: int, told: object) -> None:
        body = b"<html>nonsense" if told is None else json.dumps(told).encode()
        self.send_response_only(status)
        self.send_header("Date", self.server.owner.now())
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


TwilioServer.handler = _Handler
