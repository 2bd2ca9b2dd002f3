"""Where in a call's recording somebody's words are heard."""

from collections.abc import Mapping
from typing import Any

Stretch = tuple[float, float]  # seconds of a recording: from, to


def seconds_of(
    turn_details: Mapping[str, Any] | None,  # Any: JSON, as the turn has written it
    recording_from_ms: int | None,
) -> Stretch | None:
    """Return the seconds of a recording in which somebody's turn was said.

    A turn's moments are those of the line's own clock, which are its frames; so are the
    recording's. What was said before it was begun is not in it.
    """
    end = (turn_details or {}).get("end") or {}
    ended_ms = end.get("voice_ended_ms") or 0
    began_ms = end.get("voice_began_ms", ended_ms)
    begin, until = ((ms - (recording_from_ms or 0)) / 1000 for ms in (began_ms, ended_ms))
    return (max(begin, 0.0), until) if ended_ms and until > 0 else None
