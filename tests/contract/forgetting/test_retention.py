"""What has a time goes when it is over, each kind by its own days; what is pinned stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.backup import BackupInfo
from backend.kernel.clock import DAY, Instant
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import messages
from backend.trust.audit import Audit, AuditLine
from tests.contract.forgetting.house import BEGAN, OWNER, House, fact
from tests.fakes.clock import FakeClock

SECRET = "zorblax"
DAYS = {
    "MESSAGES": 30, "RECORDINGS": 10, "TRACES": 5, "WEBHOOKS": 3, "DELIVERIES": 20,
    "EVENTS": 7, "BACKUPS": 14, "SHORT_TERM": 2, "AUDIT": 15,
}  # fmt: skip


@pytest.fixture
async def kept(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A house in which everything has a time."""
    settings = {f"RINGBACK_RETENTION__{kind}_DAYS": str(days) for kind, days in DAYS.items()}
    house = House(tmp_path, database_url, settings)
    house.parts.clock = FakeClock(Instant(BEGAN))
    await house.start()
    yield house
    await house.stop()


async def _after(house: House, days: float) -> dict[str, int]:
    """Let days pass, and let the nightly job run."""
    clock = house.parts.clock
    assert isinstance(clock, FakeClock)
    clock.advance((BEGAN + days * DAY - clock.now()) / 1_000_000)
    return await house.parts.retention.run()


@pytest.mark.covers("SE-04")
async def test_each_kind_goes_in_its_own_time_and_in_every_store(kept: House) -> None:
    said = await kept.turn(f"The code is {SECRET}.", conversation="", note="buy rope")
    await kept.record(said["conversation"])
    await _line_of_audit(kept)
    assert await _after(kept, 1) == {}
    expected = {
        2.5: {"short term"},
        3.5: {"webhooks"},
        5.5: {"traces"},
        10.5: {"recordings"},
        20.5: {"deliveries"},
        30.5: {"messages"},
    }
    for days, kinds in expected.items():
        removed = set(await _after(kept, days)) - {"events", "audit"}
        assert removed == kinds, days
    assert await kept.tables_with(SECRET) == set()
    assert kept.files_with(SECRET) == set()
    assert await kept.parts.objects.list("recordings/") == []
    for name in ("messages", "memories", "vectors", "turns", "conversations", "vault", "mentions"):
        assert await kept.rows(name) == [], name
    assert await kept.rows("tombstones") == [], "nobody wished for it"
    assert [row["text"] for row in await kept.rows("sticky_notes")] == ["buy rope"]
    assert await _after(kept, 31) == {}


@pytest.mark.covers("SE-04")
async def test_what_is_pinned_stays_with_the_words_it_is_known_from(kept: House) -> None:
    pinned = fact("They are allergic to nuts.", "is allergic to", is_pinned=True)
    await kept.turn("Never forget: I am allergic to nuts.", facts=[pinned])
    await kept.turn("I live in Bergen.", facts=[fact("They live in Bergen.")])
    await _after(kept, 31)
    assert await kept.rows("messages") == []
    (left,) = await kept.rows("facts")
    assert (left["object"], left["retracted_at"]) == ("nuts", None)
    (source,) = await kept.rows("sources")
    assert source["quote"] == "They are allergic to nuts."


async def test_a_call_that_is_only_partly_old_keeps_the_rest(kept: House) -> None:
    first = await kept.turn("The boat is blue.")
    kept.said = 6 * 24 * 30  # ten minutes each
    later = await kept.turn("The boat is green.", conversation=first["conversation"])
    await _after(kept, 31)
    async with kept.parts.database.reading() as connection:
        left = set((await connection.execute(select(messages.c.turn_id))).scalars())
    assert left == {later["turn"]}
    assert len(await kept.rows("conversations")) == 1


async def test_more_than_one_handful_goes_in_one_night(kept: House) -> None:
    rows = [
        {"id": f"{number:06}", "owner_id": OWNER, "speaker": "Sam", "role": "import",
         "text": f"the {number}th boat", "assurance": "held", "is_recallable": False,
         "said_at": BEGAN + number, "learnt_at": BEGAN + number}
        for number in range(1200)
    ]  # fmt: skip
    await kept.insert("messages", *rows)
    assert await _after(kept, 31) == {"messages": 1200}
    assert await kept.rows("messages") == []


async def test_old_backups_go_but_never_the_newest(kept: House) -> None:
    made: list[BackupInfo] = []
    for days in (0, 1, 10):
        await _after(kept, days)
        made.append(await kept.parts.backups.make())
    assert (await _after(kept, 16))["backups"] == 2
    assert [info.id for info in await kept.parts.backups.list()] == [made[-1].id]
    await _after(kept, 100)
    assert [info.id for info in await kept.parts.backups.list()] == [made[-1].id]


async def test_the_audit_log_still_holds_when_its_old_lines_are_gone(kept: House) -> None:
    for _ in range(3):
        await _line_of_audit(kept)
    await _after(kept, 14)
    await _line_of_audit(kept)
    assert (await _after(kept, 16))["audit"] == 3
    await _line_of_audit(kept)
    verified = await kept.parts.trust.verify_audit()
    assert (verified.holds, verified.lines) == (True, 2)
    assert [row["sequence"] for row in await kept.rows("audit")] == [4, 5]
    await kept.execute("UPDATE audit SET actor = 'somebody else' WHERE sequence = 4")
    assert (await kept.parts.trust.verify_audit()).broken_at == 4


async def test_without_a_number_of_days_nothing_ever_goes(
    tmp_path: Path, database_url: str
) -> None:
    house = House(tmp_path, database_url, {"RINGBACK_RETENTION__WEBHOOKS_DAYS": "0",
                                           "RINGBACK_RETENTION__SHORT_TERM_DAYS": "0"})  # fmt: skip
    house.parts.clock = FakeClock(Instant(BEGAN))
    await house.start()
    try:
        await house.turn("The boat is blue.")
        assert await _after(house, 4000) == {}
        assert len(await house.rows("messages")) == 2
    finally:
        await house.stop()


async def _line_of_audit(house: House) -> None:
    line = AuditLine(OwnerId(OWNER), "test", "text", "somewhere", "allow", "test")
    async with house.parts.database.transaction() as tx:
        await Audit(events=house.parts.events).append(tx, line)
