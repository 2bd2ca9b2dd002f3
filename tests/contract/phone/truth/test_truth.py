"""What a conversation does with facts, on each kind of truth: told, asked, put right, by whom."""

import pytest

from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory.facts import FactSource, SaidBy
from backend.platform.database.tables import messages
from tests.contract.phone.truth_house import TruthHouse, owner


async def test_what_is_told_is_known_to_the_very_next_question_on_any_channel(
    house: TruthHouse,
) -> None:
    await house.say(await owner(house), "I moved to Lisbon.")
    for carrier in ("sms", "app", "phone"):
        answer = await house.say(await owner(house, carrier), "Where do I live?")
        assert answer.startswith("You live in Lisbon."), carrier
        assert "by phone" in answer, carrier


async def test_the_old_value_is_said_only_when_it_is_asked_for(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I have been vegetarian since May.")
    assert "vegetarian, since May" in await house.say(party, "What do I eat?")
    await house.say(party, "I'm vegan now.")
    for question in ("What do I eat?", "Am I vegetarian?", "What is my diet?"):
        answer = await house.say(await owner(house), question)
        assert "vegan" in answer, question
        assert "vegetarian" not in answer, question
        assert "vegetarian" not in _given(house), question
    assert "vegetarian" in await house.say(await owner(house), "What was my diet before?")
    assert "vegan" in await house.say(party, "What do I eat?")
    assert "vegetarian" in await house.say(party, "And before that?")


async def test_a_correction_says_the_new_and_the_old(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "Where do I live?")
    assert await house.say(party, "No, it's Lisbon.") == "All right: Lisbon, not Porto."
    answer = await house.say(await owner(house, "sms"), "Where do I live?")
    assert "Lisbon" in answer
    assert "Porto" not in answer


async def test_what_was_just_told_is_put_right_at_once(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Please remember that my sister is called Anna.")
    said = await house.say(party, "It's not Anna, it's Hanna.")
    assert said == "All right: Hanna, not Anna."
    assert "Hanna" in await house.say(party, "What is my sister's name?")


async def test_what_is_denied_is_not_said_again_and_how_it_is_is_asked(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Anna from work lives in Madrid.")
    await house.say(party, "Where does Anna live?")
    assert "How is it really?" in await house.say(party, "That's wrong.")
    assert "Madrid" not in await house.say(await owner(house), "Where does Anna live?")
    assert await house.say(party, "It's Sevilla.") == "All right: Sevilla, not Madrid."
    assert "Sevilla" in await house.say(await owner(house), "Where does Anna live?")


async def test_what_was_said_of_somebody_is_denied_not_their_name(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "My brother Tom lives in Rome.")
    assert "Rome" in await house.say(party, "That is wrong.")
    assert await house.say(party, "He lives in Milan.") == "All right: Milan, not Rome."
    assert "Milan" in await house.say(party, "Where does my brother Tom live?")


async def test_of_two_annas_it_asks_which_one(house: TruthHouse) -> None:
    party = await owner(house, "sms")
    await house.say(party, "My sister Anna lives in Braga.")
    await house.say(party, "Anna from work lives in Madrid.")
    asked = await house.say(party, "Where does Anna live?")
    assert "Anna, your sister" in asked
    assert "Anna from work" in asked
    assert "Madrid" in await house.say(party, "The one from work.")
    assert "Braga" in await house.say(party, "Where does my sister Anna live?")


async def test_it_says_how_it_knows(house: TruthHouse) -> None:
    await house.say(await owner(house), "My favourite colour is green.")
    party = await owner(house, "sms")
    await house.say(party, "What's my favourite colour?")
    assert await house.say(party, "How do you know that?") == (
        "You told me so today, by phone, in these words: My favourite colour is green."
    )


async def test_a_guest_changes_nothing_that_is_the_owners(house: TruthHouse) -> None:
    await house.say(await owner(house), "I live in Porto.")
    guest = await house.party(Assurance.VERIFIED)
    assert "Porto" in await house.say(guest, "Where does Sam live?")
    assert "can change that" in await house.say(guest, "No, it's Rome.")
    await house.say(guest, "Sam lives in Rome.")
    for party in (await owner(house), guest):
        answer = await house.say(party, "Where does Sam live?")
        assert "Rome" not in answer
        assert "Porto" in answer


async def test_somebody_who_only_claims_to_be_the_owner_changes_nothing(house: TruthHouse) -> None:
    await house.say(await owner(house), "My name is Sam.")
    claimed = await owner(house, assurance=Assurance.CLAIMED)
    await house.say(claimed, "My name is Martin.")
    answer = await house.say(await owner(house), "What is my name?")
    assert "Sam" in answer
    assert "Martin" not in answer


async def test_a_stranger_is_given_nothing(house: TruthHouse) -> None:
    await house.say(await owner(house), "Never forget that I'm allergic to nuts.")
    stranger = await house.party(Assurance.STRANGER)
    assert "nuts" not in await house.say(stranger, "What is Sam allergic to?")
    context = house.watched.contexts[-1]
    assert (context.facts, context.answer, context.pinned) == ((), (), ())


def _given(house: TruthHouse) -> str:
    """Return everything that the mind was given of what is remembered."""
    context = house.watched.contexts[-1]
    return str([context.facts, context.pinned, context.recollections, context.lately])


async def test_it_says_how_it_knows_what_is_no_fact(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "The spare key is under the blue pot.")
    assert "blue pot" in await house.say(party, "Where is the spare key?")
    assert "The spare key is under the blue pot" in await house.say(party, "Who told you that?")


async def test_what_was_only_recalled_is_put_right_too(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I work at Acme and I live in Porto.")
    await house.say(party, "What did I say about Porto?")
    assert "Lisbon" in await house.say(party, "I live in Lisbon, not in Porto.")
    assert "Porto" not in await house.say(party, "Where do I live?")


async def test_the_companions_words_say_who_it_was(house: TruthHouse) -> None:
    await house.say(await owner(house), "Hello.")
    rows = await house.rows(messages)
    assert {row["role"]: row["personality"] for row in rows} == {
        "person": "",
        "companion": "Ringback@1",
    }


async def test_the_end_of_one_thing_ends_no_other(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "Where do I live?")
    assert "over" not in await house.say(party, "I don't eat meat any more.")
    assert "live in Porto" in await house.say(party, "Where do I live?")


@pytest.mark.covers("ME-26")
async def test_what_was_so_in_a_year_is_answered_with_that_year(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I lived in Prague from 2005 to 2010.")
    await house.say(party, "I lived in Lisbon until 2019.")
    await house.say(party, "I live in Porto now.")
    asked = await owner(house)
    assert "Lisbon" in (before := await house.say(asked, "Where did I live before?"))
    assert "Porto" not in before
    for question, place in (
        ("Where did I live in 2017?", "Lisbon"),
        ("where did i live in two thousand and seven", "Prague"),
        ("Where did I live in May 2008?", "Prague"),
        ("Where did I live nine years ago?", "Lisbon"),
        ("Where do I live?", "Porto"),
    ):
        answer = await house.say(await owner(house), question)
        assert [each for each in ("Prague", "Lisbon", "Porto") if each in answer] == [place], answer
    assert "until 2019" in await house.say(await owner(house), "Where did I live in 2017?")


@pytest.mark.parametrize(
    "said",
    [
        "Actually I moved to Lisbon.",
        "That's wrong, it's Lisbon.",
        "No, I live in Lisbon.",
        "It used to be Porto, now it's Lisbon.",
    ],
)
async def test_however_it_is_put_right_it_holds(house: TruthHouse, said: str) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "Where do I live?")
    await house.say(party, said)
    answer = await house.say(await owner(house, "sms"), "Where do I live?")
    assert "Lisbon" in answer
    assert "Porto" not in answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("That's not true any more.", "You used to live in Porto, until today."),
        ("That's outdated.", "You used to live in Porto, until today."),
        ("I was joking.", "I don't know that."),
    ],
)
async def test_what_is_over_is_told_as_what_was_and_a_joke_not_at_all(
    house: TruthHouse, said: str, answer: str
) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    await house.say(party, "Where do I live?")
    await house.say(party, said)
    assert (await house.say(await owner(house, "sms"), "Where do I live?")).startswith(answer)


async def test_a_day_is_put_right_by_its_number_alone(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Anna's birthday is on the fourth of May.")
    await house.say(party, "When is Anna's birthday?")
    assert await house.say(party, "No, it's the fifth.") == "All right: 5 May, not 4 May."
    assert "5 May" in await house.say(await owner(house), "When is Anna's birthday?")


async def test_all_that_is_known_is_counted_and_the_most_telling_told(house: TruthHouse) -> None:
    party = await owner(house)
    assert "nothing about you" in await house.say(party, "What do you know about me?")
    for told in (
        "I like jazz.",
        "I work at Acme.",
        "I live in Porto.",
        "I have two cats.",
        "My favourite colour is green.",
        "My sister Anna lives in Braga.",
        "I am allergic to nuts.",
    ):
        await house.say(party, told)
    answer = await house.say(party, "What do you know about me?")
    assert answer.startswith("I know seven things about you, and one thing about others.")
    assert answer.index("nuts") < answer.index("Porto") < answer.index("jazz")
    assert "ringback facts list" in answer
    assert "forget" in answer


async def test_all_that_is_known_of_somebody_is_told(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Anna lives in Braga.")
    await house.say(party, "Anna works at Acme.")
    answer = await house.say(party, "What do you know about Anna?")
    assert answer.startswith("I know two things about Anna.")
    assert "Braga" in answer
    assert "Acme" in answer


async def test_a_guest_is_told_only_what_is_known_of_them(house: TruthHouse) -> None:
    await house.say(await owner(house), "I am allergic to nuts.")
    guest = await house.party(Assurance.VERIFIED)
    await house.say(guest, "I live in Porto.")
    answer = await house.say(guest, "What do you know about me?")
    assert "Porto" in answer
    assert "nuts" not in answer
    assert "others" not in answer
    for stranger in (Assurance.STRANGER, Assurance.CLAIMED):
        other = await house.party(stranger)
        assert "Porto" not in await house.say(other, "What do you know about me?")


async def test_my_sister_is_mine_and_the_owners_is_the_owners(house: TruthHouse) -> None:
    await house.say(await owner(house), "My sister Anna lives in Porto.")
    guest = await house.party(Assurance.VERIFIED)
    assert "Sam said" in await house.say(guest, "Where does Anna live?")
    await house.say(guest, "My sister Anna lives in Rome.")
    answer = await house.say(guest, "Where does my sister Anna live?")
    assert answer.startswith("Your sister Anna lives in Rome.")


async def test_whoever_can_change_nothing_is_not_told_that_it_was_changed(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "My name is Sam.")
    await house.say(party, "I live in Porto.")
    guest = await house.party(Assurance.VERIFIED)
    for told in ("Sam lives in Rome.", "Please remember that Sam lives in Rome."):
        answer = await house.say(guest, told)
        assert answer == (
            "I've noted that you said so, but only Sam can change what I know of it."
        ), told
    assert "noted" not in await house.say(guest, "Sam lives in Porto.")
    assert "noted" not in await house.say(guest, "I live in Rome.")
    answer = await house.say(await owner(house), "Where do I live?")
    assert "Porto" in answer


async def test_whoever_only_claims_to_be_somebody_finds_out_nothing_by_telling_it(
    house: TruthHouse,
) -> None:
    await house.say(await owner(house), "I live in Porto.")
    for told in ("I live in Porto.", "I live in Rome.", "My name is Martin."):
        claimed = await owner(house, assurance=Assurance.CLAIMED)
        assert await house.say(claimed, told) == "I've noted that you said so.", told


async def test_what_was_put_right_is_told_as_said_and_never_as_what_was_so(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "My favourite colour is blue.")
    await house.say(party, "What is my favourite colour?")
    assert "green" in await house.say(party, "Actually, green.")
    for asked in ("What was my favourite colour before?", "And before that?"):
        await house.say(party, "What is my favourite colour?")
        answer = await house.say(party, asked)
        assert "You had said blue, and corrected it." in answer, asked
        assert "colour is blue" not in answer, asked


async def test_what_was_put_right_by_hand_has_no_words_to_quote(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Porto.")
    [held] = await house.facts.about(party.actor.owner_id, names=[""])
    source = FactSource(
        owner_id=party.actor.owner_id,
        message_id=MessageId(""),
        speaker=party.name,
        said_by=SaidBy.OWNER,
        assurance=Assurance.VERIFIED,
        channel="owner",
        said_at=house.clock.now(),
        is_explicit=True,
    )
    async with house.database.transaction() as tx:
        await house.facts.correct(tx, held.id, source=source, object="Coimbra")
    assert "Coimbra" in await house.say(party, "Where do I live?")
    assert await house.say(party, "How do you know?") == "You put it right by hand today."


async def test_an_end_that_was_said_is_told(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I live in Madrid until March.")
    answer = await house.say(party, "Where do I live?")
    assert answer.startswith("You live in Madrid, until March as you said.")


async def test_a_habit_is_over_on_whatever_days_it_was(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I work from home on Fridays.")
    assert "over" in await house.say(party, "I don't work from home any more.")
    answer = await house.say(await owner(house), "Do I work from home?")
    assert not answer.startswith("You work from home")
