"""A graph in a list."""

from collections.abc import Collection, Sequence

from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.graph.store import HOPS_MAX
from backend.memory.graph.types import (
    Edge,
    Extracted,
    MessageConcepts,
    Related,
    Relation,
    Step,
    folded,
)
from backend.memory.graph.walk import walk, way


class FakeGraph:
    """Walks what it was told; can be told to be away."""

    name = "fake"

    def __init__(self) -> None:
        self.items: dict[str, MessageConcepts] = {}
        self.is_away = False

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        self._answer()
        self.items.update({item.message_id: item for item in items})

    async def mirror(self, edges: Sequence[Edge]) -> None:
        self._answer()
        for edge in edges:
            known = self.items.get(edge.message_id)
            relation = Relation(edge.subject, edge.predicate, edge.object)
            relations = [] if known is None else list(known.extracted.relations)
            relations = [each for each in relations if each != relation]
            if edge.valid_to is None and not edge.is_gone:
                relations.append(relation)
            self.items[edge.message_id] = MessageConcepts(
                edge.message_id, edge.owner_id, edge.valid_from, Extracted((), tuple(relations))
            )

    async def related(self, owner_id: OwnerId, name: str, *, hops: int = 2) -> list[Related]:
        self._answer()

        async def neighbours(keys: Collection[str]) -> list[Step]:
            return [
                Step(each.subject, each.predicate, each.object, item.message_id)
                for item in self.items.values()
                if item.owner_id == owner_id
                for each in item.extracted.relations
                if each.subject.key in keys or each.object.key in keys
            ]

        return await walk(folded(name), min(hops, HOPS_MAX), neighbours)

    async def path(self, owner_id: OwnerId, start: str, *, end: str) -> list[Step]:
        return way(await self.related(owner_id, start, hops=HOPS_MAX), folded(end))

    async def delete(self, message_ids: Sequence[str]) -> None:
        self._answer()
        for message_id in message_ids:
            self.items.pop(message_id, None)

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable
