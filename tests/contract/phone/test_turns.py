"""What a turn keeps, for whom, and that it keeps all of it or nothing."""

import asyncio
import sys
from pathlib import Path

import pytest

from backend.conversation.sessions import Party
from backend.conversation.turns.types import HeardTurn, Hushed, TurnRecord
from backend.kernel.people import Assurance
from backend.platform.database.tables import (
    document_updates,
    events,
    jobs,
    memories,
    messages,
    turns,
)
from tests.contract.phone.house import House
from tests.engines.processes import environment

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."
NOTE = "Take a note: buy oat milk."
ROOT = Path(__file__).parents[3]


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
    jobs_of_a_turn = ("memory.embed", "memory.relate", "memory.learn")
    assert promised == dict.fromkeys(jobs_of_a_turn, payload)


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


@pytest.mark.parametrize(
    ("assurance", "is_ticked_off"),
    [
        (Assurance.VERIFIED, True),
        (Assurance.REPLYABLE, True),
        (Assurance.CLAIMED, False),  # who may not hear the notes may not find out by ticking
        (Assurance.STRANGER, False),
    ],
)
async def test_a_note_is_ticked_off_by_whoever_may_hear_it(
    house: House, assurance: Assurance, is_ticked_off: bool
) -> None:
    await take(house, await house.party(), NOTE, Listener())
    await take(house, await house.party(assurance), "Tick off the milk.", Listener())
    [note] = await house.documents.read_notes(house.owner.owner_id)
    assert note.is_done is is_ticked_off
    assert house.mind.contexts[-1].ticked == (("buy oat milk",) if is_ticked_off else ())


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


async def die(process: asyncio.subprocess.Process, writes: int) -> str:
    """Take a turn that dies after so many writes; return what it had said."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{writes}\n".encode())
    said: list[str] = []
    async with asyncio.timeout(60):
        while (line := (await process.stdout.readline()).decode().strip()) != "died":
            assert line not in {"", "lived"}
            said.append(line)
    return " ".join(said)


async def test_killed_between_any_two_writes_nothing_is_kept_and_nothing_was_confirmed(
    house: House, database_url: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.contract.phone.turn_process", database_url, str(tmp_path)),
        cwd=ROOT,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    tables = (turns, messages, memories, jobs)
    writes = 1
    try:
        while not (said := await die(process, writes)):
            assert [await house.rows(table) for table in tables] == [[], [], [], []]
            writes += 1
    finally:
        process.kill()
        await process.wait()
    assert writes > 8
    assert said == house.mind.words
    assert [len(await house.rows(table)) for table in tables] == [1, 2, 1, 3]
