"""Secrets that somebody said, sealed: kept with their message, opened only by what they are of."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.memory.facts.passwords import names_in
from backend.memory.facts.secrets import Secret
from backend.platform.database.engine import Database
from backend.platform.database.tables import vault
from backend.platform.database.transaction import Transaction
from backend.platform.keys import Keys

PURPOSE = "vault"
OPENED_MAX = 200  # the newest: nobody tells more secrets than they can name
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_OF_ANOTHER, _OWNED = "'s ", "s"  # "sister's wifi password"
_SPLIT = re.compile(r"\b(pass|wi)[ -](words?|phrases?|codes?|fi)\b")  # written so, or in one word


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that was found again."""

    name: str  # "wifi password"
    value: str


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

    async def find(self, owner_id: OwnerId, question: str) -> Sealed | None:
        """Return the secret that is asked for by its name."""
        query = (
            select(vault.c.id, vault.c.sealed)
            .where(vault.c.owner_id == owner_id)
            .order_by(vault.c.at.desc(), vault.c.id.desc())
            .limit(OPENED_MAX)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        told = [
            json.loads(self._keys.open(PURPOSE, row.sealed, _bound(owner_id, row.id)))
            for row in rows
        ]
        return meant(question, [Sealed(each["name"], each["value"]) for each in told])


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
