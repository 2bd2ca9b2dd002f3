"""What happens on a line has words on the wire."""

from typing import Any

import pytest

from backend.kernel import events
from mobile_api.calls.captions import Introduction, in_wire_words

INTRODUCTION = Introduction("web", "Sam", is_spoken=True, is_resumed=True)

# Any: JSON of several shapes.
WORDS: list[tuple[events.Happening, dict[str, Any]]] = [
    (
        events.LineOpened("c"),
        {"type": "welcome", "wire": 1, "conversation_id": "c", "name": "Sam", "resumed": True},
    ),
    (events.VoiceStarted(), {"type": "voice_started"}),
    (
        events.PartialHeard("when is", is_stable=True),
        {"type": "partial_heard", "text": "when is", "is_stable": True},
    ),
    (events.Heard("t", "when?"), {"type": "heard", "turn_id": "t", "text": "when?"}),
    (events.Said("t", "Now.", 0), {"type": "said", "turn_id": "t", "text": "Now.", "index": 0}),
    (events.Interrupted("t"), {"type": "interrupted", "turn_id": "t"}),
    (events.Resumed("t"), {"type": "resumed", "turn_id": "t"}),
    (
        events.Spoken("t", "Now", "or never."),
        {"type": "spoken", "turn_id": "t", "heard": "Now", "unheard": "or never."},
    ),
    (
        events.TurnEnded("t", "when?", "Now.", spans={"respond": [0, 9]}, engines={"mind": "m"}),
        {
            "type": "turn_ended",
            "turn_id": "t",
            "heard": "when?",
            "said": "Now.",
            "sources": [],
            "spans": {"respond": [0.0, 9.0]},
            "engines": {"mind": "m"},
        },
    ),
    (events.LineClosed("goodbye"), {"type": "closed", "reason": "goodbye"}),
]


@pytest.mark.parametrize(("happening", "words"), WORDS, ids=lambda one: type(one).__name__)
def test_it_is_told(happening: events.Happening, words: dict[str, Any]) -> None:
    message = in_wire_words(happening, INTRODUCTION)
    assert message is not None
    assert message.model_dump() == words


def closed(details: dict[str, object]) -> dict[str, Any]:
    happening = events.TurnClosed("t", {"respond": [0, 9]}, details, 12)
    message = in_wire_words(happening, INTRODUCTION)
    assert message is not None
    return message.model_dump()


def test_a_turn_without_details_is_told_with_what_there_is() -> None:
    told = closed({"confidence": None})
    assert (told["turn_id"], told["spans"], told["cost_micros"]) == ("t", {"respond": [0, 9]}, 12)
    assert (told["end"], told["interrupted"], told["held"]) == (None, None, [])


def test_a_turns_details_are_told_in_the_shape_in_which_they_are_kept() -> None:
    details: dict[str, object] = {
        "engines": {"mind": "offline"},
        "end": {"why": "complete", "silence_ms": 380, "voice_ended_ms": 5200},
        "confidence": 0.93,
        "speculated": [{"what": "reply", "ms": 14.5, "cost_micros": 7, "outcome": "dropped"}],
        "interrupted": {"at_ms": 1830.5, "heard_words": 7, "unheard_words": 20},
        "held": [{"at_ms": 900.0, "ms": 400.0}],
        "filler": True,
        "resumed_line": 1,
    }
    told = closed(details)
    assert told["end"] == {"why": "complete", "silence_ms": 380}
    same = {name: told[name] for name in details if name != "end"}
    assert same == {name: value for name, value in details.items() if name != "end"}
