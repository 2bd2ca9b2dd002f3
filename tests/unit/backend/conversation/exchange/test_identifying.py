"""From a claimed caller to a verified one."""

from dataclasses import dataclass, field

import pytest

from backend.conversation.exchange import identifying
from backend.conversation.exchange.identifying import Identifying, Outcome
from backend.conversation.sessions import Party
from backend.kernel.ids import ConversationId, OwnerId, PersonId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.trust.identity import PinVerdict
from tests.fakes.clock import FakeClock

QUESTION = "When is my sister's birthday?"


@dataclass
class FakePins:
    """Knows one PIN and counts five tries."""

    pin: str = "4815"
    tried: list[str] = field(default_factory=list)

    async def try_out(self, person_id: PersonId, pin: str) -> PinVerdict:
        del person_id
        self.tried.append(pin)
        if pin == self.pin:
            return PinVerdict.RIGHT
        return PinVerdict.LOCKED if len(self.tried) >= 5 else PinVerdict.WRONG


class FakeSessions:
    """Writes down how sure we are."""

    def __init__(self) -> None:
        self.assured: list[Assurance] = []

    async def assure(self, party: Party) -> None:
        self.assured.append(party.actor.assurance)


class Talk:
    """A caller, and what asks them."""

    def __init__(self, assurance: Assurance = Assurance.CLAIMED, *, pin_digits: int = 4) -> None:
        actor = Actor(
            OwnerId("o"), ActorKind.CALLER, assurance, person_id=PersonId("p"), name="Anna"
        )
        self.party = Party(actor, ConversationId("c"), "phone", pin_digits=pin_digits)
        self.pins, self.sessions = FakePins(), FakeSessions()
        self.clock = FakeClock()
        self.identifying = Identifying(
            self.party, pins=self.pins, sessions=self.sessions, clock=self.clock
        )

    async def press(self, keys: str) -> Outcome | None:
        outcome = None
        for key in keys:
            outcome = await self.identifying.key(key)
        return outcome


async def test_a_spoken_pin_answers_the_question_that_was_held() -> None:
    talk = Talk()
    assert talk.identifying.ask(QUESTION) == identifying.ASK
    assert talk.identifying.is_asking
    outcome = await talk.identifying.words("Four eight, one five.")
    assert outcome == Outcome(identifying.VERIFIED, True, QUESTION, is_over=True)
    assert talk.party.actor.assurance is Assurance.VERIFIED
    assert talk.sessions.assured == [Assurance.VERIFIED]
    assert not talk.identifying.is_asking


async def test_a_pin_may_come_in_two_breaths() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    assert await talk.identifying.words("four eight") is None
    outcome = await talk.identifying.words("one five")
    assert outcome is not None
    assert outcome.is_verified


async def test_whoever_begins_anew_is_understood() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    await talk.identifying.words("four eight")
    outcome = await talk.identifying.words("sorry, four eight one five")
    assert outcome is not None
    assert outcome.is_verified


async def test_keys_need_no_closing_one() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    outcome = await talk.press("4815")
    assert outcome is not None
    assert outcome.is_verified


async def test_a_star_begins_anew_and_a_hash_ends() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    assert await talk.press("99*48#") == Outcome(identifying.ASK_AGAIN)
    assert talk.pins.tried == ["48"]


async def test_keys_before_any_question_count_as_well() -> None:
    talk = Talk()
    assert await talk.press("4") is None
    assert talk.identifying.is_asking  # nothing is recorded from here on
    outcome = await talk.press("815")
    assert outcome == Outcome(identifying.VERIFIED, True, "", is_over=True)


async def test_a_wrong_pin_may_be_tried_again_until_it_is_locked() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    for _ in range(4):
        assert await talk.identifying.words("9 9 9 8") == Outcome(identifying.ASK_AGAIN)
    outcome = await talk.identifying.words("9 9 9 8")
    assert outcome == Outcome(identifying.LOCKED, is_over=True)
    assert talk.party.actor.assurance is Assurance.CLAIMED


@pytest.mark.parametrize("said", ["Never mind.", "I forgot it", "no thanks"])
async def test_whoever_declines_is_asked_no_more(said: str) -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    outcome = await talk.identifying.words(said)
    assert outcome == Outcome(identifying.GIVEN_UP, is_over=True)
    assert talk.pins.tried == []


async def test_words_without_digits_end_it_in_time() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    said = [await talk.identifying.words("What do you mean?") for _ in range(3)]
    assert said[:2] == [Outcome(identifying.ASK_FOR_DIGITS)] * 2
    assert said[2] == Outcome(identifying.GIVEN_UP, is_over=True)


@pytest.mark.parametrize("assurance", [Assurance.STRANGER, Assurance.VERIFIED])
async def test_nobody_else_is_asked(assurance: Assurance) -> None:
    talk = Talk(assurance)
    assert talk.identifying.ask(QUESTION) == identifying.UNSET
    assert not talk.identifying.is_asking
    assert await talk.press("4815") is None
    assert talk.pins.tried == []


async def test_without_a_pin_nothing_is_asked() -> None:
    talk = Talk(pin_digits=0)
    assert talk.identifying.ask(QUESTION) == identifying.UNSET
    assert not talk.identifying.is_asking


@pytest.mark.parametrize(
    "said",
    ["four eight one five", "4815", "4 8 1 5.", "Forty-eight fifteen.", "um, four eight one five",
     "My PIN is four eight one five"],
)  # fmt: skip
def test_the_digits_alone_are_an_offered_pin(said: str) -> None:
    assert Talk().identifying.is_offered(said)


@pytest.mark.parametrize(
    "said",
    ["four eight one", "four eight one five two", "I was born in nineteen eighty", "Hello.", "",
     "room four eight one five please"],
)  # fmt: skip
def test_other_words_or_another_length_offer_no_pin(said: str) -> None:
    assert not Talk().identifying.is_offered(said)


@pytest.mark.parametrize(
    "talk", [Talk(Assurance.STRANGER), Talk(Assurance.VERIFIED), Talk(pin_digits=0)]
)
def test_digits_alone_are_a_pin_only_where_one_could_prove_something(talk: Talk) -> None:
    assert not talk.identifying.is_offered("four eight one five")


@pytest.mark.parametrize("said", ["four", "four eight one", "my PIN is four"])
def test_the_beginning_of_a_pin_is_told_to_nobody(said: str) -> None:
    assert Talk().identifying.may_be_offered(said)


async def test_a_stray_key_is_forgotten_after_a_while() -> None:
    talk = Talk()
    await talk.press("4")
    talk.clock.advance(identifying.STRAY_S + 0.1)
    assert not talk.identifying.is_asking
    outcome = await talk.press("4815")
    assert outcome is not None
    assert outcome.is_verified


async def test_a_stray_key_is_forgotten_when_words_come_that_hold_no_digits() -> None:
    talk = Talk()
    await talk.press("4")
    talk.identifying.let_go("What is the weather like?")
    assert not talk.identifying.is_asking


async def test_words_that_are_part_of_a_pin_keep_what_was_keyed_in() -> None:
    talk = Talk()
    await talk.press("48")
    talk.identifying.let_go("one five")
    outcome = await talk.identifying.words("one five")
    assert outcome is not None
    assert outcome.is_verified


async def test_a_pin_that_we_asked_for_is_awaited_whatever_is_said() -> None:
    talk = Talk()
    talk.identifying.ask(QUESTION)
    await talk.press("4")
    talk.identifying.let_go("What do you mean?")
    talk.clock.advance(identifying.STRAY_S + 0.1)
    assert talk.identifying.is_asking
