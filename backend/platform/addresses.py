"""The addresses of databases in the one form that our drivers take."""

from backend.kernel.errors import Invalid

_SQLITE = "sqlite+aiosqlite://"
_POSTGRESQL = "postgresql+psycopg://"

_FORMS = {
    "sqlite": _SQLITE,
    "sqlite+aiosqlite": _SQLITE,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "postgresql+psycopg": _POSTGRESQL,
}


def normalised(url: str) -> str:
    """Return the address with the driver we use, whatever a platform calls it."""
    scheme, separator, rest = url.partition("://")
    form = _FORMS.get(scheme.lower())
    if not separator or form is None:
        raise Invalid(
            "The database's address is none that we know.",
            cure="set DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FOLDER/FILE",
        )
    return form + rest


def dialect_of(url: str) -> str:
    """Return "sqlite" or "postgresql"."""
    return normalised(url).partition("+")[0]
