"""What happens on a line, in the words of the wire."""

from dataclasses import dataclass

from backend.kernel import events as happenings
from mobile_api import wire


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a client said of itself when it opened the line."""

    carrier: str  # "app" or "web"
    name: str  # who it was taken for
    is_spoken: bool
    is_resumed: bool = False  # it came back to a conversation that had waited for it


def in_wire_words(
    happening: happenings.Happening, introduction: Introduction
) -> wire.WireMessage | None:
    """Return what a client is told of it; the wire has no words for everything."""
    match happening:
        case happenings.LineOpened(conversation_id=conversation_id):
            return wire.Welcome(
                conversation_id=conversation_id,
                name=introduction.name,
                resumed=introduction.is_resumed,
            )
        case happenings.VoiceStarted():
            return wire.VoiceStarted()
        case happenings.PartialHeard(text=text, is_stable=is_stable):
            return wire.PartialHeard(text=text, is_stable=is_stable)
        case happenings.Heard(turn_id=turn_id, text=text):
            return wire.Heard(turn_id=turn_id, text=text)
        case happenings.LineClosed(reason=reason):
            return wire.Closed(reason=reason)
    return _reply(happening)


def _reply(happening: happenings.Happening) -> wire.WireMessage | None:
    message: wire.WireMessage | None = None
    match happening:
        case happenings.Thinking(turn_id=turn_id):
            message = wire.Typing(turn_id=turn_id)
        case happenings.Written(turn_id=turn_id, text=text):
            message = wire.Written(turn_id=turn_id, text=text)
        case happenings.Said(turn_id=turn_id, text=text, index=index):
            message = wire.Said(turn_id=turn_id, text=text, index=index)
        case happenings.Interrupted(turn_id=turn_id):
            message = wire.Interrupted(turn_id=turn_id)
        case happenings.Resumed(turn_id=turn_id):
            message = wire.Resumed(turn_id=turn_id)
        case happenings.Spoken(turn_id=turn_id, heard=heard, unheard=unheard):
            message = wire.Spoken(turn_id=turn_id, heard=heard, unheard=unheard)
        case happenings.TurnEnded():
            message = _turn_ended(happening)
        case happenings.TurnClosed():
            message = _turn_closed(happening)
    return message


def _turn_ended(turn: happenings.TurnEnded) -> wire.TurnEnded:
    return wire.TurnEnded(
        turn_id=turn.turn_id,
        heard=turn.heard,
        said=turn.said,
        sources=[
            wire.Source(
                message_id=source.message_id,
                text=source.text,
                when=source.when,
                channel=source.channel,
            )
            for source in turn.sources
        ],
        spans=turn.spans,
        engines=turn.engines,
    )


def _turn_closed(turn: happenings.TurnClosed) -> wire.TurnClosed:
    # The details are of our own making, but they are kept as JSON: the wire checks their shape.
    named = {"turn_id": turn.turn_id, "spans": turn.spans, "cost_micros": turn.cost_micros}
    return wire.TurnClosed.model_validate({**turn.details, **named})
