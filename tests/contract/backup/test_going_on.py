"""An instance that goes on from an older moment does nothing twice and lets nobody old in."""

from sqlalchemy import insert, select

from backend.platform.database.tables import credentials, instance, jobs
from tests.contract.backup.archives import archive_of
from tests.contract.backup.machines import Machine, Machines


async def test_devices_stay_and_sessions_are_made_anew(lost: Machine, empty: Machine) -> None:
    rows = [("device", 0), ("api", 1), ("session", 2), ("cli", 3), ("ticket", 4)]
    async with lost.database.transaction() as tx:
        await tx.execute(credentials.delete())
        for kind, number in rows:
            values = {"id": kind, "owner_id": "o", "person_id": "p", "kind": kind}
            more = {"token_hash": str(number), "scopes": [], "context": {}, "created_at": 1}
            await tx.execute(insert(credentials).values(**values, **more))
    restored = await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    async with empty.database.reading() as connection:
        query = select(credentials.c.id).where(credentials.c.revoked_at.is_(None))
        assert set((await connection.execute(query)).scalars()) == {"device", "api"}
    assert restored.settled.revoked == 3


async def test_what_reaches_the_outside_is_not_done_again(lost: Machine, empty: Machine) -> None:
    wanted = [
        ("delivery.text", "delivery"),
        ("memory.embed", "memory"),
        ("upkeep.backup", "upkeep"),
    ]
    async with lost.database.transaction() as tx:
        await tx.execute(jobs.delete())
        for name, family in wanted:
            values = {"id": name, "name": name, "family": family, "payload": {}, "key": name}
            more = {"state": "leased", "not_before": 1, "attempts_max": 5, "created_at": 1}
            held = {"lease_holder": "w1", "lease_until": 9}
            await tx.execute(insert(jobs).values(**values, **more, **held))
    await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    async with empty.database.reading() as connection:
        found = (await connection.execute(select(jobs.c.name, jobs.c.state))).all()
    states = {name: state for name, state in found}
    assert states == {
        "delivery.text": "cancelled",
        "memory.embed": "waiting",
        "upkeep.backup": "cancelled",
    }


async def test_every_restore_begins_a_new_epoch(
    lost: Machine, empty: Machine, machines: Machines
) -> None:
    archive = await archive_of(lost)
    first = await empty.restoring().restore(archive, lost.recovery_key())
    async with machines.machine("sqlite") as other:
        second = await other.restoring().restore(archive, lost.recovery_key())
    assert first.settled.epoch != second.settled.epoch
    async with empty.database.reading() as connection:
        query = select(instance.c.value).where(instance.c.key == "epoch")
        assert (await connection.execute(query)).scalar_one() == first.settled.epoch
