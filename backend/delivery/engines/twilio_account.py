"""Looks after a Twilio account: what it is, which numbers it has, and where they point."""

from collections.abc import Iterator
from typing import Any

from backend.delivery.account import AccountFacts, OwnNumber, Registration, Webhooks
from backend.delivery.engines.twilio_rest import Json, TwilioRest
from backend.delivery.port import CarrierRefused, CarrierSilent
from backend.kernel.clock import SECOND, Clock
from backend.kernel.errors import Missing
from backend.platform.settings import TwilioSettings

PAGE = "200"
SERVICES_MAX = 20
TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
CAMPAIGN_STATES = {
    "VERIFIED": Registration.DONE,
    "IN_PROGRESS": Registration.PENDING,
    "PENDING": Registration.PENDING,
}
TOLL_FREE_STATES = {
    "TWILIO_APPROVED": Registration.DONE,
    "PENDING_REVIEW": Registration.PENDING,
    "IN_REVIEW": Registration.PENDING,
}


class TwilioAccount:
    """One account; implements `Account`."""

    def __init__(self, settings: TwilioSettings, *, clock: Clock) -> None:
        self._rest = TwilioRest(settings, clock=clock)

    @property
    def origin(self) -> str:
        """Where the account is asked."""
        return self._rest.api

    async def is_active(self) -> bool:
        """Say whether the account may be used: the least question, and free."""
        return _is_active(await self._account())

    async def facts(self) -> AccountFacts:
        """Return what is known of the account."""
        account = await self._account()
        return AccountFacts(
            is_active=_is_active(account),
            is_trial=str(account.get("type", "")).lower() == "trial",
            balance=await self._balance(),
            skew_s=(self._rest.skew_micros or 0) / SECOND,
        )

    async def numbers(self) -> list[OwnNumber]:
        """Return the account's numbers."""
        path = self._rest.account_path("/IncomingPhoneNumbers")
        page = await self._rest.get(self._rest.api + path, {"PageSize": PAGE})
        return [_number(each) for each in _listed(page, "incoming_phone_numbers")]

    async def point(self, number: OwnNumber, webhooks: Webhooks) -> OwnNumber:
        """Have a number's calls and texts brought here; return it as it was read back."""
        url = self._rest.api + self._rest.account_path(f"/IncomingPhoneNumbers/{number.sid}")
        form = {
            "VoiceUrl": webhooks.voice_url,
            "VoiceMethod": "POST",
            "VoiceFallbackUrl": webhooks.fallback_url,
            "VoiceFallbackMethod": "POST",
            "StatusCallback": webhooks.status_url,
            "StatusCallbackMethod": "POST",
        }
        if number.can_text:
            form |= {"SmsUrl": webhooks.sms_url, "SmsMethod": "POST"}
        await self._rest.post(url, form)
        return _number(await self._rest.get(url))

    async def registration(self, number: OwnNumber, *, country: str) -> Registration:
        """Say whether the number may text in its own country; only the US asks for it so far."""
        if country != "US" or not number.can_text:
            return Registration.NOT_NEEDED
        try:
            if number.number.startswith(TOLL_FREE):
                return await self._toll_free(number)
            return await self._campaign(number)
        except (CarrierRefused, CarrierSilent, Missing):
            return Registration.UNKNOWN

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.close()

    async def _account(self) -> Json:
        return await self._rest.get(self._rest.api + self._rest.account_path())

    async def _balance(self) -> str:
        try:
            told = await self._rest.get(self._rest.api + self._rest.account_path("/Balance"))
        except (CarrierRefused, Missing):
            return ""  # an account below another may not see it
        return f"{told.get('balance', '')} {told.get('currency', '')}".strip()

    async def _toll_free(self, number: OwnNumber) -> Registration:
        url = f"{self._rest.messaging}/v1/Tollfree/Verifications"
        page = await self._rest.get(url, {"TollfreePhoneNumberSid": number.sid})
        found = [str(each.get("status")) for each in _listed(page, "verifications")]
        return _best(TOLL_FREE_STATES.get(state, Registration.MISSING) for state in found)

    async def _campaign(self, number: OwnNumber) -> Registration:
        """Look for the messaging service that has the number, and for its campaign."""
        services = await self._rest.get(f"{self._rest.messaging}/v1/Services", {"PageSize": PAGE})
        for service in list(_listed(services, "services"))[:SERVICES_MAX]:
            url = f"{self._rest.messaging}/v1/Services/{service.get('sid')}"
            has = await self._rest.get(f"{url}/PhoneNumbers", {"PageSize": PAGE})
            if number.number not in {
                each.get("phone_number") for each in _listed(has, "phone_numbers")
            }:
                continue
            page = await self._rest.get(f"{url}/Compliance/Usa2p")
            found = [str(each.get("campaign_status")) for each in _listed(page, "compliance")]
            return _best(CAMPAIGN_STATES.get(state, Registration.MISSING) for state in found)
        return Registration.MISSING


def _is_active(account: Json) -> bool:
    return account.get("status") == "active"


def _best(found: Iterator[Registration]) -> Registration:
    states = set(found)
    for state in (Registration.DONE, Registration.PENDING):
        if state in states:
            return state
    return Registration.MISSING


def _listed(page: Json, name: str) -> Iterator[Json]:
    listed: Any = page.get(name)  # Any: what Twilio answers
    if not isinstance(listed, list):
        raise CarrierSilent("Twilio's list can't be read.")
    return (each for each in listed if isinstance(each, dict))


def _number(resource: Json) -> OwnNumber:
    can = resource.get("capabilities")
    can = can if isinstance(can, dict) else {}
    elsewhere = ("voice_application_sid", "sms_application_sid", "trunk_sid")
    return OwnNumber(
        sid=str(resource.get("sid", "")),
        number=str(resource.get("phone_number", "")),
        can_call=bool(can.get("voice")),
        can_text=bool(can.get("sms")),
        webhooks=Webhooks(
            voice_url=str(resource.get("voice_url") or ""),
            fallback_url=str(resource.get("voice_fallback_url") or ""),
            status_url=str(resource.get("status_callback") or ""),
            sms_url=str(resource.get("sms_url") or ""),
        ),
        is_handled_elsewhere=any(resource.get(name) for name in elsewhere),
    )
