"""What has an id elsewhere and was forgotten here is known again when it is sent once more.

A program that sends its whole history every night would undo each forgetting. So the tombstones
also hold the id that a message had elsewhere: only its keyed hash, for such an id may be an
address or a name, and whoever has the table alone can't even try which.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Kind, Target, ids_of
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import messages
from backend.platform.forgetting.port import Targets
from backend.platform.forgetting.tombstones import gone
from backend.platform.keys import Keys

PURPOSE = "ids from elsewhere"
HASH_CHARACTERS = 40  # 160 bits: two ids never meet


class Elsewhere:
    """Names messages by the ids that they have elsewhere."""

    def __init__(self, keys: Callable[[], Keys]) -> None:
        """The keys are asked for late: while a home is restored they come with the archive."""
        self._keys = keys

    def target(self, owner_id: OwnerId, namespace: str, external_id: str) -> Target:
        """Return the name under which a message from elsewhere is buried."""
        named = "\x00".join((owner_id, namespace, external_id)).encode("utf-8", "backslashreplace")
        hashed = hmac.new(self._keys().derive(PURPOSE), named, hashlib.sha256).hexdigest()
        return Target(Kind.ELSEWHERE, hashed[:HASH_CHARACTERS])

    async def of(self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets) -> Targets:
        """Return the names of those of these messages that have an id elsewhere."""
        found: set[Target] = set()
        for batch in batches(ids_of(targets, Kind.MESSAGE)):
            rows = await connection.execute(
                select(messages.c.namespace, messages.c.external_id).where(
                    of_owner(messages.c.id, owner_id),
                    messages.c.id.in_(batch),
                    messages.c.external_id.is_not(None),
                )
            )
            found.update(self.target(owner_id, row.namespace, row.external_id) for row in rows)
        return frozenset(found)

    async def forgotten(
        self,
        connection: AsyncConnection,
        owner_id: OwnerId,
        namespace: str,
        external_ids: Collection[str],
    ) -> frozenset[str]:
        """Return those of these ids whose messages were forgotten here."""
        named = {self.target(owner_id, namespace, each): each for each in external_ids}
        return frozenset(named[each] for each in await gone(connection, frozenset(named)))
