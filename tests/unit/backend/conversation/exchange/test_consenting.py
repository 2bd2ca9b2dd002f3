"""Whether a call may be recorded: only a clear yes counts."""

import pytest

from backend.conversation.exchange import consenting
from backend.conversation.exchange.consenting import Consenting, remembered
from backend.conversation.sessions import Party
from backend.kernel.ids import ConversationId, OwnerId, PersonId
from backend.kernel.people import Actor, ActorKind, Assurance


class Asked:
    """A caller who was asked, and what came of it."""

    def __init__(self, assurance: Assurance = Assurance.VERIFIED, before: str = "") -> None:
        actor = Actor(OwnerId("o"), ActorKind.CALLER, assurance, person_id=PersonId("p"))
        self.party = Party(actor, ConversationId("c"), "phone", recording_consent=before)
        self.is_recorded = False
        self.kept: list[str] = []
        self.consenting = Consenting(self.party, start=self._start, remember=self._remember)

    def _start(self) -> None:
        self.is_recorded = True

    async def _remember(self, person_id: PersonId, answer: str) -> None:
        assert person_id == "p"
        self.kept.append(answer)


@pytest.mark.parametrize(
    "said", ["Yes.", "Yes, please.", "Sure, go ahead!", "Okay", "I don\u2019t mind.", "Of course."]
)
async def test_a_clear_yes_begins_the_recording(said: str) -> None:
    asked = Asked()
    assert await asked.consenting.words(said) == consenting.AGREED
    assert asked.is_recorded
    assert asked.kept == ["yes"]
    assert not asked.consenting.is_asking


@pytest.mark.parametrize("said", ["No.", "No, thank you.", "Please don't.", "I'd rather not"])
async def test_a_clear_no_is_remembered_as_well(said: str) -> None:
    asked = Asked()
    assert await asked.consenting.words(said) == consenting.DECLINED
    assert not asked.is_recorded
    assert asked.kept == ["no"]


@pytest.mark.parametrize(
    "said", ["When is my sister's birthday?", "Yes and no", "Maybe", "Is it okay if I say yes?"]
)
async def test_anything_else_is_a_turn_and_no_consent(said: str) -> None:
    asked = Asked()
    assert await asked.consenting.words(said) is None
    assert not asked.is_recorded
    assert asked.kept == []
    assert not asked.consenting.is_asking


async def test_a_number_alone_decides_for_this_call_only() -> None:
    asked = Asked(Assurance.CLAIMED)
    await asked.consenting.words("yes")
    assert asked.is_recorded
    assert asked.kept == []


@pytest.mark.parametrize(
    ("assurance", "before", "counts"),
    [
        (Assurance.VERIFIED, "yes", "yes"),
        (Assurance.CLAIMED, "yes", ""),
        (Assurance.CLAIMED, "no", "no"),
        (Assurance.VERIFIED, "", ""),
    ],
)
def test_a_yes_counts_only_from_whom_we_are_sure_of(
    assurance: Assurance, before: str, counts: str
) -> None:
    assert remembered(Asked(assurance, before).party) == counts
