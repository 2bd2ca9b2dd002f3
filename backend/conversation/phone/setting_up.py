"""Sets the telephone up: points a number here, reads it back, names what would keep it silent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.conversation.phone.probing import PublicDoor
from backend.delivery import NumberPlan
from backend.delivery.account import Account, AccountFacts, OwnNumber, Registration, Webhooks
from backend.delivery.port import CarrierRefused
from backend.kernel.errors import Busy, Invalid, Missing, Unavailable

SKEW_S_MAX = 30.0
TUNNELS = (
    "the carrier has to reach this machine under a public https:// address:\n"
    "cloudflared tunnel --url http://127.0.0.1:{port}   (free; a new address each time)\n"
    "ngrok http {port}   (free; keeps one address for each account)\n"
    "tailscale funnel {port}   (free; keeps its address)\n"
    "then: RINGBACK_PUBLIC_URL=https://… ringback up"
)


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"  # it works, but less than it could
    WRONG = "wrong"  # until it is mended, nobody is reached


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    what: str
    cure: str = ""


@dataclass(slots=True)
class Outcome:
    """What setting up came to."""

    findings: list[Finding] = field(default_factory=list)
    number: str = ""
    choices: list[str] = field(default_factory=list)  # not empty: one of them is to be named

    @property
    def is_ready(self) -> bool:
        """Say whether the telephone works."""
        is_wrong = any(finding.level is Level.WRONG for finding in self.findings)
        return not is_wrong and bool(self.number)

    def add(self, level: Level, what: str, cure: str = "") -> None:
        """Write one thing down."""
        self.findings.append(Finding(level, what, cure))


@dataclass(frozen=True, slots=True)
class SetupParts:
    """What setting up stands on."""

    account: Account | None
    door: PublicDoor
    plan: NumberPlan
    public_url: str
    own_number: str
    port: int


class PhoneSetup:
    """Looks at the account, the number and the way to us; `run` also mends what it may."""

    def __init__(self, parts: SetupParts) -> None:
        self._parts = parts

    async def run(self, *, number: str | None, is_only_check: bool) -> Outcome:
        """Check everything in the order in which it is needed; change where a number points."""
        outcome = Outcome()
        if self._parts.account is None:
            outcome.add(
                Level.WRONG,
                "No Twilio account is set.",
                "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (twilio.com/console), restart, and "
                "come back",
            )
            return outcome
        is_reached = await self._check_door(outcome)
        try:
            await self._check_account(outcome, self._parts.account)
            chosen = await self._choose(outcome, self._parts.account, number)
            if chosen is not None:
                await self._check_number(outcome, chosen)
                is_mending = is_reached and not is_only_check
                await self._point(outcome, chosen, is_mending=is_mending)
        except (CarrierRefused, Missing) as refusal:
            outcome.add(Level.WRONG, refusal.message, refusal.cure)
        except (Busy, Unavailable) as silence:
            outcome.add(Level.WRONG, silence.message, "check this machine's way to the internet")
        return outcome

    @property
    def is_configured(self) -> bool:
        """Say whether every setting is there without which nothing rings or leaves."""
        parts = self._parts
        return bool(parts.account and parts.public_url and parts.own_number)

    @property
    def webhooks(self) -> Webhooks:
        """Where our number is to point."""
        url = self._parts.public_url
        return Webhooks(
            voice_url=f"{url}/phone/incoming",
            fallback_url=f"{url}/phone/fallback",
            status_url=f"{url}/phone/status",
            sms_url=f"{url}/sms/incoming",
        )

    # ── one thing after the other ────────────────────────────────────────────────────────────
    async def _check_door(self, outcome: Outcome) -> bool:
        url = self._parts.public_url
        if not url:
            outcome.add(
                Level.WRONG,
                "RINGBACK_PUBLIC_URL is not set.",
                TUNNELS.format(port=self._parts.port),
            )
            return False
        reached = await self._parts.door.check()
        if reached.is_ours:
            outcome.add(Level.OK, f"A carrier reaches this instance at {url}.")
        else:
            outcome.add(Level.WRONG, reached.reason, reached.cure)
        return reached.is_ours

    async def _check_account(self, outcome: Outcome, account: Account) -> None:
        facts = await account.facts()
        if not facts.is_active:
            outcome.add(Level.WRONG, "The Twilio account is not active.", "see twilio.com/console")
            return
        balance = f" Balance: {facts.balance}." if facts.balance else ""
        outcome.add(Level.OK, f"Twilio knows this account.{balance}")
        if facts.is_trial:
            outcome.add(
                Level.NOTE,
                "It is a trial account: it rings and texts verified numbers only, and says so "
                "before every call.",
                "verify numbers in the Twilio console, or upgrade the account",
            )
        _check_clock(outcome, facts)

    async def _choose(
        self, outcome: Outcome, account: Account, wanted: str | None
    ) -> OwnNumber | None:
        numbers = [number for number in await account.numbers() if number.can_call]
        named = wanted or self._parts.own_number
        found = next((number for number in numbers if number.number == named), None)
        if found is None and not named and len(numbers) == 1:
            found = numbers[0]
        if found is not None:
            outcome.number = found.number
            if found.number != self._parts.own_number:
                outcome.add(
                    Level.WRONG,
                    "The companion does not know its number yet.",
                    f"TWILIO_PHONE_NUMBER={found.number} ringback up",
                )
            return found
        if not numbers:
            outcome.add(
                Level.WRONG,
                "The account has no number that takes calls.",
                "buy one: twilio.com/console/phone-numbers/search",
            )
        else:
            outcome.choices = [number.number for number in numbers]
            what = f"The account has no number {named}." if named else "The account has several."
            outcome.add(Level.WRONG, what, "ringback phone setup --number +…")
        return None

    async def _check_number(self, outcome: Outcome, number: OwnNumber) -> None:
        assert self._parts.account is not None
        if number.is_handled_elsewhere:
            outcome.add(
                Level.WRONG,
                "A TwiML application or a SIP trunk takes this number's calls or texts.",
                "Twilio console → the number → configure with webhooks",
            )
        if not number.can_text:
            outcome.add(Level.NOTE, "The number takes no texts.", "get one with SMS, if you wish")
            return
        country = self._parts.plan.country_of(number.number)
        state = await self._parts.account.registration(number, country=country)
        outcome.findings.extend(_REGISTRATIONS.get(state, ()))

    async def _point(self, outcome: Outcome, number: OwnNumber, *, is_mending: bool) -> None:
        wanted = self.webhooks
        if _is_pointed(number, wanted):
            outcome.add(Level.OK, f"{number.number} brings its calls and texts here.")
            return
        if not is_mending:
            outcome.add(
                Level.WRONG, f"{number.number} does not point here.", "ringback phone setup"
            )
            return
        assert self._parts.account is not None
        back = await self._parts.account.point(number, wanted)
        if _is_pointed(back, wanted):
            outcome.add(Level.OK, f"{number.number} now brings its calls and texts here.")
        else:
            outcome.add(
                Level.WRONG,
                f"{number.number} was pointed here, and does not say so.",
                "look at it in the Twilio console",
            )


_A2P = "Twilio console → Messaging → Regulatory compliance"
_REGISTRATIONS: Mapping[Registration, tuple[Finding, ...]] = {
    Registration.DONE: (Finding(Level.OK, "The number is registered for texts."),),
    Registration.PENDING: (
        Finding(Level.NOTE, "The number's registration for texts is under way.", "wait for it"),
    ),
    Registration.MISSING: (
        Finding(
            Level.NOTE,
            "US carriers drop texts from this number: it is not registered (A2P 10DLC, or "
            "toll-free verification). Calls work.",
            _A2P,
        ),
    ),
    Registration.UNKNOWN: (
        Finding(
            Level.NOTE, "Whether the number is registered for texts in the US is not known.", _A2P
        ),
    ),
}


def _check_clock(outcome: Outcome, facts: AccountFacts) -> None:
    if abs(facts.skew_s) > SKEW_S_MAX:
        outcome.add(
            Level.NOTE,
            f"This machine's clock is {abs(facts.skew_s):.0f} s "
            f"{'behind' if facts.skew_s > 0 else 'ahead'}.",
            "switch its network time on",
        )


def _is_pointed(number: OwnNumber, wanted: Webhooks) -> bool:
    is_voice = (number.webhooks.voice_url, number.webhooks.status_url) == (
        wanted.voice_url,
        wanted.status_url,
    )
    is_fallback = number.webhooks.fallback_url == wanted.fallback_url
    return is_voice and is_fallback and (not number.can_text or _has_texts(number, wanted))


def _has_texts(number: OwnNumber, wanted: Webhooks) -> bool:
    return number.webhooks.sms_url == wanted.sms_url


def checked_number(plan: NumberPlan, text: str | None) -> str | None:
    """Return a number of ours in E.164; raise for what is none."""
    if not text:
        return None
    number = plan.read(text)
    if isinstance(number, str):
        return number
    raise Invalid(number.reason, cure=number.cure)
