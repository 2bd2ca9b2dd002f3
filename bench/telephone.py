"""A caller with a real voice, who rings an instance and notes how long it takes to answer."""

import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from backend.cli.engines import synthesise
from backend.conversation.carriers.simulator import Caller, Dial
from backend.kernel.audio import Sound
from backend.kernel.errors import RingbackError
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.settings import Settings
from bench.instance import Instance, NotMeasured

CALL_S_MAX = 90.0
NUMBER = "+15005550006"
VOUCHED = "TN-Validation-Passed-A"
SAMPLE_S = 0.5
REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."
ASK = "When is the birthday of my sister Anna?"
SMALL_TALK = "What time is it?"


@dataclass
class Call:
    """How long a call let its caller wait."""

    opened: float = 0.0  # when its socket was open, on the monotonic clock
    greeting_ms: float | None = None
    reply_ms: list[float] = field(default_factory=list)
    words_ended: list[float] = field(default_factory=list)  # on the monotonic clock, one a turn
    stages_ms: list[dict[str, float]] = field(default_factory=list)  # one a turn


class Voices:
    """The caller's sentences, spoken once by this machine's own voice."""

    def __init__(self) -> None:
        self._spoken: dict[str, Sound] = {}

    def speak(self, sentences: Sequence[str]) -> list[Sound]:
        """Return the sentences as sound."""
        missing = [sentence for sentence in sentences if sentence not in self._spoken]
        if missing:
            sounds = synthesise(Settings(), [], missing)
            self._spoken |= dict(zip(missing, sounds, strict=True))
        return [self._spoken[sentence] for sentence in sentences]


def ring(
    instance: Instance,
    voices: Voices,
    sentences: Sequence[str],
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> Call:
    """Hold a whole call; `meanwhile` is run twice a second as long as it lasts."""
    spoken = voices.speak(sentences)
    secret = str(instance.get("/v1/phone/simulator")["secret"])
    dial = Dial(url=instance.url, secret=secret, number=NUMBER, verdict=VOUCHED)
    call = Call()
    try:
        sid = asyncio.run(_hold(dial, call, spoken, meanwhile))
    except TimeoutError as late:
        raise NotMeasured(f"the call took longer than {CALL_S_MAX:g} s") from late
    except RingbackError as failure:
        raise NotMeasured(f"the call failed: {failure.message}") from failure
    call.stages_ms = _stages(instance, sid)
    if call.greeting_ms is None:
        raise NotMeasured("the call was never greeted")
    if len(call.reply_ms) < len(sentences):
        raise NotMeasured(f"{len(call.reply_ms)} of {len(sentences)} sentences were answered")
    return call


async def _hold(
    dial: Dial, call: Call, spoken: Sequence[Sound], meanwhile: Callable[[], None]
) -> str:
    clock = SystemClock()

    async def look() -> None:
        while True:
            await asyncio.to_thread(meanwhile)
            await clock.sleep(SAMPLE_S)

    async with asyncio.timeout(CALL_S_MAX), asyncio.TaskGroup() as group:
        looking = group.create_task(look())
        caller = Caller(dial, clock=clock, ids=SystemIds(clock))
        async with caller:
            call.opened = clock.monotonic()
            await caller.hear_out(seconds_max=30)
            for sound in spoken:
                await caller.say(sound)
                call.words_ended.append(clock.monotonic())
                await caller.hear_out(seconds_max=30)
        looking.cancel()
    call.greeting_ms, call.reply_ms = caller.greeting_ms, list(caller.reply_ms)
    return caller.call_sid


def _stages(instance: Instance, call_sid: str) -> list[dict[str, float]]:
    """Return what the instance itself wrote down about each turn of a call."""
    for kept in _list(instance.get("/v1/calls", limit="20"), "calls"):
        if kept["carrier_ref"] == call_sid:
            turns = _list(instance.get(f"/v1/calls/{kept['id']}"), "turns")
            return [
                {stage: end - begin for stage, (begin, end) in turn["timeline"].items()}
                for turn in turns
            ]
    return []


def _list(answer: dict[str, object], name: str) -> list[dict]:  # type: ignore[type-arg] # JSON
    found = answer[name]
    assert isinstance(found, list)
    return found


def median(values: Sequence[float]) -> float:
    """Return the middle of some figures; there must be one."""
    if not values:
        raise NotMeasured("nothing was measured")
    return statistics.median(values)
