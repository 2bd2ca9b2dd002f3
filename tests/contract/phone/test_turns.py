"""What a turn keeps, for whom, and that it keeps all of it or nothing."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Executable

from backend.conversation.sessions import Party
from backend.conversation.types import Draft, HeardTurn, Hushed, TurnRecord
from backend.kernel.errors import Conflict
from backend.kernel.people import Assurance
from backend.platform.database.tables import (
    document_updates,
    events,
    jobs,
    memories,
    messages,
    turns,
)
from backend.platform.database.transaction import Transaction
from tests.contract.phone.house import House

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."
NOTE = "Take a note: buy oat milk."
KEPT = (turns, messages, memories, jobs, events, document_updates)


class Listener:
    """Takes a reply, piece by piece."""

    def __init__(self, *, patience: int = 1_000) -> None:
        self.pieces: list[str] = []
        self._patience = patience

    async def __call__(self, piece: str) -> None:
        if len(self.pieces) >= self._patience:
            raise Hushed
        self.pieces.append(piece)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def take(house: House, party: Party, text: str, listener: Listener) -> TurnRecord:
    return await house.turns.take(party, HeardTurn(house.turns.new_id(), text), listener)


@pytest.mark.covers("VT-03")
async def test_a_turn_is_kept_whole_with_the_jobs_that_carry_it_on(house: House) -> None:
    listener = Listener()
    record = await take(house, await house.party(), REMEMBER, listener)
    [turn] = await house.rows(turns)
    heard, said = sorted(await house.rows(messages), key=lambda row: str(row["role"]), reverse=True)
    assert (turn["id"], turn["engine"]) == (record.turn_id, "fake")
    assert (heard["text"], heard["speaker"], heard["is_recallable"]) == (REMEMBER, "Anna", True)
    assert (said["text"], said["is_recallable"]) == (listener.text, False)
    [memory] = await house.rows(memories)
    assert (memory["message_id"], memory["assurance"]) == (heard["id"], "verified")
    promised = {row["name"]: row["payload"] for row in await house.rows(jobs)}
    payload = {"message_ids": [heard["id"]]}
    assert promised == {"memory.embed": payload, "memory.relate": payload}


async def test_an_event_names_a_turn_and_none_of_its_words(house: House) -> None:
    await take(house, await house.party(), REMEMBER, Listener())
    told = [row for row in await house.rows(events) if row["kind"] == "turn.committed"]
    assert len(told) == 1
    assert told[0]["stream"] == f"owner:{house.owner.owner_id}"
    assert "birthday" not in str(told[0]["payload"])


@pytest.mark.covers("VT-11")
async def test_the_timeline_shows_every_stage_and_two_of_them_side_by_side(house: House) -> None:
    party = await house.party()
    heard = HeardTurn(
        house.turns.new_id(), "When is Anna's birthday?", {"transcribe_audio": (0.0, 0.1)}
    )
    await house.turns.take(party, heard, Listener())
    [turn] = await house.rows(turns)
    spans = turn["timeline"]
    assert set(spans) == {
        "transcribe_audio",
        "generate_embedding",
        "retrieve_relevant",
        "respond",
        "extract_concepts",
        "commit",
    }


@pytest.mark.covers("VT-04")
async def test_the_reply_begins_before_the_names_in_it_are_found(house: House) -> None:
    await take(house, await house.party(), "Anna lives in Lisbon.", Listener())
    [turn] = await house.rows(turns)
    respond, extract = turn["timeline"]["respond"], turn["timeline"]["extract_concepts"]
    assert respond[0] <= extract[1]


async def test_an_effect_is_committed_before_it_is_confirmed(house: House) -> None:
    seen: list[int] = []

    async def look(piece: str) -> None:
        del piece
        seen.append(len(await house.rows(document_updates)))

    party = await house.party()
    await house.turns.take(party, HeardTurn(house.turns.new_id(), NOTE), look)
    assert seen == [1]
    assert [note.text for note in await house.documents.read_notes(house.owner.owner_id)] == [
        "buy oat milk"
    ]


async def test_a_strangers_words_are_written_down_but_never_remembered(house: House) -> None:
    for text in (REMEMBER, NOTE, "Anna lives in Lisbon."):
        await take(house, await house.party(Assurance.STRANGER), text, Listener())
    heard = [row for row in await house.rows(messages) if row["role"] == "person"]
    assert [row["text"] for row in heard] == [REMEMBER, NOTE, "Anna lives in Lisbon."]
    assert not any(row["is_recallable"] for row in heard)
    for table in (memories, jobs, document_updates):
        assert await house.rows(table) == []


@pytest.mark.parametrize(
    ("assurance", "may_recall", "may_note"),
    [
        (Assurance.STRANGER, False, False),
        (Assurance.CLAIMED, False, True),
        (Assurance.REPLYABLE, True, True),
        (Assurance.VERIFIED, True, True),
    ],
)
async def test_a_mind_is_shown_only_what_the_caller_may_hear(
    house: House, assurance: Assurance, may_recall: bool, may_note: bool
) -> None:
    await take(house, await house.party(), REMEMBER, Listener())
    await take(house, await house.party(assurance), "When is Anna's birthday?", Listener())
    context = house.mind.contexts[-1]
    assert (context.may_recall, context.may_note) == (may_recall, may_note)
    assert bool(context.recollections) == may_recall


async def test_a_question_is_not_worth_remembering(house: House) -> None:
    await take(house, await house.party(), "When is Anna's birthday?", Listener())
    assert not any(row["is_recallable"] for row in await house.rows(messages))
    assert await house.rows(jobs) == []


async def test_a_reply_that_nobody_hears_ends_and_is_kept_as_far_as_it_came(house: House) -> None:
    record = await take(house, await house.party(), "I am tired today.", Listener(patience=3))
    assert record.said == "That is good"
    assert house.mind.was_closed


async def test_a_turn_that_is_cut_off_is_still_kept(house: House) -> None:
    house.mind.may_answer.clear()
    party = await house.party()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await take(house, party, REMEMBER, Listener())
    assert [row["text"] for row in await house.rows(messages)] == [REMEMBER]
    assert len(await house.rows(memories)) == 1


async def test_a_mind_that_fails_is_answered_for_and_the_words_are_kept(house: House) -> None:
    house.mind.is_away = True
    listener = Listener()
    await take(house, await house.party(), "I am tired today.", listener)
    assert listener.text == "Something I need does not answer right now."
    assert len(await house.rows(messages)) == 2


class Breaking:
    """A transaction that fails after so many writes."""

    def __init__(self, tx: Transaction, writes: int) -> None:
        self._tx, self._left = tx, writes
        self.connection, self.at, self.dialect = tx.connection, tx.at, tx.dialect
        self.after_commit = tx.after_commit

    async def execute(self, statement: Executable, parameters: object = None) -> object:
        if self._left == 0:
            raise Conflict("broken off here")
        self._left -= 1
        return await self._tx.execute(statement, parameters)  # type: ignore[arg-type]


async def test_broken_off_between_any_two_writes_nothing_is_kept(house: House) -> None:
    party = await house.party()
    before = {table.name: len(await house.rows(table)) for table in KEPT}
    writes = 0
    while await _breaks(house, party, writes, Breaking):
        assert {table.name: len(await house.rows(table)) for table in KEPT} == before
        writes += 1
    assert writes > 8
    assert len(await house.rows(turns)) == 1


async def _breaks(
    house: House, party: Party, writes: int, breaking: Callable[[Transaction, int], object]
) -> bool:
    """Commit a turn that fails after so many writes; say whether it did."""
    drafts: list[Draft] = []

    async def note(tx: Transaction, draft: Draft) -> None:
        drafts.append(draft)
        raise Conflict

    with pytest.raises(Conflict):
        await house.turns.take(
            party, HeardTurn(house.turns.new_id(), REMEMBER), Listener(), together=note
        )
    try:
        async with house.database.transaction() as tx:
            await house.turns.commit(breaking(tx, writes), drafts[0])  # type: ignore[arg-type]
    except Conflict:
        return True
    return False
