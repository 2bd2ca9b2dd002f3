"""A call that goes on knows nothing any more of what was forgotten meanwhile."""

from backend.conversation.exchange.repertoire import Repertoire, Voices
from backend.conversation.reasoning import Line
from backend.conversation.sessions import NewSession, Sessions
from backend.kernel.clock import Instant
from backend.kernel.forgetting import Kind
from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.platform.forgetting import evicted
from tests.contract.forgetting.house import OWNER, House, actor_of, one
from tests.fakes.speech import FakeVoice

SECRET = "zorblax"


def _sessions(house: House) -> Sessions:
    parts = house.parts
    return Sessions(database=parts.database, ids=parts.ids, events=parts.events)


async def test_what_was_forgotten_leaves_the_mind_of_a_running_call(house: House) -> None:
    sessions = _sessions(house)
    party = await sessions.start(NewSession(actor=actor_of(OWNER), carrier="phone"))
    said = [(f"The code is {SECRET}.", "first"), ("The boat is blue.", "second")]
    async with house.parts.database.transaction() as tx:
        await house.parts.memory.keep(
            tx,
            [
                NewMessage(
                    id=MessageId(id_), owner_id=OWNER, text=words, speaker="Sam", role="person",
                    assurance=Assurance.HELD, said_at=Instant(number), turn_id=f"turn-{id_}",
                    conversation_id=party.conversation_id,
                )
                for number, (words, id_) in enumerate(said, start=1)
            ],
        )  # fmt: skip
    party.history.extend(Line("person", words) for words, _ in said)
    party.hints.append(SECRET)
    party.unheard = f"and {SECRET}"
    await house.forget(one(Kind.MESSAGE, "first"))
    await sessions.reread(party)
    assert [line.text for line in party.history] == ["The boat is blue."]
    assert (list(party.hints), party.unheard) == ([], "")


async def test_other_processes_are_told_to_let_go(house: House) -> None:
    said = await house.turn(f"The code is {SECRET}.")
    async with house.parts.signals.subscribe("forgotten") as told:
        outcome = await house.forget_all(one(Kind.TURN, said["turn"]))
        assert evicted(await anext(told)) == (OWNER, outcome.id)
        assert evicted(await anext(told)) == (OWNER, outcome.id), "and once more by the job"


async def test_a_voice_forgets_what_it_knows_by_heart() -> None:
    voices = Voices(lambda _: Repertoire(FakeVoice()))
    await voices["any"].learn("Hello Anna.")
    assert voices["any"].knows("Hello Anna.")
    voices.forget()
    assert not voices["any"].knows("Hello Anna.")
