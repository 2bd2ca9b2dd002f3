"""What is true, over the running product: told on one line, known and put right on any other."""

from collections.abc import Iterator

import pytest

from tests.journey.product import Product, eventually
from tests.journey.speech import Speech
from tests.journey.story import CARRIER_SECRET, Story
from tests.journey.telephone import VOUCHED, Telephone

pytestmark = pytest.mark.slow

OWNERS = "+15005550006"
GUESTS = "+15005550007"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {
        "TWILIO_AUTH_TOKEN": CARRIER_SECRET,
        "RINGBACK_RECORDING__ENABLED": "true",
        "RINGBACK_RECORDING__CONSENT": "announce",
    }
    opened = Product(tmp_path_factory.mktemp("truth") / "home", settings)
    try:
        opened.start()
        opened.command("people", "add", "Owner", "--number", OWNERS)
        opened.command("people", "add", "Martin", "--number", GUESTS)
        yield opened
    finally:
        opened.stop()


def owner(product: Product) -> Telephone:
    return Telephone(product, CARRIER_SECRET, OWNERS)


def typed(product: Product, *sentences: str) -> str:
    """Say it at the keyboard, and return all that was answered."""
    return product.command("talk", stdin="".join(f"{each}\n" for each in sentences))


@pytest.mark.covers("ME-26")
def test_what_was_told_by_text_is_known_at_the_keyboard_after_a_power_cut(
    product: Product,
) -> None:
    owner(product).text("I have been vegetarian since May.")
    product.kill()
    product.start()
    assert "vegetarian, since May" in typed(product, "What do I eat?")
    typed(product, "I'm vegan now.")
    answer = owner(product).text("What do I eat?")
    assert "vegan" in answer
    assert "vegetarian" not in answer
    assert "vegetarian" in owner(product).text("What was my diet before?")


async def test_a_correction_on_a_call_holds_on_every_line(product: Product, speech: Speech) -> None:
    owner(product).text("I live in Boston.")
    story = Story(product, speech)
    talk = await story.call("Where do I live?", "No, it's Chicago.", number=OWNERS, verdict=VOUCHED)
    heard = [(await speech.words(reply)).lower() for reply in talk.replies]
    assert "boston" in heard[0], heard
    assert "chicago" in heard[1], heard
    assert story.record_of(talk)["turns"][1]["said"] == "All right: Chicago, not Boston."
    answer = typed(product, "Where do I live?")
    assert "Chicago" in answer
    assert "Boston" not in answer


def test_it_says_how_it_knows_and_by_whom(product: Product) -> None:
    phone = owner(product)
    phone.text("My favourite colour is green.")
    assert "green" in phone.text("What is my favourite colour?")
    known = phone.text("How do you know that?")
    assert "today, by text" in known
    assert "My favourite colour is green" in known


async def test_the_second_in_which_it_was_said_is_played_on_the_call(
    product: Product, speech: Speech
) -> None:
    story = Story(product, speech)
    told = await story.call("My favourite food is pizza.", number=OWNERS, verdict=VOUCHED)
    eventually(lambda: story.record_of(told)["ended_at"], seconds=20)
    asked = await story.call(
        "What is my favourite food?", "How do you know that?", number=OWNERS, verdict=VOUCHED
    )
    heard = (await speech.words(asked.replies[1])).lower()
    assert heard.count("pizza") == 2, heard  # quoted by us, then in their own voice
    assert "listen" in heard, heard


def test_a_guest_changes_nothing(product: Product) -> None:
    owner(product).text("My sister Anna lives in Dallas.")
    guest = Telephone(product, CARRIER_SECRET, GUESTS)
    assert "Dallas" in guest.text("Where does Anna live?")
    assert "can change that" in guest.text("No, it's Rome.")
    assert "Dallas" in owner(product).text("Where does Anna live?")


def test_a_sentence_of_its_own_puts_nothing_right(product: Product) -> None:
    typed(product, "Tom lives in Rome.", "That's wrong.", "Thomas lives in Oslo.")
    assert "lives in Oslo" in typed(product, "Where does Thomas live?")
    facts = product.command("facts", "list")
    assert "Tom lives in" not in facts


def test_what_is_over_is_told_so_and_is_in_mind_no_more(product: Product) -> None:
    typed(product, "Remember that I am allergic to bees.")
    typed(product, "I'm no longer allergic to bees.", "Yes.")
    assert "Not any more" in typed(product, "Am I allergic to bees?")
    assert "To keep in mind: I am allergic to bees" not in product.command("memory", "recent")


def test_a_secret_that_was_told_lies_nowhere(product: Product) -> None:
    said = owner(product).text("Remember that my wifi password is quokka77pouch.")
    assert "left out" in said
    files = [path for path in product.home.rglob("*") if path.is_file()]
    assert not [path.name for path in files if b"quokka77pouch" in path.read_bytes()]
    assert "quokka77pouch" not in product.said()
