"""Somebody whom the product rings: answers, listens, speaks and hangs up, as Twilio tells of it.

`Callee` is what Twilio does with a call that was asked for by REST: it posts each state, asks what
to do once it is answered, opens the media socket, and says who took it. `Transferred` is a caller
who is put through to somebody when the answer says so.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

from backend.conversation.carriers.simulator import Caller, Dial
from backend.kernel.clock import Clock
from backend.kernel.ids import Ids
from tests.fakes.twilio_rest import Asked


@dataclass(frozen=True)
class Ordered:
    """A call as it was asked for by REST."""

    call_sid: str
    asked: Asked

    def path(self, name: str) -> str:
        """Return one of its addresses without the origin."""
        parts = urlsplit(self.asked.get(name))
        return f"{parts.path}?{parts.query}"


class Callee(Caller):
    """One call of the product's own."""

    def __init__(self, url: str, secret: str, ordered: Ordered, *, clock: Clock, ids: Ids) -> None:
        answer = urlsplit(ordered.asked.get("Url"))
        dial = Dial(
            url=url,
            secret=secret,
            public_url=f"{answer.scheme}://{answer.netloc}",
            number=ordered.asked.get("From"),
            to=ordered.asked.get("To"),
        )
        super().__init__(dial, clock=clock, ids=ids)
        self.call_sid, self._ordered = ordered.call_sid, ordered

    async def ring(self) -> str:
        for state in ("initiated", "ringing", "in-progress"):
            await self.tell(state)
        form = {"CallStatus": "in-progress", "Direction": "outbound-api"}
        return await self.post(self._ordered.path("Url"), form)

    async def report_end(self) -> None:
        await self.tell("completed", CallDuration="7")

    async def tell(self, state: str, **more: str) -> None:
        """Post a state of the call."""
        form = {"CallStatus": state, "Direction": "outbound-api", **more}
        await self.post(self._ordered.path("StatusCallback"), form)

    async def is_taken_by(self, what: str) -> None:
        """Post who, or what, took the call."""
        await self.post(self._ordered.path("AsyncAmdStatusCallback"), {"AnsweredBy": what})


class Transferred(Caller):
    """A caller who is put through when the product says so."""

    key: str | None = "1"  # what whoever is rung presses; None: nobody picks up
    whispered = ""
    rung = ""

    async def obey(self, answer: Xml.Element) -> Xml.Element:
        joined = answer.find(".//Dial")
        if joined is None:
            return answer
        number = joined.find("Number")
        assert number is not None
        self.rung = number.text or ""
        was_bridged = await self._is_picked_up(number.get("url", ""))
        status = "no-answer" if self.key is None else "completed"
        form = {
            "CallStatus": "in-progress",
            "DialCallStatus": status,
            "DialCallDuration": "12" if was_bridged else "0",
            "DialBridged": str(was_bridged).lower(),
        }
        return Xml.fromstring(await self.post(_path(joined.get("action", "")), form))

    async def _is_picked_up(self, whisper_url: str) -> bool:
        if self.key is None:
            return False
        if not whisper_url:
            return True
        told = Xml.fromstring(await self.post(_path(whisper_url), {}))
        gather = told.find("Gather")
        assert gather is not None
        self.whispered = "".join(gather.itertext())
        if not self.key:
            return False
        pressed = {"Digits": self.key}
        bridged = Xml.fromstring(await self.post(_path(gather.get("action", "")), pressed))
        return bridged.find("Hangup") is None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
