"""Calls of a process that was killed are closed as lost; those that somebody carries go on."""

from backend.conversation.carriage import BEAT_S, LOST_AFTER_S, Carriage
from backend.conversation.sessions import NewSession, Sessions
from backend.kernel.people import Assurance
from backend.platform.database.tables import conversations
from tests.contract.phone.house import House
from tests.fakes.clock import FakeClock


def another(house: House) -> Sessions:
    """Return the sessions of a process of its own."""
    return Sessions(database=house.database, ids=house.ids, events=house.events)


async def endings(house: House) -> list[str]:
    rows = sorted(await house.rows(conversations), key=lambda row: str(row["id"]))
    return [str(row["ended_by"]) for row in rows]


async def test_what_nobody_speaks_for_is_lost_and_what_is_carried_goes_on(house: House) -> None:
    clock, living = FakeClock(), another(house)
    await house.party()  # its process is killed: it never speaks again
    wanted = NewSession(house.actor(Assurance.VERIFIED, house.anna), "phone", person=house.anna)
    await living.start(wanted)
    watcher = Carriage(another(house), clock=clock, is_alone=False)
    for _ in range(round(LOST_AFTER_S / BEAT_S) + 2):
        await living.beat()
        await watcher.look()
        clock.advance(BEAT_S)
    assert await endings(house) == ["lost", ""]
    [lost, _] = sorted(await house.rows(conversations), key=lambda row: str(row["id"]))
    assert lost["ended_at"] == lost["started_at"]


async def test_whoever_is_alone_closes_what_is_left_of_before_at_once(house: House) -> None:
    await house.party()
    ours = another(house)
    wanted = NewSession(house.actor(Assurance.VERIFIED, house.anna), "app", person=house.anna)
    await ours.start(wanted)
    await Carriage(ours, clock=FakeClock(), is_alone=True).look()
    assert await endings(house) == ["lost", ""]


async def test_a_thread_of_texts_is_nobodys_to_lose(house: House) -> None:
    await house.party(carrier="sms")
    await Carriage(another(house), clock=FakeClock(), is_alone=True).look()
    assert await endings(house) == [""]
