"""PINs: what somebody says or keys in to prove on the telephone that they are who they seem."""

import base64
import hashlib
import hmac
import itertools
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import case, select, update

from backend.kernel.clock import HOUR, later
from backend.kernel.errors import Corrupt, Invalid, Missing
from backend.kernel.ids import PersonId
from backend.kernel.people import Person
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import people
from backend.platform.database.transaction import Transaction
from backend.platform.keys import Keys
from backend.platform.telemetry.logs import get_logger

DIGITS_MIN, DIGITS_MAX = 4, 10
TRIES_MAX = 5  # in a row, over all calls: a forged number gets no more
# For the first lock, the second, and so on until the right PIN comes: with an hour each time,
# whoever forges a number would have half of all PINs of four digits within six weeks.
LOCKED_FOR = (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR)
PURPOSE = "telephone pins"

# 16 MB and some 50 ms for each try. A PIN has so few digits that a slow hash alone would not save
# it: so it is keyed as well, and whoever has the database without the root key can try nothing.
COST, BLOCK, LANES, HASH_BYTES, SALT_BYTES = 2**14, 8, 1, 32, 16

# Besides runs, repeats and years: what people choose first, by every published count.
COMMON = frozenset({"1004", "2580", "1342", "6969", "0852", "1379", "7410", "147258", "159357"})

_log = get_logger("trust")


class Verdict(StrEnum):
    """What a try was."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # too many were wrong; this one was not even looked at
    UNSET = "unset"  # there is no PIN


@dataclass(frozen=True, slots=True)
class _Hash:
    """What is kept of a PIN; its length too, so that keys need no closing one."""

    length: int
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        parts = (self.salt, self.digest)
        shown = "$".join(base64.b64encode(part).decode() for part in parts)
        return f"scrypt${self.length}${shown}"

    @classmethod
    def read(cls, kept: str) -> "_Hash":
        kind, _, rest = kept.partition("$")
        length, salt, digest = [*rest.split("$"), "", ""][:3]
        if kind != "scrypt" or not length.isdecimal():
            raise Corrupt("A PIN that was kept can't be read.", cure="ringback people pin NAME")
        return cls(int(length), base64.b64decode(salt), base64.b64decode(digest))


class Pins:
    """Sets PINs and counts the tries; none of them is ever written down."""

    def __init__(self, *, database: Database, keys: Keys, compute: Compute) -> None:
        self._database, self._compute = database, compute
        self._pepper = keys.derive(PURPOSE)

    async def set(self, person: Person, pin: str) -> None:
        """Give somebody a PIN; a weak one is refused. It also lifts a lock."""
        checked = checked_pin(pin, own_numbers=person.numbers)
        salt = secrets.token_bytes(SALT_BYTES)
        digest = await self._compute.run(self._digest, checked, salt)
        await self._write(person.id, str(_Hash(len(checked), salt, digest)))

    async def remove(self, person_id: PersonId) -> None:
        """Take somebody's PIN away: on the telephone they can then prove nothing."""
        await self._write(person_id, "")

    async def try_out(self, person_id: PersonId, pin: str) -> Verdict:
        """Compare a PIN with somebody's; each try is counted before it is compared."""
        async with self._database.transaction() as tx:
            kept, is_last = await self._count(tx, person_id)
        if kept is None:
            return Verdict.LOCKED if await self._is_set(person_id) else Verdict.UNSET
        known = _Hash.read(kept)
        digest = await self._compute.run(self._digest, pin, known.salt)
        if hmac.compare_digest(digest, known.digest):
            await self._forgive(person_id, kept)
            return Verdict.RIGHT
        if is_last:
            _log.warning("pin_locked", person_id=person_id)
        return Verdict.LOCKED if is_last else Verdict.WRONG

    async def _count(self, tx: Transaction, person_id: PersonId) -> tuple[str | None, bool]:
        """Take one of the tries that are left, and lock with the last one; atomic."""
        failures = people.c.pin_failures + 1
        taken = await tx.execute(
            update(people)
            .where(
                people.c.id == person_id,
                people.c.pin_hash != "",
                people.c.pin_locked_until <= tx.at,
            )
            .values(
                pin_failures=failures,
                pin_locked_until=case(
                    (failures % TRIES_MAX != 0, 0),
                    *(
                        (failures == TRIES_MAX * count, later(tx.at, wait))
                        for count, wait in enumerate(LOCKED_FOR, 1)
                    ),
                    else_=later(tx.at, LOCKED_FOR[-1]),
                ),
            )
            .returning(people.c.pin_hash, people.c.pin_locked_until)
        )
        row = taken.first()
        return (None, False) if row is None else (row.pin_hash, row.pin_locked_until > 0)

    async def _is_set(self, person_id: PersonId) -> bool:
        query = select(people.c.pin_hash).where(people.c.id == person_id)
        async with self._database.reading() as connection:
            return bool((await connection.execute(query)).scalar())

    async def _forgive(self, person_id: PersonId, kept: str) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                update(people)
                .where(people.c.id == person_id, people.c.pin_hash == kept)
                .values(pin_failures=0, pin_locked_until=0)
            )

    async def _write(self, person_id: PersonId, kept: str) -> None:
        async with self._database.transaction() as tx:
            written = await tx.execute(
                update(people)
                .where(people.c.id == person_id)
                .values(pin_hash=kept, pin_failures=0, pin_locked_until=0)
            )
            if not written.rowcount:
                raise Missing("Nobody is known by that id.", cure="See: ringback people list")

    def _digest(self, pin: str, salt: bytes) -> bytes:
        keyed = hmac.new(self._pepper, pin.encode(), hashlib.sha256).digest()
        return hashlib.scrypt(
            keyed, salt=salt, n=COST, r=BLOCK, p=LANES, dklen=HASH_BYTES, maxmem=64 << 20
        )


def pin_length(kept: str) -> int:
    """Return how many digits the PIN behind a hash has; 0 when there is none."""
    return _Hash.read(kept).length if kept else 0


def checked_pin(pin: str, *, own_numbers: tuple[str, ...] = ()) -> str:
    """Return a PIN without blanks and dashes; refuse what is none, or is guessed first."""
    plain = pin.replace(" ", "").replace("-", "")
    if not (plain.isascii() and plain.isdecimal() and DIGITS_MIN <= len(plain) <= DIGITS_MAX):
        raise Invalid(f"A PIN has {DIGITS_MIN} to {DIGITS_MAX} digits.")
    if _is_weak(plain) or any(number.endswith(plain) for number in own_numbers):
        raise Invalid(
            "That PIN is easy to guess.",
            cure="Choose one without a run, a pattern, a year or your own number.",
        )
    return plain


def _is_weak(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    is_run = len(steps) == 1 and steps <= {0, 1, 9}  # 7777, 1234, 9012, 4321
    is_pattern = any(
        len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size)
        for size in range(1, len(pin) // 2 + 1)
    )
    is_year = len(pin) == DIGITS_MIN and pin[:2] in {"19", "20"}
    return is_run or is_pattern or is_year or pin in COMMON or len(set(pin)) == 1
