"""A telephone for the journeys: calls in real time by the exact protocol, and signed texts."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4
from xml.etree import ElementTree as Xml

import httpx2

from backend.conversation.carriers.simulator import Caller, Dial
from backend.kernel.audio import Sound
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from tests.journey.product import NO_TLS, Product

VOUCHED = "TN-Validation-Passed-A"


@dataclass
class Talk:
    """What a call was like from the caller's side."""

    call_sid: str = ""
    greeting: Sound = field(default_factory=lambda: Sound(b""))
    replies: list[Sound] = field(default_factory=list)
    greeting_ms: float | None = None
    reply_ms: list[float] = field(default_factory=list)
    was_hung_up_on: bool = False


@dataclass(frozen=True)
class Telephone:
    """One number, and the secret with which the carrier signs."""

    product: Product
    secret: str
    number: str

    async def call(self, sentences: Sequence[Sound], *, verdict: str = "") -> Talk:
        """Ring, hear the greeting, say each sentence and hear its reply; then the line ends."""
        dial = Dial(url=self.product.url, secret=self.secret, number=self.number, verdict=verdict)
        talk = Talk()
        clock = SystemClock()
        async with Caller(dial, clock=clock, ids=SystemIds(clock)) as caller:
            talk.call_sid = caller.call_sid
            talk.greeting = await caller.hear_out(seconds_max=30)
            for sentence in sentences:
                if caller.is_hung_up:
                    break
                await caller.say(sentence)
                talk.replies.append(await caller.hear_out(seconds_max=45))
            talk.was_hung_up_on = caller.is_hung_up
        talk.greeting_ms, talk.reply_ms = caller.greeting_ms, caller.reply_ms
        return talk

    def text(self, body: str, *, sid: str = "") -> str:
        """Send an SMS and return what comes back, its parts joined."""
        twiml = Xml.fromstring(self.post(body, sid=sid))
        return "".join("".join(message.itertext()) for message in twiml.iter("Message"))

    def post(self, body: str, *, sid: str = "") -> str:
        """Send an SMS and return the orders that the carrier gets."""
        form = {
            "MessageSid": sid or "SM" + uuid4().hex,
            "AccountSid": "AC" + "0" * 32,
            "From": self.number,
            "To": "+15005550001",
            "Body": body,
        }
        url = f"{self.product.url}/sms/incoming"
        signature = self.sign(f"{self._signed_origin}/sms/incoming", form)
        answer = httpx2.post(
            url, data=form, headers={"X-Twilio-Signature": signature}, timeout=30, verify=NO_TLS
        )
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    @property
    def _signed_origin(self) -> str:
        """Return the name by which the carrier knows the instance."""
        return self.product.extra.get("RINGBACK_PUBLIC_URL", self.product.url)

    def sign(self, url: str, form: dict[str, str]) -> str:
        """Sign as Twilio documents it: written a second time, lest both be wrong alike."""
        text = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()
