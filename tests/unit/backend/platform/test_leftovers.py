"""What nobody reaches any more is gone after a call."""

import gc
import weakref

from backend.platform.leftovers import give_back


class Part:
    """Knows itself, as the parts of a call know one another."""

    def __init__(self) -> None:
        self.other = self


def test_what_goes_in_circles_is_given_back() -> None:
    gc.disable()
    try:
        left = weakref.ref(Part())
        assert left() is not None
        give_back()
        assert left() is None
    finally:
        gc.enable()
