"""A graph in a list."""

from collections.abc import Sequence

from backend.kernel.clock import Instant
from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.graph.store import HOPS_MAX
from backend.memory.graph.types import Concept, Edge, MessageConcepts, Related, Step
from backend.memory.graph.validity import alike, ends
from backend.memory.graph.walk import walk, way, weighed


class FakeGraph:
    """Walks what it was told; can be told to be away."""

    name = "fake"

    def __init__(self) -> None:
        self.items: dict[str, MessageConcepts] = {}
        self.mirrored: dict[tuple[str, str, object, object], Edge] = {}
        self.is_away = False

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        self._answer()
        self.items.update({item.message_id: item for item in items})

    async def mirror(self, edges: Sequence[Edge]) -> None:
        self._answer()
        for edge in edges:
            ends = (edge.subject.identity, edge.object.identity)
            self.mirrored[edge.owner_id, edge.message_id, *ends] = edge

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        self._answer()
        mine = [item for item in self.items.values() if item.owner_id == owner_id]
        weights: dict[tuple[str, str], float] = {}
        for item in mine:
            for mention in item.extracted.mentions:
                identity = mention.concept.identity
                weights[identity] = weights.get(identity, 0.0) + mention.weight
        told = [each for each in self._told(owner_id, self._steps(mine)) if _holds(each, at)]
        steps = sorted(told, key=lambda step: (step.valid_from, step.message_id))
        return weighed(walk(name, min(hops, HOPS_MAX), steps), weights)

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        return way(await self.related(owner_id, start, hops=HOPS_MAX, at=at), end)

    async def delete(self, message_ids: Sequence[str]) -> None:
        self._answer()
        for message_id in message_ids:
            self.items.pop(message_id, None)
            for key in [key for key in self.mirrored if key[1] == message_id]:
                del self.mirrored[key]

    async def known(self, message_ids: Sequence[str]) -> int:
        self._answer()
        told = {*self.items, *(key[1] for key in self.mirrored)}
        return len(told & set(message_ids))

    def _told(self, owner_id: OwnerId, steps: Sequence[Step]) -> list[Step]:
        """What facts say of two concepts takes the place of what the same words said of them."""
        mirrored = {key[1:]: edge for key, edge in self.mirrored.items() if key[0] == owner_id}
        kept = [
            step
            for step in steps
            if (step.message_id, step.subject.identity, step.object.identity) not in mirrored
        ]
        return kept + [
            Step(
                edge.subject,
                edge.predicate,
                edge.object,
                edge.message_id,
                edge.valid_from,
                edge.valid_to,
            )
            for edge in mirrored.values()
            if not edge.is_gone
        ]

    def _steps(self, items: Sequence[MessageConcepts]) -> list[Step]:
        said = sorted(
            (
                (item.said_at, item.message_id, relation)
                for item in items
                for relation in item.extracted.relations
            ),
            key=lambda each: each[:2],
        )
        found: list[Step] = []
        for at, message_id, relation in said:
            group = alike(relation.predicate)
            same: list[tuple[int, Concept]] = [
                (since, other.object)
                for since, _, other in said
                if other.subject.identity == relation.subject.identity and other.predicate in group
            ]
            until = ends([(str(concept.identity), since) for since, concept in same])
            ended = dict(zip(((since, each.identity) for since, each in same), until, strict=True))
            valid_to = ended.get((at, relation.object.identity))
            found.append(
                Step(
                    relation.subject,
                    relation.predicate,
                    relation.object,
                    message_id,
                    at,
                    valid_to,
                )
            )
        return found

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable


def _holds(step: Step, at: Instant | None) -> bool:
    if at is None:
        return step.valid_to is None
    return step.valid_from <= at and (step.valid_to is None or step.valid_to > at)
