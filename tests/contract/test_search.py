"""Full text: any word finds, by its stem, the best first, and never somebody else's."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from backend.platform import words as cutting
from backend.platform.database import search
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages
from tests.contract.failing import taken_back

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
WIDE = "\uff57\uff4f\uff52\uff44\uff53"  # "words", as wide as signs of Chinese
SAID = {
    "birthday": "My sister Anna has her birthday on the fourth of May",
    "milk": "Buy oat milk and bread",
    "garden": "The garden needs water every evening, and Anna knows where the hose is",
}


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.transaction() as tx:
        for message_id, words in SAID.items():
            await search.index(tx, message_id, "o", "", words)
    return database


async def found(
    database: Database, query: str, *, owner: str = "o", namespace: str = "", limit: int = 10
) -> list[str]:
    async with database.reading() as connection:
        results = await search.find(connection, owner, namespace, query, limit)
    scores = [score for _, score in results]
    assert scores == sorted(scores, reverse=True)
    return [message_id for message_id, _ in results]


async def test_a_question_finds_what_it_asks_about_first(filled: Database) -> None:
    assert (await found(filled, "When is Anna's birthday?"))[0] == "birthday"


async def test_a_word_is_found_in_another_form(filled: Database) -> None:
    assert await found(filled, "gardens") == ["garden"]
    assert await found(filled, "BIRTHDAYS") == ["birthday"]


async def test_what_was_never_said_is_not_found(filled: Database) -> None:
    assert await found(filled, "submarine") == []


async def test_the_limit_holds(filled: Database) -> None:
    assert len(await found(filled, "anna", limit=1)) == 1


async def test_neither_owners_nor_namespaces_see_each_other(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "secret", "p", "", "Anna is my secret")
        await search.index(tx, "apart", "o", "work", "Anna is my boss")
    assert await found(filled, "anna", owner="p") == ["secret"]
    assert await found(filled, "anna", namespace="work") == ["apart"]
    assert set(await found(filled, "anna")) == {"birthday", "garden"}


async def test_indexing_again_replaces(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "milk", "o", "", "Buy cheese")
    assert await found(filled, "milk") == []
    assert await found(filled, "cheese") == ["milk"]


async def test_what_is_removed_is_found_no_more(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.remove(tx, ["birthday", "never-there"])
    assert await found(filled, "anna") == ["garden"]
    async with filled.reading() as connection:
        assert await search.count(connection) == 2


async def test_what_is_taken_back_is_not_found(filled: Database) -> None:
    async with taken_back(filled) as tx:
        await search.index(tx, "new", "o", "", "zeppelin")
    assert await found(filled, "zeppelin") == []


async def test_the_index_is_rebuilt_from_the_messages(filled: Database) -> None:
    async with filled.transaction() as tx:
        for message_id, words in {"a": "a red boat", "b": "a blue boat"}.items():
            await tx.execute(insert(messages).values(**message(message_id, words)))
        assert await search.rebuild(tx) == 2
    assert await found(filled, "boat red") == ["a", "b"]
    assert await found(filled, "milk") == []


@pytest.mark.parametrize(
    "query",
    ["", "   ", "?!", '"', "'", "a AND", "NOT", "(", "words:x", "*", "anna*", "-anna", "a\\", "\0"],
)
async def test_punctuation_is_never_an_operator(filled: Database, query: str) -> None:
    assert isinstance(await found(filled, query), list)


ANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(query=st.text(max_size=60))
async def test_no_query_breaks_it(filled: Database, query: str) -> None:
    assert isinstance(await found(filled, query), list)


@pytest.mark.covers("ME-10")
@ANY
@given(said=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80))
async def test_whatever_was_indexed_is_found_by_its_own_words(filled: Database, said: str) -> None:
    async with filled.transaction() as tx:
        assert await search.index(tx, "any", "o", "", said)
    for part in cutting.asked(said, 8):
        assert part.isascii()
        assert part.isalnum()
    if list(cutting.words(said)):
        assert "any" in await found(filled, said, limit=20)
    for word in list(cutting.words(said))[:4]:
        assert "any" in await found(filled, word, limit=20)


@ANY
@given(
    said=st.text(
        st.sampled_from("東京タワーのきれいな夜景กรุงเทพมหานคร서울에서ພາສາ"), min_size=2, max_size=30
    ),
    data=st.data(),
)
async def test_a_part_of_what_has_no_spaces_finds_it(
    filled: Database, said: str, data: st.DataObject
) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "any", "o", "", said)
    start = data.draw(st.integers(0, len(said) - 2))
    length = data.draw(st.integers(2, max(2, len(said) - start)))
    asked = said[start : start + length]
    if cutting.asked(asked, 1):
        assert "any" in await found(filled, asked, limit=20)


FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
# Ligatures, wide and half-wide letters, composed letters, signs on letters, pictures.
WRITTEN = "ﬁﬃｗｏｒ①ｶﾞﾊﾟéßǆ서울हिन्दी가힣Ａ９🎂👍🏽❤️🇩🇪☕"


@ANY
@given(
    said=st.text(st.sampled_from(WRITTEN + " ab"), min_size=1, max_size=20),
    said_in=st.sampled_from(FORMS),
    asked_in=st.sampled_from(FORMS),
)
async def test_a_word_is_found_in_whatever_form_it_is_typed(
    filled: Database, said: str, said_in: Form, asked_in: Form
) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "any", "o", "", unicodedata.normalize(said_in, said))
    for word in list(cutting.words(said))[:3]:
        assert "any" in await found(filled, unicodedata.normalize(asked_in, word), limit=20)


@ANY
@given(picture=st.characters(categories=["So"], min_codepoint=0x2190), before=st.text(max_size=9))
async def test_any_picture_is_found(filled: Database, picture: str, before: str) -> None:
    before = before.replace("\0", "")
    async with filled.transaction() as tx:
        await search.index(tx, "any", "o", "", f"{before} {picture}!")
    assert "any" in await found(filled, picture, limit=20)


async def test_a_single_letter_of_a_script_without_spaces_is_found(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "dog", "o", "", "うちの犬はポチです")
    assert await found(filled, "犬") == ["dog"]
    assert await found(filled, "犬は") == ["dog"]
    assert await found(filled, "猫") == []


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("The Who played", "the"),
        ("call 1e5 or 3.14", "1e5"),
        ("mail me at anna@example.org", "example"),
        ("see /etc/passwd", "passwd"),
        ("O\u2019Brien said hi", "obrien o'brien"),
        ("straße", "STRASSE"),
        ("मेरी बहन हिन्दी बोलती है", "हिन्दी"),
        ("אמא שלי", "אמא"),
        ("ﬁne \u200bwords", "fine"),
        ("co\u00adoperate", "cooperate"),
        ("がっこう", "がっ"),
        ("서울에서 만나요", "서울"),
        ("ฉันชอบกินข้าวผัด", "ข้าวผัด"),
        ("the oﬃce ﬁle", "office"),
        ("Łódź i Gdańsk", "lodz"),
        ("Lodz", "Łódź"),
        ("Smørrebrød og Æbler", "smorrebrod"),
        ("the office file", "oﬃce"),
        (f"{WIDE} of width", "words"),
        ("plain words", WIDE),
        ("ｶﾀｶﾅ です", "カタカナ"),
        ("मुझे मीठी चाय पसंद है", "मीठी"),
        ("고양이 두 마리", "고양이"),
        (unicodedata.normalize("NFD", "고양이 두 마리"), "고양이"),
        ("Happy birthday 🎂🎉", "🎂"),
        ("so good👍🏽", "👍"),
        ("we 👨‍👩‍👧 are home", "👨‍👩‍👧"),
        ("I \u2764\ufe0f you", "\u2764"),
        ("from 🇩🇪🇫🇷 with love", "🇫🇷"),
    ],
)
async def test_words_of_every_kind_are_found(filled: Database, said: str, asked: str) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "it", "o", "", said)
    assert "it" in await found(filled, asked)


async def test_other_scripts_and_accents_are_words_too(filled: Database) -> None:
    async with filled.transaction() as tx:
        await search.index(tx, "greek", "o", "", "θάλασσα είναι γαλάζια")
        await search.index(tx, "coffee", "o", "", "Un café chez René")
    assert await found(filled, "θάλασσα") == ["greek"]
    assert await found(filled, "ΘΑΛΑΣΣΑ") == ["greek"]
    assert await found(filled, "café") == ["coffee"]
    assert await found(filled, "cafe") == ["coffee"]


def message(message_id: str, words: str) -> dict[str, object]:
    return {
        "id": message_id,
        "owner_id": "o",
        "speaker": "me",
        "role": "person",
        "text": words,
        "assurance": "held",
        "is_recallable": True,
        "said_at": 1,
        "learnt_at": 1,
    }
