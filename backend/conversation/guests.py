"""Somebody else on a line: their words are theirs, and they may do what anybody may there."""

from dataclasses import replace

from backend.conversation.sessions import Party
from backend.kernel.people import Actor, Assurance, Role

_TRUSTED = frozenset({Assurance.HELD, Assurance.VERIFIED, Assurance.REPLYABLE})
_HEARD_BY_SCOPE = ("voice", "memory")  # with one of these a credential may hear what is remembered


def as_guest(line: Party, name: str) -> Party:
    """Return somebody as they speak on another one's line: only their word says who they are.

    They are told what whoever shares the memory is told, where the line is one that may hear it;
    nothing of what is the other one's changes by them.
    """
    return replace(
        line, actor=_lowered(line.actor, name), name=name, guest=name, pin_digits=0, voice=""
    )


def _lowered(actor: Actor, name: str) -> Actor:
    may_hear = actor.assurance in _TRUSTED
    if actor.assurance is Assurance.HELD:
        may_hear = any(map(actor.has_scope, _HEARD_BY_SCOPE))
    return Actor(
        owner_id=actor.owner_id,
        kind=actor.kind,
        assurance=Assurance.REPLYABLE if may_hear else Assurance.CLAIMED,
        role=Role.HOUSEHOLD,
        name=name,
    )
