"""The seconds of a turn are counted from where the recording began."""

import pytest

from backend.memory.facts.seconds import seconds_of

END = {"voice_began_ms": 5_000, "voice_ended_ms": 7_500}


@pytest.mark.parametrize(
    ("details", "from_ms", "seconds"),
    [
        ({"end": END}, 0, (5.0, 7.5)),
        ({"end": END}, 4_000, (1.0, 3.5)),
        ({"end": END}, 6_000, (0.0, 1.5)),
        ({"end": END}, 8_000, None),
        ({"end": {"voice_ended_ms": 3_000}}, None, (3.0, 3.0)),
        ({}, 0, None),
        (None, 0, None),
    ],
)
def test_a_turns_seconds_are_those_of_its_recording(
    details: dict[str, dict[str, int]] | None,
    from_ms: int | None,
    seconds: tuple[float, float] | None,
) -> None:
    assert seconds_of(details, from_ms) == seconds
