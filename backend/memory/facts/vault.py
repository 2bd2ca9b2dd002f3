"""Secrets that somebody said, sealed: kept with their message, opened only by what they are of."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from backend.kernel.clock import Instant
from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.memory.facts.passwords import names_in
from backend.memory.facts.secrets import Secret, SecretKind
from backend.platform.database.engine import Database
from backend.platform.database.tables import vault
from backend.platform.database.transaction import Transaction
from backend.platform.keys import Keys

PURPOSE = "vault"
ALWAYS = Instant(0)
OPENED_MAX = 200  # the newest: nobody tells more secrets than they can name
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_OF_ANOTHER, _OWNED = "'s ", "s"  # "sister's wifi password"
_SPLIT = re.compile(r"\b(pass|wi)[ -](words?|phrases?|codes?|fi)\b")  # written so, or in one word


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that was found again."""

    name: str  # "wifi password"
    value: str
    at: Instant = ALWAYS  # when it was told
    is_key: bool = False


class Vault:
    """Seals secrets with a key of their own; a row says only what kind it is."""

    def __init__(self, *, database: Database, keys: Keys, ids: Ids) -> None:
        self._database, self._keys, self._ids = database, keys, ids

    async def keep(
        self, tx: Transaction, owner_id: OwnerId, message_id: MessageId, secrets: Sequence[Secret]
    ) -> None:
        """Seal what a message told, in the transaction that keeps it."""
        for secret in secrets:
            identifier = self._ids.new()
            told = json.dumps({"name": secret.name, "value": secret.value}).encode()
            await tx.execute(
                insert(vault).values(
                    id=identifier,
                    owner_id=owner_id,
                    kind=secret.kind.value,
                    message_id=message_id,
                    sealed=self._keys.seal(PURPOSE, told, _bound(owner_id, identifier)),
                    at=tx.at,
                )
            )

    async def find(self, owner_id: OwnerId, question: str) -> tuple[Sealed, ...]:
        """Return the secret that is asked for by its name; of keys all that may be meant."""
        query = (
            select(vault.c.id, vault.c.sealed, vault.c.kind, vault.c.at)
            .where(vault.c.owner_id == owner_id)
            .order_by(vault.c.at.desc(), vault.c.id.desc())
            .limit(OPENED_MAX)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        known: list[Sealed] = []
        for row in rows:
            told = json.loads(self._keys.open(PURPOSE, row.sealed, _bound(owner_id, row.id)))
            is_key = row.kind == SecretKind.KEY.value
            known.append(Sealed(told["name"], told["value"], Instant(row.at), is_key))
        keys = keys_meant(question, known)
        one = None if keys else meant(question, known)
        return keys if one is None else (one,)


def keys_meant(question: str, known: Sequence[Sealed]) -> tuple[Sealed, ...]:
    """Return the keys that a question may mean, the newest first, each value once.

    People tell many of them, most without a name: none of them takes another's place.
    """
    keys = {each.value: each for each in reversed(known) if each.is_key}
    newest_first = [each for each in reversed(keys.values())]
    asked = _ASKED_KEY.search(question.lower())
    if asked is None:
        return ()
    said = _words(asked["which"]) - _OF_ANY_KEY
    if not said:
        return tuple(newest_first)
    words = _words(question)
    return tuple(
        each
        for each in newest_first
        if (which := _words(each.name) - _OF_ANY_KEY) and which <= words
    )


_ASKED_KEY = re.compile(
    r"\b(?:my|our|the|which|what) (?P<which>(?:[\w'-]{1,30} ){0,4}?)(?:keys?|tokens?)\b"
)
_OF_ANY_KEY = frozenset(
    {"key", "keys", "token", "tokens", "api", "secret", "access", "is", "are", "my", "the", "our"}
)


def meant(question: str, known: Sequence[Sealed]) -> Sealed | None:
    """Return which of several secrets is asked for; `known` has the newest first.

    Whoever says which one ("the wifi password") gets that one or none: another one would be told
    as if it were it. Else it is the most exact name of which all words are asked for, or the only
    one of its kind.
    """
    names = list(names_in(question))
    said = [_words(name) for name, which in names if which]
    if not said:
        asked = _words(question)
        fits = [each for each in known if _words(each.name) <= asked]
        if fits:
            return max(fits, key=lambda each: len(_words(each.name)))
        said = [_words(name) for name, _ in names]
    found = (_exactly(wanted, known) for wanted in said)
    return next((each for each in found if each is not None), None)


def speaks_of(told: str, topic: str) -> bool:
    """Say whether words speak of the very secret that a topic names; of any, where it names none.

    Who wants "my password" forgotten means no other one.
    """
    wanted = [(_words(name), which) for name, which in names_in(topic)]
    named = [_words(name) for name, _ in names_in(told)]
    return not wanted or any(
        each == name or (which and name < each) for name, which in wanted for each in named
    )


def _exactly(wanted: frozenset[str], known: Sequence[Sealed]) -> Sealed | None:
    """Return the secret of this name, or the only one whose name says more; but no one else's."""
    same = next((each for each in known if _words(each.name) == wanted), None)
    if same is not None:
        return same
    more = [
        each
        for each in known
        if wanted < _words(each.name) and (_OF_ANOTHER not in each.name or _OWNED in wanted)
    ]
    return more[0] if len({_words(each.name) for each in more}) == 1 else None


def _words(text: str) -> frozenset[str]:
    folded = _SPLIT.sub(r"\1\2", text.lower())
    return frozenset(_WORD.findall(folded))


def _bound(owner_id: str, identifier: str) -> bytes:
    return f"{owner_id}/{identifier}".encode()
