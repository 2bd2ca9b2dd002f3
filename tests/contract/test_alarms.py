"""How the operator is rung: a webhook on a socket, and whether an address can be reached."""

import pytest

from backend.console.watch.engines.webhook import WebhookAlarm
from backend.kernel.clock import Instant
from backend.kernel.errors import Unavailable
from backend.platform.health.reach import reach
from backend.platform.health.types import Change
from tests.engines import free_port
from tests.fakes.pager import Pager

BROKEN = Change("graph", False, "Neo4j does not answer.", "check NEO4J_URI", Instant(7))


async def test_a_webhook_tells_what_broke_and_what_helps() -> None:
    with Pager() as pager:
        await WebhookAlarm(pager.url, process="backend@here:1").ring(BROKEN)
        await WebhookAlarm(pager.url, process="backend@here:1").ring(BROKEN)
    [first, again] = pager.taken
    assert first["text"] == (
        "Ringback: graph is broken: Neo4j does not answer. Try: check NEO4J_URI."
    )
    assert (first["part"], first["ok"], first["at"]) == ("graph", False, 7)
    assert first["key"] == again["key"]  # a repetition is told by it


async def test_a_webhook_that_refuses_or_is_away_is_said_without_its_address() -> None:
    with Pager(500) as pager, pytest.raises(Unavailable) as refused:
        await WebhookAlarm(pager.url, process="p").ring(BROKEN)
    away = f"http://127.0.0.1:{free_port()}/secret"
    with pytest.raises(Unavailable) as silent:
        await WebhookAlarm(away, process="p").ring(BROKEN)
    for failure in (refused, silent):
        assert "secret" not in str(failure.value)


@pytest.mark.parametrize("port", ["secret", "1/\x00secret"])
async def test_a_webhook_that_is_no_address_is_said_in_our_own_words(port: str) -> None:
    with pytest.raises(Unavailable) as refused:
        await WebhookAlarm(f"http://127.0.0.1:{port}", process="p").ring(BROKEN)
    assert "secret" not in str(refused.value)


async def test_an_address_is_reached_or_not_and_asked_nothing() -> None:
    with Pager() as pager:
        assert (await reach(pager.url)).ok
    assert pager.taken == []
    found = await reach(f"http://127.0.0.1:{free_port()}", cure="check the network")
    assert (found.ok, found.cure) == (False, "check the network")


async def test_a_webhook_that_is_dead_is_found_without_a_post() -> None:
    with Pager() as pager:
        assert (await WebhookAlarm(pager.url, process="p").check()).ok
    assert pager.taken == []
    for url in (f"http://127.0.0.1:{free_port()}/secret", "secret", "http://x:secret"):
        found = await WebhookAlarm(url, process="p").check()
        assert (found.ok, found.cure) == (False, "check RINGBACK_HEALTH__WEBHOOK")
        assert "secret" not in found.detail
