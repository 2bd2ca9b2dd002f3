"""A carrier that keeps what it was handed, and breaks as the test says."""

from collections import deque

from backend.delivery.port import CarrierBusy, CarrierRefused, CarrierSilent, Dial, Message, Sent
from backend.delivery.types import Kind, Report, State
from backend.kernel.errors import Missing, Unavailable
from tests.fakes.twilio_rest import Trouble


class FakeCarrier:
    """Takes calls and texts; implements `Carrier`."""

    def __init__(self) -> None:
        self.dials: list[Dial] = []
        self.messages: list[Message] = []
        self.hung_up: list[str] = []
        self.reports: dict[str, Report] = {}
        self.is_deaf = False  # whoever asks it gets no answer
        self._script: deque[Trouble | None] = deque()
        self._taken: list[tuple[Kind, str, str, str]] = []  # kind, number, body, reference

    def script(self, *troubles: Trouble | None) -> None:
        self._script.extend(troubles)

    @property
    def taken(self) -> int:
        """How often somebody was really rung or texted."""
        return len(self._taken)

    async def call(self, dial: Dial) -> Report:
        self.dials.append(dial)
        return self._take(Kind.CALL, dial.number, "")

    async def text(self, message: Message) -> Report:
        self.messages.append(message)
        return self._take(Kind.TEXT, message.number, message.body)

    async def find(self, sent: Sent) -> Report | None:
        self._listen()
        for kind, number, body, reference in self._taken:
            is_same = (kind, number) == (sent.kind, sent.number)
            if is_same and body in {"", sent.body} and reference not in sent.known:
                return self.reports[reference]
        return None

    async def outcome(self, kind: Kind, reference: str) -> Report:
        self._listen()
        if reference not in self.reports:
            raise Missing
        return self.reports[reference]

    async def hang_up(self, reference: str) -> None:
        self.hung_up.append(reference)

    async def close(self) -> None:
        return

    def _take(self, kind: Kind, number: str, body: str) -> Report:
        trouble = (self._script.popleft() if self._script else None) or Trouble()
        if trouble.code == 20429 or trouble.status == 429:
            raise CarrierBusy
        if trouble.code:
            raise CarrierRefused("No.", cure="see why", carrier_code=trouble.code)
        if trouble.cut == "before" or trouble.status:
            raise CarrierSilent
        reference = f"{kind.value}{len(self._taken)}"
        self._taken.append((kind, number, body, reference))
        self.reports[reference] = Report(reference, State.ACCEPTED)
        if trouble.cut == "after" or trouble.garbage:
            raise CarrierSilent
        return self.reports[reference]

    def _listen(self) -> None:
        if self.is_deaf:
            raise Unavailable
