"""Says why there is no line to the companion, or none any more."""

from websockets.exceptions import InvalidStatus

from backend.kernel.errors import Unavailable

BROKEN = "The line broke."
NO_DOOR = frozenset({403, 404})  # so a socket that nobody serves is turned away


def line_lost(failure: Exception) -> Unavailable:
    """Say why there is no line, or none any more, and the way out."""
    is_refused = isinstance(failure, ConnectionRefusedError)
    if is_refused or (isinstance(failure, InvalidStatus) and _has_no_door(failure)):
        return Unavailable(
            "Talking goes through the part mobile_api, and that does not run.",
            cure="ringback up runs every part; beside --role backend run ringback up --role"
            " mobile_api, and tell both where it is: RINGBACK_URLS__MOBILE_API",
        )
    return Unavailable(BROKEN, cure="ringback logs")


def _has_no_door(failure: InvalidStatus) -> bool:
    return failure.response.status_code in NO_DOOR
