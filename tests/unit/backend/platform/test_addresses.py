"""A database's address, whatever a platform calls it."""

import pytest

from backend.kernel.errors import Invalid
from backend.platform.addresses import dialect_of, normalised


@pytest.mark.parametrize(
    "given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_name_of_postgresql_is_ours(given: str) -> None:
    assert normalised(given) == "postgresql+psycopg://u:p@h/d"
    assert dialect_of(given) == "postgresql"


def test_sqlite_is_ours() -> None:
    assert normalised("sqlite:////home/x.db") == "sqlite+aiosqlite:////home/x.db"
    assert dialect_of("sqlite:////home/x.db") == "sqlite"


@pytest.mark.parametrize("given", ["", "mysql://u:secret@h/d", "/home/x.db", "redis://h"])
def test_what_is_none_of_ours_is_refused_without_being_repeated(given: str) -> None:
    with pytest.raises(Invalid) as caught:
        normalised(given)
    assert "secret" not in str(caught.value)
    assert "DATABASE_URL" in caught.value.cure
