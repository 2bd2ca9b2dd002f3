"""Who speaks to us, and how sure we are of it."""

from dataclasses import dataclass
from enum import StrEnum

from backend.kernel.ids import OwnerId, PersonId


class Role(StrEnum):
    """What a person is to this instance."""

    OWNER = "owner"  # runs the instance; owns the default memory
    HOUSEHOLD = "household"  # known by name, shares the owner's memory
    MEMBER = "member"  # has a memory of their own that nobody else sees


class Assurance(StrEnum):
    """How sure we are that somebody is who they seem to be, from least to most."""

    STRANGER = "stranger"  # an unknown number
    CLAIMED = "claimed"  # a known number, which can be forged
    REPLYABLE = "replyable"  # a signed text: the answer goes to the number itself
    VERIFIED = "verified"  # the network vouches for the number, or a PIN was given
    HELD = "held"  # a credential of ours was shown: device, session, command line, API


class ActorKind(StrEnum):
    """By which way somebody acts."""

    CALLER = "caller"
    TEXTER = "texter"
    DEVICE = "device"
    SESSION = "session"
    CLI = "cli"
    API = "api"
    COMPANION = "companion"
    WORKER = "worker"


class Action(StrEnum):
    """What somebody may want of the companion; `trust.decide` answers allow, ask or deny."""

    CONVERSE = "converse"
    NOTE = "note"  # leave a note or a thing to remember
    RECALL = "recall"  # hear what is remembered
    TEXT = "text"  # send words out
    ANSWER = "answer"  # text words back, to their own number
    CALL = "call"  # ring somebody up
    TRANSFER = "transfer"  # hand a call over to somebody
    OPERATE = "operate"  # people, tokens, backups, settings, logs


EVERYTHING = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who wants something, as far as we know them."""

    owner_id: OwnerId
    kind: ActorKind
    assurance: Assurance
    role: Role | None = None
    person_id: PersonId | None = None
    name: str = ""
    scopes: frozenset[str] = frozenset()
    credential_id: str | None = None

    def has_scope(self, scope: str) -> bool:
        """Say whether the credential reaches as far as this scope."""
        return scope in self.scopes or "*" in self.scopes

    @property
    def is_whose_memory_it_is(self) -> bool:
        """Say whether they speak to their own memory: its owner is the person of the same id."""
        return str(self.person_id) == str(self.owner_id)

    @property
    def is_mere_program(self) -> bool:
        """Say whether it is a token that operates nothing: no memory goes or comes whole by it."""
        return self.kind is ActorKind.API and not self.has_scope(Action.OPERATE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the owner has told us of."""

    id: PersonId
    owner_id: OwnerId  # whose memory they speak to
    name: str
    role: Role
    zone: str  # IANA name
    numbers: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()  # what an import named: nothing rings or trusts these
    voice: str = ""  # which voice they like to hear; empty: the usual one
    pin_digits: int = 0  # so long is their PIN; 0: they have none
    recording_consent: str = ""  # "" was never asked, "yes", "no"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom an export names, as it names them; nothing of it is believed yet."""

    id: str
    name: str
    role: str
    zone: str
    voice: str = ""
    numbers: tuple[str, ...] = ()
    recording_consent: str = ""
    is_self: bool = False  # whose export it is
