"""Speaks to Twilio's REST interface: forms in, JSON out, and three kinds of failure told apart."""

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from backend.delivery.engines.twilio_refusals import explained
from backend.delivery.port import CarrierBusy, CarrierRefused, CarrierSilent
from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.errors import Missing, NotConfigured
from backend.platform.settings import TwilioSettings
from backend.platform.settings.sources import is_loopback

ANSWER_S_MAX = 12.0  # below a job's lease: whoever takes over an unanswered request comes later
CONNECT_S_MAX = 5.0
ANSWER_BYTES_MAX = 4 << 20
VERSION = "2010-04-01"

# Such a failure came before a byte of the request was taken.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

Json = dict[str, Any]  # Any: what Twilio answers; each reader checks its fields
Form = Mapping[str, str | list[str]]


class TwilioRest:
    """One account's interface."""

    def __init__(self, settings: TwilioSettings, *, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.account_sid = settings.account_sid
        self._client: httpx2.AsyncClient | None = None
        self.skew_micros: int | None = None  # Twilio's clock less ours, once it has answered

    @property
    def api(self) -> str:
        """The origin of the account's own resources."""
        return self._settings.api_url or f"https://api{_place(self._settings)}.twilio.com"

    @property
    def messaging(self) -> str:
        """The origin of what is known about texting."""
        return self._settings.api_url or "https://messaging.twilio.com"

    def account_path(self, rest: str = "") -> str:
        """Return the path of something of this account."""
        return f"/{VERSION}/Accounts/{self.account_sid}{rest}.json"

    async def get(self, url: str, query: Mapping[str, str] | None = None) -> Json:
        """Read something."""
        return await self._ask("GET", url, query=query)

    async def post(self, url: str, form: Form) -> Json:
        """Make or change something; CarrierSilent when nobody knows whether it was done."""
        return await self._ask("POST", url, form=form)

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def their_time(self, ours: Instant) -> Instant:
        """Return what Twilio's clock shows when ours shows this."""
        return Instant(ours + (self.skew_micros or 0))

    # ── one request ──────────────────────────────────────────────────────────────────────────
    async def _ask(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Form | None = None,
    ) -> Json:
        try:
            # The client's own limits count from byte to byte; this one bounds the whole.
            async with asyncio.timeout(ANSWER_S_MAX):
                answer = await self._opened().request(method, url, params=query, data=form)
        except _NOT_SENT as failure:
            raise CarrierBusy("Twilio can't be reached.", cure="ringback doctor") from failure
        except (httpx2.HTTPError, TimeoutError) as failure:
            raise CarrierSilent("Twilio did not answer.", cure="ringback doctor") from failure
        self._note_time(answer.headers.get("date", ""))
        return _read(answer)

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            token = self._settings.auth_token.get_secret_value()
            if not (self.account_sid and token):
                raise NotConfigured(
                    "No Twilio account is set.",
                    cure="set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then: ringback phone setup",
                )
            host = urlsplit(self.api).hostname or ""
            self._client = httpx2.AsyncClient(
                auth=(self.account_sid, token),
                timeout=httpx2.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX),
                follow_redirects=False,  # a redirect could carry the credentials elsewhere
                trust_env=not is_loopback(host),
                headers={"Accept": "application/json"},
            )
        return self._client

    def _note_time(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except (ValueError, TypeError):
            return
        self.skew_micros = int(theirs.timestamp() * SECOND) - self._clock.now()


def _read(answer: httpx2.Response) -> Json:
    """Return what was answered, or raise what it means."""
    status = answer.status_code
    read = _object(answer)
    if status == 204:
        return {}
    if 200 <= status < 300:
        if read is None:
            raise CarrierSilent("Twilio's answer can't be read.")
        return read
    if status == 429:
        raise CarrierBusy("Twilio asks us to slow down.")
    if 400 <= status < 500 and status != 408:
        raise _refusal(status, (read or {}).get("code"))
    raise CarrierSilent(f"Twilio failed ({status}).")


def _refusal(status: int, code: object) -> Missing | CarrierRefused:
    known = code if isinstance(code, int) else {401: 20003, 403: 20003, 404: 20404}.get(status, 0)
    # Twilio's own message may repeat the number, so it is never passed on.
    reason, cure = explained(known)
    if status == 404:
        return Missing(reason, cure=cure)
    return CarrierRefused(reason, cure=cure, carrier_code=known)


def _object(answer: httpx2.Response) -> Json | None:
    if len(answer.content) > ANSWER_BYTES_MAX:
        return None
    try:
        read = answer.json()
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _place(settings: TwilioSettings) -> str:
    """Return the part of a host's name that says which region and edge."""
    parts = [settings.edge, settings.region]
    if settings.edge and not settings.region:
        parts[1] = "us1"  # an edge stands before a region, never alone
    return "".join(f".{part}" for part in parts if part)
