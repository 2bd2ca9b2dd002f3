"""Secrets that somebody said, sealed: kept with their message, opened only by what they are of."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.memory.facts.secrets import Secret
from backend.platform.database.engine import Database
from backend.platform.database.tables import vault
from backend.platform.database.transaction import Transaction
from backend.platform.keys import Keys

PURPOSE = "vault"
OPENED_MAX = 200  # the newest: nobody tells more secrets than they can name
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


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
        """Return the secret that is asked for by its name, the newest of several."""
        asked = frozenset(_WORD.findall(question.lower()))
        query = (
            select(vault.c.id, vault.c.sealed)
            .where(vault.c.owner_id == owner_id)
            .order_by(vault.c.at.desc(), vault.c.id.desc())
            .limit(OPENED_MAX)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            opened = self._keys.open(PURPOSE, row.sealed, _bound(owner_id, row.id))
            told = json.loads(opened)
            if frozenset(_WORD.findall(told["name"])) <= asked:
                return Sealed(told["name"], told["value"])
        return None


def _bound(owner_id: str, identifier: str) -> bytes:
    return f"{owner_id}/{identifier}".encode()
