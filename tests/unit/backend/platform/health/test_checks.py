"""Health asks every part and believes none blindly."""

import asyncio

from backend.kernel.errors import Unavailable
from backend.platform.health import Check, Health


async def well() -> Check:
    return Check(ok=True, detail="fine")


async def unwell() -> Check:
    raise Unavailable("It is away.", cure="call it back")


async def silent() -> Check:
    await asyncio.Event().wait()
    raise AssertionError


async def refused() -> Check:
    raise ConnectionRefusedError


async def test_every_part_is_reported_with_its_cure() -> None:
    asked = Health()
    asked.add("a", well)
    asked.add("b", unwell)
    asked.add("c", refused)
    found = await asked.report()
    assert [(finding.name, finding.ok, finding.cure) for finding in found] == [
        ("a", True, ""),
        ("b", False, "call it back"),
        ("c", False, ""),
    ]
    assert found[1].detail == "It is away."


async def test_only_vital_parts_say_not_ready() -> None:
    asked = Health()
    asked.add("a", well)
    asked.add("b", unwell, is_vital=False)
    assert await asked.not_ready() == []
    asked.add("c", unwell)
    assert [finding.name for finding in await asked.not_ready()] == ["c"]


async def test_being_ready_waits_for_vital_parts_only() -> None:
    asked = Health(check_s=60)
    asked.add("a", well)
    asked.add("b", silent, is_vital=False)
    async with asyncio.timeout(1):
        assert await asked.not_ready() == []


async def test_a_part_that_never_answers_is_not_well() -> None:
    asked = Health(check_s=0.01)
    asked.add("a", silent)
    [found] = await asked.report()
    assert not found.ok
    assert "0.01" in found.detail
