"""The clocks of a line, on a clock that a test moves: mailboxes end, the last minute is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from backend.conversation import wording
from backend.conversation.carriers import KeyPressed
from backend.conversation.exchange.errands import Errands
from backend.conversation.exchange.identifying import ASK, STRAY_S
from backend.conversation.exchange.interpreting import Aside
from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.talking import Talking
from backend.conversation.exchange.watching import MACHINE_S_MAX, WARNING_S, WATCH_S, Watching
from backend.conversation.hearing import Expected, TurnTaker
from backend.conversation.sessions import Errand
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import Frame
from backend.kernel.clock import Clock
from backend.kernel.people import Assurance
from tests.contract.phone.house import House
from tests.contract.phone.talk import spoken
from tests.fakes.clock import FakeClock
from tests.fakes.line import VOICE, FakeLine


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


class CuriousTaker(TurnTaker):
    """Remembers what it was told to expect."""

    expected: tuple[Expected, int] = (Expected.ANYTHING, 0)

    def expect(self, wanted: Expected, *, digits: int = 0) -> None:
        super().expect(wanted, digits=digits)
        self.expected = (wanted, digits)


class Recording:
    """Knows whether it records."""

    is_on = True

    def pause(self) -> None:
        self.is_on = False

    def resume(self) -> None:
        self.is_on = True

    def blank(self, seconds: float) -> None: ...

    def silence(self, began_ms: int, ended_ms: int) -> None: ...

    def keep_open(self) -> None: ...

    def let_go(self) -> None: ...


@dataclass
class Watched:
    """A line whose clock stands still."""

    line: FakeLine
    clock: FakeClock
    real: Clock
    talking: Talking
    errands: Errands
    taker: CuriousTaker
    recording: Recording = field(default_factory=Recording)
    ended: list[str] = field(default_factory=list)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, a look of the watch after the other."""
        for _ in range(round(seconds / WATCH_S)):
            self.clock.advance(WATCH_S)
            for _ in range(20):  # whoever woke comes to rest
                await self.real.sleep(0)


@asynccontextmanager
async def watched(
    house: House,
    *,
    seconds_max: float | None = None,
    is_errand: bool = False,
    assurance: Assurance = Assurance.VERIFIED,
) -> AsyncIterator[Watched]:
    party = await house.party(assurance)
    party.seconds_max = seconds_max
    if is_errand:
        party.errand = Errand("d1", "Hello, it is Ringback.", "Please call me back.")
    clock, taker = FakeClock(), CuriousTaker(VoiceTuning())
    stages = replace(house.conductor._stages, clock=clock)
    recording, ended = Recording(), list[str]()

    async def hang_up(by: str) -> None:
        ended.append(by)

    async with asyncio.TaskGroup() as group:
        line = FakeLine()
        scene = Scene(line, party, stages, taker, group, hang_up, recording)
        talking = Talking(scene)
        errands = Errands(scene, talking)
        tasks = [
            group.create_task(talking.mouth.player.run()),
            group.create_task(Watching(scene, talking, errands).run()),
        ]
        await clock.until_somebody_sleeps()
        yield Watched(line, clock, house.clock, talking, errands, taker, recording, ended)
        for task in tasks:
            task.cancel()
        await talking.mouth.close()


async def test_a_mailbox_that_never_beeps_is_hung_up_on(house: House) -> None:
    async with watched(house, is_errand=True) as line:
        for at_ms in range(0, 2_000, 20):  # its greeting goes on when the carrier says what it is
            line.taker.push(Frame(VOICE, at_ms), 1.0)
        await line.errands.answered("machine")
        await line.pass_by(MACHINE_S_MAX - 1)
        assert line.ended == []
        await line.pass_by(2)
        assert line.ended[:1] == ["voicemail"]


async def test_a_greeting_heard_by_half_does_not_keep_the_message_back(house: House) -> None:
    async with watched(house, is_errand=True) as line:
        for at_ms in range(0, 2_000, 20):
            line.taker.push(Frame(VOICE, at_ms), 1.0)
        await line.errands.answered("machine")
        await line.errands.answered("beep")
        await line.pass_by(1)
        assert not line.talking.mouth.is_held
        assert spoken(line.line) == ["Please call me back."]


async def test_the_last_minute_before_the_longest_is_told(house: House) -> None:
    longest = 3 * WARNING_S
    async with watched(house, seconds_max=longest) as line:
        line.talking.patient_until = longest  # nobody is asked whether they are there
        await line.pass_by(longest - WARNING_S)
        assert wording.LAST_MINUTE not in spoken(line.line)
        await line.pass_by(2)
        assert spoken(line.line).count(wording.LAST_MINUTE) == 1
        assert line.ended == []


async def test_digits_are_expected_while_a_pin_is_asked_for(house: House) -> None:
    await house.pins.set(house.anna, "493817")
    house.anna = await house.identity.person(house.anna.id)
    async with watched(house, assurance=Assurance.CLAIMED) as line:
        interpreter = line.talking.interpreter
        assert await interpreter.understand("When is my sister's birthday?") == Aside(ASK)
        interpreter.expect()
        assert line.taker.expected == (Expected.DIGITS, 6)


async def test_a_stray_key_keeps_the_recording_out_for_a_short_while_only(house: House) -> None:
    await house.pins.set(house.anna, "493817")
    house.anna = await house.identity.person(house.anna.id)
    async with watched(house, assurance=Assurance.CLAIMED) as line:
        await line.talking.interpreter.understand(KeyPressed("4"))
        await line.pass_by(STRAY_S - 1)
        was_on = line.recording.is_on
        await line.pass_by(2)
        assert (was_on, line.recording.is_on) == (False, True)
