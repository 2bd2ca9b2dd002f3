"""Ways through a graph that is given relation by relation."""

from collections.abc import Awaitable, Callable, Collection

from backend.memory.graph.types import Related, Step

Neighbours = Callable[[Collection[str]], Awaitable[list[Step]]]
"""Gives every relation that touches one of the names, in an order that is always the same."""

REACHED_MAX = 200


async def walk(start: str, hops: int, neighbours: Neighbours) -> list[Related]:
    """Return what lies within so many relations of a name, breadth first, with the way to it."""
    ways: dict[str, tuple[Step, ...]] = {start: ()}
    reached: list[Related] = []
    edge = [start]
    for hop in range(1, hops + 1):
        steps = await neighbours(edge) if edge else []
        next_edge: list[str] = []
        for step in steps:
            for here, there in ((step.subject, step.object), (step.object, step.subject)):
                if here.key not in edge or there.key in ways or len(reached) >= REACHED_MAX:
                    continue
                ways[there.key] = (*ways[here.key], step)
                reached.append(Related(there, hop, ways[there.key]))
                next_edge.append(there.key)
        edge = next_edge
    return reached


def way(reached: list[Related], end: str) -> list[Step]:
    """Return the way to a name among what was reached."""
    return next((list(found.evidence) for found in reached if found.concept.key == end), [])
