"""An archive's header: what it is, in the clear, and its data key, wrapped for both that open it.

Nothing in it is a secret, and nothing of it can be changed unnoticed: every sealed piece is bound
to the header's digest.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter, ValidationError

from backend.backup.archive.source import Source
from backend.backup.recovery import Keyring, RecoveryKey
from backend.kernel.errors import Corrupt, Invalid
from backend.platform.keys import Keys

MAGIC = b"RINGBACK ARCHIVE"
FORMAT = 1
DATA_KEY_BYTES = 32
HEADER_BYTES_MAX = 64 << 10

_LENGTH_BYTES = 4
_DATA_KEY = "backup data key"
_ROOT_KEY = "backup root key"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an archive says of itself."""

    format: int
    id: str
    instance_id: str
    made_at: int
    schema: str  # the database's revision
    root_fingerprint: str
    recovery_fingerprint: str
    key_for_root: str
    key_for_recovery: str
    root_for_recovery: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header and its bytes, to whose digest the pieces are bound."""

    facts: Facts
    raw: bytes

    @property
    def digest(self) -> bytes:
        """Return what every piece is bound to."""
        return hashlib.sha256(self.raw).digest()

    def opened_by_root(self, root: bytes) -> bytes:
        """Return the data key, by the root key of the instance that made the archive."""
        if root_fingerprint(root) != self.facts.root_fingerprint:
            raise Invalid(
                "This archive was made under another root key.",
                cure="ringback restore --recovery-key FILE",
            )
        return _unwrapped(Keys(root), _DATA_KEY, self.facts.key_for_root, self.facts.id)

    def opened_by_recovery(self, recovery: RecoveryKey) -> tuple[bytes, bytes]:
        """Return the data key and the instance's root key, by the printed key."""
        if recovery.fingerprint != self.facts.recovery_fingerprint:
            raise Invalid(
                f"This archive belongs to the recovery key {self.facts.recovery_fingerprint}, "
                f"not to {recovery.fingerprint}.",
                cure="give the recovery key of the instance that made it",
            )
        keys = Keys(recovery.secret)
        return (
            _unwrapped(keys, _DATA_KEY, self.facts.key_for_recovery, self.facts.id),
            _unwrapped(keys, _ROOT_KEY, self.facts.root_for_recovery, self.facts.id),
        )


def new_header(
    keyring: Keyring, *, archive_id: str, instance_id: str, made_at: int, schema: str
) -> tuple[Header, bytes]:
    """Return a header and the fresh data key that is wrapped in it."""
    data_key = secrets.token_bytes(DATA_KEY_BYTES)
    by_root, by_recovery = Keys(keyring.root), Keys(keyring.recovery.secret)
    facts = Facts(
        format=FORMAT,
        id=archive_id,
        instance_id=instance_id,
        made_at=made_at,
        schema=schema,
        root_fingerprint=root_fingerprint(keyring.root),
        recovery_fingerprint=keyring.recovery.fingerprint,
        key_for_root=_wrapped(by_root, _DATA_KEY, data_key, archive_id),
        key_for_recovery=_wrapped(by_recovery, _DATA_KEY, data_key, archive_id),
        root_for_recovery=_wrapped(by_recovery, _ROOT_KEY, keyring.root, archive_id),
    )
    body = json.dumps(asdict(facts)).encode()
    return Header(facts, MAGIC + len(body).to_bytes(_LENGTH_BYTES, "big") + body), data_key


async def read_header(source: Source) -> Header:
    """Read a header; what is no archive, or a newer one, is refused in plain words."""
    start = await source.exactly(len(MAGIC) + _LENGTH_BYTES)
    if not start.startswith(MAGIC):
        raise Invalid("This is not an archive of Ringback.")
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if length > HEADER_BYTES_MAX:
        raise Corrupt("The archive's header is damaged.", cure="take another backup")
    body = await source.exactly(length)
    try:
        found = json.loads(body)
        version = found["format"]
    except (ValueError, KeyError, TypeError):
        raise Corrupt("The archive's header is damaged.", cure="take another backup") from None
    if version != FORMAT:
        raise Invalid(
            f"The archive has format {version}; this program reads format {FORMAT}.",
            cure="install the version of Ringback that made it",
        )
    try:
        return Header(TypeAdapter(Facts).validate_python(found), start + body)
    except ValidationError:
        raise Corrupt("The archive's header is damaged.", cure="take another backup") from None


def root_fingerprint(root: bytes) -> str:
    """Tell root keys apart without telling anything of them."""
    return Keys(root).derive("root fingerprint", 4).hex()


def _wrapped(keys: Keys, purpose: str, secret: bytes, archive_id: str) -> str:
    return base64.b64encode(keys.seal(purpose, secret, archive_id.encode())).decode()


def _unwrapped(keys: Keys, purpose: str, wrapped: str, archive_id: str) -> bytes:
    try:
        sealed = base64.b64decode(wrapped, validate=True)
    except ValueError:
        raise Corrupt("The archive's header is damaged.", cure="take another backup") from None
    return keys.open(purpose, sealed, archive_id.encode())
