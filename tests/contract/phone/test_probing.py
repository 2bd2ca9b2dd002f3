"""Our own doors, looked at from outside: only this very process answers, and no probe twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.phone.probing import FORM, PATH, PROBE_FIELD, Probes, PublicDoor
from backend.kernel.errors import Forbidden
from tests.contract.phone.conftest import Doors
from tests.contract.phone.house import House
from tests.contract.phone.test_phone_doors import Intruder


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


async def test_our_own_doors_are_known(house: House, doors: Doors) -> None:
    door = PublicDoor(await doors.open(house), secret=house.secret, probes=house.probes)
    for _ in range(2):
        assert await door.check_webhook() is None
        assert await door.check_socket() is None


@pytest.mark.parametrize(
    "door_of",
    [
        lambda url, house: PublicDoor(url, secret=house.secret, probes=Probes()),
        lambda url, house: PublicDoor(url, secret="another", probes=house.probes),
    ],
    ids=["another process of the same instance", "another instance"],
)
async def test_another_is_not_taken_for_us(
    house: House, doors: Doors, door_of: Callable[[str, House], PublicDoor]
) -> None:
    door = door_of(await doors.open(house), house)
    for reached in (await door.check_webhook(), await door.check_socket()):
        assert reached is not None
        assert not reached.is_ours


async def test_a_probe_that_was_seen_is_not_answered_again(house: House, doors: Doors) -> None:
    intruder = Intruder(house, await doors.open(house))
    probe, proof = house.probes.send()
    form = FORM | {PROBE_FIELD: probe}
    first = await intruder.post(PATH, form)
    assert proof in first.headers.values()
    assert (await intruder.post(PATH, form)).status_code == 403
    url = f"{intruder.media_url}?{PROBE_FIELD}={probe}"
    with pytest.raises(InvalidStatus):
        async with connect(
            url, additional_headers={HEADER: sign(url, (), house.secret)}, proxy=None
        ):
            pass


def test_no_two_probes_are_alike_and_few_are_kept() -> None:
    probes = Probes()
    sent = [probes.send() for _ in range(100)]
    assert len({text for pair in sent for text in pair}) == 200
    with pytest.raises(Forbidden):
        probes.answer(sent[0][0])
    assert probes.answer(sent[-1][0]) == sent[-1][1]
