"""Who may do what: one table, read top-down, deny by default."""

from collections.abc import Mapping

from backend.kernel.people import Action, Actor, ActorKind, Assurance, Role
from backend.trust.permissions.types import Decision, Verdict

_ALLOW, _ASK = Verdict.ALLOW, Verdict.ASK

# Caller ID can be forged, so a known number alone may only leave things here. The answer to a
# signed text goes to the number itself, so it may carry what is remembered, but never act.
_BY_ASSURANCE: Mapping[Assurance, Mapping[Action, Verdict]] = {
    Assurance.STRANGER: {Action.CONVERSE: _ALLOW},
    Assurance.CLAIMED: {
        Action.CONVERSE: _ALLOW,
        Action.NOTE: _ALLOW,
        Action.ANSWER: _ALLOW,  # it reaches whoever has the number, never whoever forged it
    },
    Assurance.REPLYABLE: {
        Action.CONVERSE: _ALLOW,
        Action.NOTE: _ALLOW,
        Action.ANSWER: _ALLOW,
        Action.RECALL: _ALLOW,
    },
    Assurance.VERIFIED: {
        Action.CONVERSE: _ALLOW,
        Action.NOTE: _ALLOW,
        Action.RECALL: _ALLOW,
        Action.ANSWER: _ALLOW,
        Action.TEXT: _ALLOW,
        Action.CALL: _ALLOW,
        Action.TRANSFER: _ALLOW,
    },
    Assurance.HELD: {
        Action.CONVERSE: _ALLOW,
        Action.NOTE: _ALLOW,
        Action.RECALL: _ALLOW,
        Action.ANSWER: _ALLOW,
        Action.TEXT: _ALLOW,
        Action.CALL: _ALLOW,
        Action.TRANSFER: _ALLOW,
        Action.OPERATE: _ALLOW,
    },
}

# What the companion does of its own accord leaves only after somebody agreed.
_OF_ITS_OWN: Mapping[Action, Verdict] = {
    Action.NOTE: _ALLOW,
    Action.RECALL: _ALLOW,
    Action.TEXT: _ASK,
    Action.CALL: _ASK,
    Action.TRANSFER: _ASK,
}

_REACHING = {Action.TEXT, Action.CALL, Action.TRANSFER}
_PEOPLES = {Action.CONVERSE, Action.NOTE, Action.RECALL, Action.ANSWER} | _REACHING
_BY_ROLE: Mapping[Role | None, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.HOUSEHOLD: frozenset(_PEOPLES),
    Role.MEMBER: frozenset(_PEOPLES),
    None: frozenset({Action.CONVERSE}),
}

# A credential of ours reaches as far as its scopes, whoever holds it; a call or a text has none.
_SCOPES: Mapping[Action, frozenset[str]] = {
    Action.CONVERSE: frozenset({"voice", "memory"}),
    Action.NOTE: frozenset({"voice", "memory", "documents"}),
    Action.RECALL: frozenset({"voice", "memory"}),
    Action.TEXT: frozenset({"call"}),
    Action.CALL: frozenset({"call"}),
    Action.TRANSFER: frozenset({"call"}),
    Action.OPERATE: frozenset({"operate"}),
}


def weigh(actor: Actor, action: Action) -> Decision:
    """Return what the table says of this actor and this action."""
    if actor.kind in {ActorKind.COMPANION, ActorKind.WORKER}:
        verdict = _OF_ITS_OWN.get(action, Verdict.DENY)
        return Decision(verdict, "of its own accord" if verdict is not Verdict.DENY else "no role")
    if action not in _BY_ROLE[actor.role]:
        return Decision(Verdict.DENY, "role")
    verdict = _BY_ASSURANCE[actor.assurance].get(action, Verdict.DENY)
    if verdict is Verdict.DENY:
        return Decision(verdict, "assurance")
    if actor.assurance is Assurance.HELD and not any(map(actor.has_scope, _SCOPES[action])):
        return Decision(Verdict.DENY, "scope")
    return Decision(verdict, "allowed")
