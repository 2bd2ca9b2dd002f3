"""Keeps a flood out of the books: of what repeats, one line a while, with a count of the rest."""

from collections import OrderedDict

from backend.kernel.clock import Clock

EVERY_S = 60.0
KEYS_MAX = 1024  # the oldest is forgotten first: a flood of different keys costs no more memory


class Damper:
    """Says of each happening whether to write it down, and for how many it stands."""

    def __init__(self, *, clock: Clock, every_s: float = EVERY_S) -> None:
        self._clock, self._every_s = clock, every_s
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()  # written at, since then

    def count(self, key: str) -> int:
        """Count one more; return for how many a line stands now, 0 when none is due.

        The first of a kind is written at once. Those within the time after it wait, and are
        counted into the line of the first one that comes later.
        """
        now = self._clock.monotonic()
        written_at, waiting = self._seen.get(key, (None, 0))
        if written_at is not None and now - written_at < self._every_s:
            self._seen[key] = (written_at, waiting + 1)
            return 0
        self._seen[key] = (now, 0)
        self._seen.move_to_end(key)
        while len(self._seen) > KEYS_MAX:
            self._seen.popitem(last=False)
        return waiting + 1
