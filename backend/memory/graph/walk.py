"""Ways through the relations that lie around a name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backend.memory.graph.types import Concept, Related, Step, asked

REACHED_MAX = 200

Identity = tuple[str, str]


def walk(start: str, hops: int, steps: Sequence[Step]) -> list[Related]:
    """Return what lies within so many relations of a name, breadth first, with the way to it."""
    ways: dict[Identity, tuple[Step, ...]] = {each: () for each in starts(start, steps)}
    reached: list[Related] = []
    edge = list(ways)
    for hop in range(1, hops + 1):
        next_edge: list[Identity] = []
        for step, here, there in _touching(edge, steps):
            if there.identity in ways or len(reached) >= REACHED_MAX:
                continue
            ways[there.identity] = (*ways[here.identity], step)
            reached.append(Related(there, hop, ways[there.identity]))
            next_edge.append(there.identity)
        edge = next_edge
    return reached


def way(reached: Sequence[Related], end: str) -> list[Step]:
    """Return the way to a name among what was reached."""
    return next((list(found.evidence) for found in reached if is_meant(found.concept, end)), [])


def weighed(reached: Sequence[Related], weights: Mapping[Identity, float]) -> list[Related]:
    """Return what was reached, the nearest first and of those the most important."""
    found = [replace(each, importance=weights.get(each.concept.identity, 0.0)) for each in reached]
    return sorted(found, key=lambda each: (each.hops, -each.importance))


def starts(name: str, steps: Sequence[Step]) -> list[Identity]:
    """Return everybody whom a name may mean among these relations."""
    ends = (end for step in steps for end in (step.subject, step.object))
    return list(dict.fromkeys(end.identity for end in ends if is_meant(end, name)))


def is_meant(concept: Concept, name: str) -> bool:
    """Say whether a name, with a qualifier or without, may mean a concept."""
    key, qualifier = asked(name)
    return concept.key == key and qualifier in {None, concept.identity[1]}


def _touching(
    edge: Sequence[Identity], steps: Sequence[Step]
) -> list[tuple[Step, Concept, Concept]]:
    here = set(edge)
    return [
        (step, near, far)
        for step in steps
        for near, far in ((step.subject, step.object), (step.object, step.subject))
        if near.identity in here
    ]
