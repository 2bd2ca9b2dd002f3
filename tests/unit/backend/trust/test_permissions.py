"""The matrix, cell by cell where it matters."""

import itertools

import pytest

from backend.kernel.ids import OwnerId
from backend.kernel.people import EVERYTHING, Action, Actor, ActorKind, Assurance, Role
from backend.trust.permissions import Verdict, weigh

OWNER = OwnerId("owner")


def caller(assurance: Assurance, role: Role | None) -> Actor:
    return Actor(OWNER, ActorKind.CALLER, assurance, role=role)


def holder(role: Role, *scopes: str) -> Actor:
    return Actor(
        OWNER, ActorKind.API, Assurance.HELD, role=role, scopes=frozenset(scopes) or EVERYTHING
    )


def allowed(actor: Actor) -> set[Action]:
    return {action for action in Action if weigh(actor, action).is_allowed}


@pytest.mark.parametrize("role", [None, *Role])
def test_a_stranger_hears_small_talk_and_nothing_else(role: Role | None) -> None:
    assert allowed(caller(Assurance.STRANGER, role)) == {Action.CONVERSE}


@pytest.mark.parametrize("role", Role)
def test_a_known_number_alone_may_leave_notes(role: Role) -> None:
    assert allowed(caller(Assurance.CLAIMED, role)) == {Action.CONVERSE, Action.NOTE, Action.ANSWER}


@pytest.mark.parametrize("role", Role)
def test_a_signed_text_may_recall_but_never_act(role: Role) -> None:
    may = allowed(Actor(OWNER, ActorKind.TEXTER, Assurance.REPLYABLE, role=role))
    assert may == {Action.CONVERSE, Action.NOTE, Action.ANSWER, Action.RECALL}


@pytest.mark.parametrize("role", Role)
def test_a_verified_caller_may_all_of_their_role_but_run_the_instance(role: Role) -> None:
    may = allowed(caller(Assurance.VERIFIED, role))
    reaching = {Action.ANSWER, Action.TEXT, Action.CALL, Action.TRANSFER}
    assert may == {Action.CONVERSE, Action.NOTE, Action.RECALL} | reaching


@pytest.mark.parametrize("assurance", Assurance)
def test_nobody_without_a_name_is_told_anything(assurance: Assurance) -> None:
    assert allowed(caller(assurance, None)) <= {Action.CONVERSE}


def test_only_the_owner_operates_and_only_with_a_credential() -> None:
    for assurance, role in itertools.product(Assurance, [None, *Role]):
        actor = Actor(OWNER, ActorKind.CLI, assurance, role=role, scopes=EVERYTHING)
        may = weigh(actor, Action.OPERATE).is_allowed
        assert may is (assurance is Assurance.HELD and role is Role.OWNER)


def test_a_credential_does_no_more_than_its_scopes() -> None:
    assert not weigh(holder(Role.OWNER, "memory"), Action.OPERATE).is_allowed
    assert not weigh(holder(Role.OWNER, "documents"), Action.RECALL).is_allowed
    assert weigh(holder(Role.OWNER, "operate"), Action.OPERATE).is_allowed


def test_the_companion_asks_before_it_sends_words_out() -> None:
    companion = Actor(OWNER, ActorKind.COMPANION, Assurance.HELD, role=Role.OWNER)
    assert weigh(companion, Action.TEXT).verdict is Verdict.ASK
    assert weigh(companion, Action.OPERATE).verdict is Verdict.DENY
