"""What is over by itself, and what is put right in the same breath, at the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.product import Product

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that says how many seconds the instance's clock is ahead."""
    return tmp_path_factory.mktemp("clock") / "ahead"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, ahead: Path) -> Iterator[Product]:
    settings = {"RINGBACK_CLOCK_FILE": str(ahead), "RINGBACK_MEMORY__SECRETS": "vault"}
    opened = Product(tmp_path_factory.mktemp("over") / "home", settings)
    try:
        opened.start()
        yield opened
    finally:
        opened.stop()


def typed(product: Product, *sentences: str) -> str:
    """Say it at the keyboard, and return all that was answered, its lines unwrapped."""
    said = product.command("talk", stdin="".join(f"{each}\n" for each in sentences))
    return " ".join(said.split())


def test_two_cats_that_are_dogs_are_two_dogs(product: Product) -> None:
    typed(product, "I have two cats. I mean dogs.")
    answer = typed(product, "What pets do I have?")
    assert "You have two dogs." in answer
    assert "You have two cats" not in answer


@pytest.mark.covers("ME-26")
def test_what_is_so_until_a_day_is_past_from_that_day_on(product: Product, ahead: Path) -> None:
    answer = typed(product, "I live in Madrid until next month.", "Where do I live?")
    assert "You live in Madrid, until" in answer
    ahead.write_text(str(40 * 86_400))
    answer = typed(product, "Where do I live?")
    assert "You used to live in Madrid, until" in answer
    assert "Madrid" not in product.command("facts", "list", "--about", "me")
