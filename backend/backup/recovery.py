"""The recovery key: what the owner prints, so that a burnt machine is not a lost memory."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from backend.kernel.errors import Corrupt, Invalid
from backend.platform.database.engine import Database
from backend.platform.database.tables import instance
from backend.platform.database.transaction import Transaction
from backend.platform.home import Home
from backend.platform.keys import Keys

FILE_NAME = "recovery.key"
KEY_BYTES = 32
GROUP_CHARS = 4
CHECK_CHARS = 4  # a misread letter is found in all but one of a million cases

_INSTANCE_KEY = "recovery_key"
_PURPOSE = "recovery key"
_MISREAD = str.maketrans("018", "OIB")  # Base32 has none of these digits: they are misread letters


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """Thirty-two random bytes, written as groups of letters that can be read from paper."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        assert len(self.secret) == KEY_BYTES

    @classmethod
    def new(cls) -> "RecoveryKey":
        """Make one that nobody can guess."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RecoveryKey":
        """Read one as it was printed or typed; a slip is found and said."""
        written = text.upper().translate(_MISREAD)
        letters = "".join(letter for letter in written if letter.isascii() and letter.isalnum())
        body, check = letters[:-CHECK_CHARS], letters[-CHECK_CHARS:]
        try:
            secret = base64.b32decode(body + "=" * (-len(body) % 8))
        except binascii.Error:
            raise Invalid("This is not a recovery key.", cure=_cure()) from None
        # The body's last letter has bits that mean nothing: written back, a slip in them shows.
        if len(secret) != KEY_BYTES or cls(secret)._letters() != body + check:
            raise Invalid("The recovery key has a slip in it.", cure=_cure())
        return cls(secret)

    def text(self) -> str:
        """Return it as it is printed."""
        letters = self._letters()
        groups = range(0, len(letters), GROUP_CHARS)
        return "-".join(letters[start : start + GROUP_CHARS] for start in groups)

    def _letters(self) -> str:
        return base64.b32encode(self.secret).decode().rstrip("=") + _check(self.secret)

    @property
    def fingerprint(self) -> str:
        """Tell keys apart without telling anything of them."""
        return Keys(self.secret).derive("recovery fingerprint", 4).hex()


@dataclass(frozen=True, slots=True)
class Keyring:
    """The two keys that open an instance's archives."""

    root: bytes = field(repr=False)
    recovery: RecoveryKey


class Keyrings:
    """Keeps the instance's recovery key: sealed in the database, and as a file to be printed."""

    def __init__(self, *, database: Database, root: bytes, home: Home) -> None:
        self._database, self._root, self._home = database, root, home
        self._keys = Keys(root)

    async def ensure(self) -> Keyring:
        """Return both keys; the recovery key is made at the first start.

        Every process of the instance gets the same one, and leaves it in its home as a file.
        """
        async with self._database.transaction() as tx:
            key = await self._kept(tx)
            if key is None:
                key = RecoveryKey.new()
                sealed = base64.b64encode(self._keys.seal(_PURPOSE, key.secret)).decode()
                await tx.execute(insert(instance).values(key=_INSTANCE_KEY, value=sealed))
        place(self._home, key)
        return Keyring(self._root, key)

    async def _kept(self, tx: Transaction) -> RecoveryKey | None:
        query = select(instance.c.value).where(instance.c.key == _INSTANCE_KEY)
        sealed = (await tx.execute(query)).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            return RecoveryKey(self._keys.open(_PURPOSE, base64.b64decode(sealed)))
        except Corrupt as damage:
            raise Corrupt(
                "The database was written under another root key.",
                cure="give the root key that belongs to it: RINGBACK_SECRET_KEY or root.key",
            ) from damage


def place(home: Home, key: RecoveryKey) -> None:
    """Put the key into its file, unless it is there."""
    if home.secret(FILE_NAME) != key.text():
        home.write_secret(FILE_NAME, key.text())


def _check(secret: bytes) -> str:
    return base64.b32encode(hashlib.sha256(secret).digest()).decode()[:CHECK_CHARS]


def _cure() -> str:
    return f"give the file {FILE_NAME} of the lost home, or its {GROUP_CHARS}-letter groups"
