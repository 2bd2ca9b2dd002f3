"""Forgetting asks every room."""

from collections.abc import Sequence
from typing import cast

import pytest

from backend.kernel.ids import MessageId, OwnerId
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import Forgetting


class Room:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, message_ids: Sequence[MessageId]
    ) -> None:
        self.asked.extend(message_ids)


async def test_every_room_is_asked_in_order() -> None:
    forgetting, first, second = Forgetting(), Room(), Room()
    forgetting.register("first", first)
    forgetting.register("second", second)
    tx = cast(Transaction, None)  # the rooms here keep nothing
    assert await forgetting.forget(tx, OwnerId("o"), [MessageId("m")]) == ["first", "second"]
    assert first.asked == second.asked == ["m"]


def test_a_room_registers_once() -> None:
    forgetting = Forgetting()
    forgetting.register("room", Room())
    with pytest.raises(ValueError, match="room"):
        forgetting.register("room", Room())
