"""How a row of an export becomes one of ours: whose it is now, and whether it may come at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.kernel.forgetting import Target
from backend.kernel.ids import OwnerId
from backend.memory.porting.tables import FORGOTTEN_BY, Values
from backend.platform.database.search import Entry
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.tombstones import gone


@dataclass(frozen=True, slots=True)
class Homecoming:
    """Whose archive it was, whose memory it comes into, and who its people are here."""

    before: str
    owner_id: OwnerId
    import_id: str
    people: Mapping[str, str]  # id there → id here

    def row(self, name: str, given: Values) -> Values:
        """Return a row as it is written here."""
        row = given | {"owner_id": self.owner_id}
        if "person_id" in row:
            row["person_id"] = self.people.get(row["person_id"], row["person_id"])
        if "actor" in row:
            row["actor"] = row["actor"].replace(self.before, self.owner_id)
        if name == "conversations":
            ended_at = row["ended_at"] if row.get("ended_at") is not None else row["started_at"]
            # Nobody holds its line, and its sound follows.
            row |= {"carried_by": "", "carried_at": 0, "recording": "", "ended_at": ended_at}
        return row


async def alive(tx: Transaction, name: str, rows: Sequence[Values]) -> list[Values]:
    """Leave out what was forgotten here."""
    targets = {id(row): _targets(name, row) for row in rows}
    dead = await gone(tx.connection, frozenset().union(*targets.values()))
    return [row for row in rows if not targets[id(row)] & dead]


def _targets(name: str, row: Values) -> frozenset[Target]:
    return frozenset(
        Target(kind, row[column]) for column, kind in FORGOTTEN_BY[name].items() if row.get(column)
    )


def entry(row: Values) -> Entry:
    """Return a message as the full text takes it."""
    text = f"{row['text']} {row['caption']}".strip()
    return Entry(row["id"], row["owner_id"], row["namespace"], text)
