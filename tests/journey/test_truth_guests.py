"""Somebody else on the owner's own line, over the running product: at the keyboard and by text."""

from collections.abc import Iterator

import pytest

from tests.journey.product import Product
from tests.journey.story import CARRIER_SECRET
from tests.journey.telephone import Telephone

pytestmark = pytest.mark.slow

OWNERS = "+15005550006"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {"TWILIO_AUTH_TOKEN": CARRIER_SECRET}
    opened = Product(tmp_path_factory.mktemp("guests") / "home", settings)
    try:
        opened.start()
        opened.command("people", "add", "Owner", "--number", OWNERS)
        yield opened
    finally:
        opened.stop()


def typed(product: Product, *sentences: str) -> str:
    """Say it at the keyboard, and return all that was answered, in one line."""
    said = product.command("talk", stdin="".join(f"{each}\n" for each in sentences))
    return " ".join(said.split())


def test_a_guest_at_the_owners_keyboard_changes_nothing_of_the_owners(product: Product) -> None:
    typed(product, "My name is Dana.", "I live in Lisbon.")
    said = typed(
        product,
        "This is Eli, I live in Madrid.",
        "I'm allergic to shrimps.",
        "Where do I live?",
        "Dana again.",
        "Where do I live?",
    )
    assert "Hello Eli. I'll keep what you tell me as yours, not as Dana's." in said
    assert "Eli lives in Madrid" in said
    assert "Welcome back, Dana." in said
    assert "You live in Lisbon" in said
    assert "shrimps" not in typed(product, "What am I allergic to?")


def test_a_guest_who_texts_from_the_owners_number_stays_one_until_the_owner_is_back(
    product: Product,
) -> None:
    phone = Telephone(product, CARRIER_SECRET, OWNERS)
    phone.text("I live in Lisbon.")
    assert "Hello Max" in phone.text("I'm not Dana, I'm her son Max. I am ten years old.")
    phone.text("I live in Ulm.")
    assert "Welcome back" in phone.text("It's me again.")
    assert "Lisbon" in phone.text("Where do I live?")
    assert "10" not in phone.text("How old am I?")


def test_what_was_corrected_is_what_a_search_finds_first(product: Product) -> None:
    typed(product, "Ruth lives in Haifa.", "No, in Jaffa.")
    found = " ".join(product.command("memory", "search", "Where does Ruth live?").split())
    assert found.index("No, in Jaffa.") < found.index("Ruth lives in Haifa.")
    assert "corrected later" in found
    assert "Jaffa" in product.command("memory", "search", "Jaffa")


def test_where_it_is_known_from_is_told_in_a_whole_sentence(product: Product) -> None:
    said = typed(
        product,
        "My sister Anna has two kids and lives in Braga.",
        "Where does Anna live?",
        "Where did you get that from?",
    )
    assert "in these words: My sister Anna has two kids and lives in Braga." in said
