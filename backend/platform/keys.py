"""All keys of an instance, derived from one root: whoever has the root has everything."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kernel.errors import Corrupt, Invalid, NotConfigured
from backend.platform.home import Home
from backend.platform.settings import Settings

ROOT_NAME = "root.key"
ROOT_BYTES = 32
SECRET_KEY_CHARS_MIN = 32

_VERSION = b"\x01"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + _SALT_BYTES + _NONCE_BYTES
SEAL_BYTES = _HEADER_BYTES + 16  # by so much is what was sealed longer than what it holds


class Keys:
    """Derives a key for each purpose, and seals with it."""

    def __init__(self, root: bytes) -> None:
        if len(root) < ROOT_BYTES:
            raise Invalid("The root key is too short.")
        self._root = root

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """Return the purpose's key: always the same, and telling nothing of any other."""
        return self._derived(purpose, b"", length)

    def seal(self, purpose: str, plain: bytes, context: bytes = b"") -> bytes:
        """Encrypt; the context is not kept, but must be the same to open."""
        # A fresh salt gives each sealing a key of its own: there is no number of sealings after
        # which random nonces would begin to meet.
        salt = secrets.token_bytes(_SALT_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._derived(purpose, salt, 32))
        return _VERSION + salt + nonce + cipher.encrypt(nonce, plain, _bound(purpose, context))

    def open(self, purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
        """Decrypt; refuse what was changed, cut, or sealed for something else."""
        if len(sealed) < _HEADER_BYTES or sealed[:1] != _VERSION:
            raise Corrupt("This was not sealed by us.")
        salt = sealed[1 : 1 + _SALT_BYTES]
        nonce = sealed[1 + _SALT_BYTES : _HEADER_BYTES]
        cipher = AESGCM(self._derived(purpose, salt, 32))
        try:
            return cipher.decrypt(nonce, sealed[_HEADER_BYTES:], _bound(purpose, context))
        except InvalidTag:
            raise Corrupt(
                "What was sealed can't be opened: it was changed, or the root key is another one."
            ) from None

    def _derived(self, purpose: str, salt: bytes, length: int) -> bytes:
        info = b"ringback/1/" + purpose.encode()
        return HKDF(SHA256(), length, salt or None, info).derive(self._root)


def load_root(home: Home, settings: Settings, *, is_alone: bool = True) -> bytes:
    """Return the root key: as set, else the home's, made at the first start.

    Whoever opens the same database from another home can't have this home's file, and what is
    sealed with a key that went away with its machine is lost: there the key must be given.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        if len(given) < SECRET_KEY_CHARS_MIN:
            raise NotConfigured(
                f"RINGBACK_SECRET_KEY is shorter than {SECRET_KEY_CHARS_MIN} characters.",
                cure="set it to the output of `openssl rand -base64 32`",
            )
        return parsed_root(given)
    if not is_alone:
        raise NotConfigured(
            "A database on a server needs a root key that outlives this machine.",
            cure="set RINGBACK_SECRET_KEY to the output of `openssl rand -base64 32`, the same for"
            " every process",
        )
    kept = home.secret(ROOT_NAME, _new_root)
    try:
        root = base64.b64decode(kept or "", validate=True)
    except binascii.Error:
        root = b""
    if len(root) != ROOT_BYTES:
        raise Corrupt(
            f"{home.path / ROOT_NAME} is damaged.", cure="put it back from a copy, or restore"
        )
    return root


def root_text(root: bytes) -> str:
    """Return a root key as RINGBACK_SECRET_KEY or the home's file give it."""
    return base64.b64encode(root).decode() if len(root) == ROOT_BYTES else root.decode()


def parsed_root(given: str) -> bytes:
    """Read a root key; what the home's file holds may be given as RINGBACK_SECRET_KEY too."""
    try:
        root = base64.b64decode(given, validate=True)
    except ValueError:
        return given.encode()
    return root if len(root) == ROOT_BYTES else given.encode()


def _new_root() -> str:
    return root_text(secrets.token_bytes(ROOT_BYTES))


def _bound(purpose: str, context: bytes) -> bytes:
    return purpose.encode() + b"\x00" + context
