"""A full-text index that is gone or damaged: what was said goes on, and it is made anew."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import insert, text

from backend.platform.database import search, search_check, search_repair
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages
from backend.platform.database.transaction import Transaction

Harm = Callable[[Transaction], Awaitable[None]]
SAID = {"a": "a red boat", "b": "a blue boat", "c": "the garden"}


async def _dropped(tx: Transaction) -> None:
    await tx.execute(text("DROP TABLE message_search"))


async def _rows_dropped(tx: Transaction) -> None:
    if tx.dialect == "sqlite":
        await tx.execute(text("DROP TABLE message_search_rows"))
    else:
        await tx.execute(text("DROP TABLE message_search"))


async def _inside_dropped(tx: Transaction) -> None:
    if tx.dialect == "sqlite":
        await tx.execute(text("PRAGMA writable_schema = ON"))
        await tx.execute(text("DROP TABLE message_search_data"))
        await tx.execute(text("PRAGMA writable_schema = OFF"))
    else:
        await _dropped(tx)


async def _garbled(tx: Transaction) -> None:
    if tx.dialect == "sqlite":
        await tx.execute(
            text("UPDATE message_search_data SET block = randomblob(99) WHERE id > 10")
        )
    else:
        await _dropped(tx)


async def _contents_zeroed(tx: Transaction) -> None:
    """FTS5 takes it for an index of nothing, and says nothing."""
    if tx.dialect == "sqlite":
        zeros = "UPDATE message_search_data SET block = zeroblob(length(block)) WHERE id = 10"
        await tx.execute(text(zeros))
    else:
        await _dropped(tx)


HARMS: dict[str, Harm] = {
    "dropped": _dropped,
    "rows dropped": _rows_dropped,
    "dropped inside": _inside_dropped,
    "garbled": _garbled,
    "contents zeroed": _contents_zeroed,
}


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.transaction() as tx:
        for message_id, words in SAID.items():
            await add(tx, message_id, words)
        await search_repair.note(tx, search_repair.VERSION)
    return database


async def add(tx: Transaction, message_id: str, words: str) -> bool:
    await tx.execute(
        insert(messages).values(
            id=message_id,
            owner_id="o",
            speaker="Sam",
            role="person",
            text=words,
            assurance="held",
            is_recallable=True,
            said_at=len(message_id),
            learnt_at=1,
        )
    )
    return await search.index(tx, message_id, "o", "", words)


async def found(database: Database, query: str) -> list[str]:
    async with database.reading() as connection, search.letting_go(connection):
        return [each for each, _ in await search.find(connection, "o", "", query, 10)]


async def scanned(database: Database, query: str) -> list[str]:
    async with database.reading() as connection:
        return [each for each, _ in await search.scan(connection, "o", "", query, 10)]


@pytest.mark.parametrize("harm", list(HARMS))
async def test_damage_is_told_and_repaired(filled: Database, harm: str) -> None:
    async with filled.transaction() as tx:
        await HARMS[harm](tx)
    with pytest.raises(search.SearchDamaged):
        await found(filled, "boat")
    assert await scanned(filled, "boat red") == ["a", "b"]
    assert await search_repair.rebuild(filled) == 3
    assert await found(filled, "boat red") == ["a", "b"]


@pytest.mark.parametrize("harm", list(HARMS))
async def test_a_turn_is_kept_while_the_index_is_damaged(filled: Database, harm: str) -> None:
    async with filled.transaction() as tx:
        await HARMS[harm](tx)
    async with filled.transaction() as tx:
        await add(tx, "d", "a yellow boat")
    assert await scanned(filled, "yellow") == ["d"]
    await search_repair.rebuild(filled)
    assert await found(filled, "yellow") == ["d"]


async def test_what_is_missing_is_completed_and_what_is_stray_goes(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.remove(tx, ["a"])
        await search.index(tx, "gone", "o", "", "a boat that nobody spoke of")
    await search_repair.rebuild(filled)
    assert sorted(await found(filled, "boat")) == ["a", "b"]


async def test_a_rebuild_leaves_word_of_its_end(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search_repair.note(tx, search_repair.FILLING)
    async with filled.reading() as connection:
        assert not await search_repair.is_whole(connection)
    await search_repair.rebuild(filled)
    async with filled.reading() as connection:
        assert await search_repair.is_whole(connection)


async def test_a_scan_ranks_and_keeps_to_its_owner(filled: Database) -> None:
    assert await scanned(filled, "blue boat") == ["b", "a"]
    assert await scanned(filled, "?!") == []
    async with filled.reading() as connection:
        assert await search.scan(connection, "p", "", "boat", 10) == []


async def test_what_lost_its_old_rows_is_noticed_though_it_finds_the_new(filled: Database) -> None:
    async with filled.transaction() as tx:
        await _contents_zeroed(tx)
    async with filled.transaction() as tx:
        await add(tx, "d", "a yellow boat")
    with pytest.raises(search.SearchDamaged):
        async with filled.reading() as connection, search.letting_go(connection):
            await search.probe(connection)
    with pytest.raises(search.SearchDamaged):
        async with filled.reading() as connection, search.letting_go(connection):
            await search_check.differences(connection)


SCRIPTS = (
    "ÄÖ ß Straße",
    "дом и сад",
    "今天天气很好",
    "สวัสดี",
    "🙂 🙂",
    "",
    "İstanbul ŉ ǆ",
)


@pytest.mark.parametrize("words", SCRIPTS)
async def test_no_script_is_taken_for_damage(database: Database, words: str) -> None:
    async with database.transaction() as tx:
        await add(tx, "a", words)
    async with database.reading() as connection:
        await search.probe(connection)
        assert await search.find(connection, "o", "", "elsewhere", 10) == []
        assert await search_check.differences(connection) == (0, 0)
