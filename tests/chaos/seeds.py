"""The storms that every run of the tests plays, in two halves that take about as long."""

from tests.chaos.footprints import FOOTPRINTS

IN_EVERY_RUN = range(20)


def _is_apart(seed: int) -> bool:
    return FOOTPRINTS[seed % len(FOOTPRINTS)].workers


ALONE = tuple(seed for seed in IN_EVERY_RUN if not _is_apart(seed))
APART = tuple(seed for seed in IN_EVERY_RUN if _is_apart(seed))
