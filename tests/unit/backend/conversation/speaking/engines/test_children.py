"""Processes that speak: who is started again, and who is not."""

from backend.conversation.speaking.engines.children import LIVED_S_MIN, Children
from backend.kernel.errors import NotConfigured


async def test_one_that_dies_while_all_are_ended_has_no_successor() -> None:
    begun: list[str] = []

    async def prepare() -> tuple[str, ...]:
        begun.append("one")
        raise NotConfigured

    children = Children("A voice", prepare)
    await children.close()
    children._died(LIVED_S_MIN)  # as its process would tell it
    assert children._starting is None  # nothing was even begun
    assert begun == []
