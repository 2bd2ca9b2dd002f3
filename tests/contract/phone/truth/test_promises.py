"""What was promised is held, what is denied is taken back, and no more is claimed than is so."""

import pytest

from backend.kernel.people import Assurance
from tests.contract.phone.truth_house import TruthHouse, owner


async def test_a_promise_of_anything_is_at_hand_and_changes_only_after_a_yes(
    house: TruthHouse,
) -> None:
    party, question = await owner(house), "What is my blood type?"
    await house.say(party, "Never forget that my blood type is B negative.")
    await house.say(party, "What time is it?")
    assert [fact.object for fact in house.watched.contexts[-1].pinned] == ["B negative"]
    reminded = "You asked me never to forget that your blood type is B negative. Shall I change it?"
    assert await house.say(party, "My blood type is A positive.") == reminded
    assert "I keep it" in await house.say(party, "No.")
    answer = await house.say(await owner(house, "sms"), question)
    assert "B negative" in answer
    assert "A positive" not in answer
    assert await house.say(party, "My blood type is A positive.") == reminded
    assert "A positive now" in await house.say(party, "Yes, please.")
    answer = await house.say(await owner(house), question)
    assert "A positive" in answer
    assert "B negative" not in answer
    await house.say(party, question)
    assert "these words: My blood type is A positive" in await house.say(party, "How do you know?")


async def test_a_promise_is_changed_by_another_one(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that my shoe size is 43.")
    await house.say(party, "Never forget that my shoe size is 44.")
    answer = await house.say(await owner(house), "What is my shoe size?")
    assert "44" in answer
    assert "43" not in answer


async def test_a_promise_of_what_is_known_to_the_catalogue_is_held_too(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that I live in Porto.")
    assert "Shall I change it?" in await house.say(party, "I live in Lisbon.")
    assert "Porto" in await house.say(party, "Where do I live?")


async def test_words_that_are_never_to_be_forgotten_are_pinned_as_they_were_said(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "Never forget that the boiler must be off at night.")
    await house.say(party, "What time is it?")
    pinned = [fact.object for fact in house.watched.contexts[-1].pinned]
    assert pinned == ["the boiler must be off at night"]


async def test_a_guest_breaks_no_promise(house: TruthHouse) -> None:
    await house.say(await owner(house), "Never forget that my blood type is B negative.")
    guest = await house.party(Assurance.VERIFIED)
    assert "Shall I" not in await house.say(guest, "My blood type is A positive.")
    await house.say(guest, "Yes.")
    assert "B negative" in await house.say(await owner(house), "What is my blood type?")


@pytest.mark.parametrize(
    ("told", "denied", "question", "value"),
    [
        ("I live in Porto.", "I don't live in Porto.", "Where do I live?", "You live in Porto"),
        ("My wife is called Maria.", "I don't have a wife.", "What is my wife's name?", "Maria"),
        (
            "Anna works at Acme.",
            "Anna doesn't work at Acme.",
            "Where does Anna work?",
            "Anna works",
        ),
    ],
)
async def test_what_is_denied_in_a_sentence_of_its_own_is_taken_back(
    house: TruthHouse, told: str, denied: str, question: str, value: str
) -> None:
    party = await owner(house)
    await house.say(party, told)
    assert "it isn't so that" in await house.say(party, denied)
    assert value not in await house.say(await owner(house), question)


async def test_an_allergy_is_taken_back_only_after_a_yes(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I'm allergic to peanuts.")
    for answer, stands in (("No.", True), ("Yes.", False)):
        assert "Shall I change it?" in await house.say(party, "I'm not allergic to peanuts.")
        await house.say(party, answer)
        told = await house.say(await owner(house), "Am I allergic to peanuts?")
        assert ("You are allergic to peanuts" in told) is stands


async def test_what_was_changed_last_is_undone_by_a_word(house: TruthHouse) -> None:
    party, question = await owner(house), "Where do I live?"
    assert "nothing to undo" in await house.say(party, "Undo that.")
    await house.say(party, "I live in Porto.")
    await house.say(party, question)
    await house.say(party, "No, it's Lisbon.")
    assert "undone" in await house.say(party, "Undo that.")
    answer = await house.say(await owner(house), question)
    assert "Porto" in answer
    assert "Lisbon" not in answer
    assert "nothing to undo" in await house.say(await owner(house), "Undo that.")
    assert "undone" in await house.say(party, "Undo that.")
    assert "Porto" not in await house.say(await owner(house), question)
    assert "nothing to undo" in await house.say(party, "Undo that.")


async def test_a_guest_undoes_nothing(house: TruthHouse) -> None:
    await house.say(await owner(house), "I live in Porto.")
    guest = await house.party(Assurance.VERIFIED)
    await house.say(guest, "Sam lives in Rome.")
    assert "nothing to undo" in await house.say(guest, "Undo that.")


async def test_no_more_is_claimed_than_is_so(house: TruthHouse) -> None:
    party = await owner(house)
    assert "not joined" in await house.say(party, "Bob and Robert are the same person.")
    assert "not joined" in await house.say(party, "Merge my colleague Anna and my cousin Anna.")
    answer = await house.say(party, "The spare key is under the blue pot.")
    assert answer == "I've kept what you said."


@pytest.mark.parametrize(
    ("picked", "place"),
    [
        ("My colleague.", "Madrid"),
        ("The one from work.", "Madrid"),
        ("My cousin Anna.", "Braga"),
        ("The one in Braga.", "Braga"),
        ("The first one.", "first"),
        ("The second one.", "second"),
    ],
)
async def test_whom_they_mean_is_answered_however_they_say_it(
    house: TruthHouse, picked: str, place: str
) -> None:
    party = await owner(house)
    for told in ("lives in Braga", "works at Acme", "plays chess", "speaks French"):
        await house.say(party, f"My cousin Anna {told}.")
    await house.say(party, "My colleague Anna lives in Madrid.")
    asked = await house.say(party, "Where does Anna live?")
    is_cousin_first = asked.index("your cousin") < asked.index("your colleague")
    places = {"first": "Braga", "second": "Madrid"}
    if not is_cousin_first:
        places = {"first": "Madrid", "second": "Braga"}
    assert places.get(place, place) in await house.say(party, picked)


@pytest.mark.parametrize(
    "asked", ["Before?", "And before that?", "and before", "What before that?"]
)
async def test_before_alone_asks_for_what_was_before_what_was_just_told(
    house: TruthHouse, asked: str
) -> None:
    party = await owner(house)
    await house.say(party, "I am vegan.")
    await house.say(party, "I have been vegetarian since May.")
    assert "vegetarian" in await house.say(party, "What do I eat?")
    assert "vegan" in await house.say(party, asked)
    assert "how it was before" in await house.say(party, asked)


async def test_before_goes_one_step_back_at_a_time(house: TruthHouse) -> None:
    party = await owner(house)
    for place in ("Porto", "Lisbon", "Braga"):
        await house.say(party, f"I live in {place}.")
    await house.say(party, "Where do I live?")
    for place, other in (("Lisbon", "Porto"), ("Porto", "Lisbon")):
        answer = await house.say(party, "And before that?")
        assert place in answer
        assert other not in answer


async def test_what_a_guest_says_of_themselves_answers_nothing_about_the_owner(
    house: TruthHouse,
) -> None:
    guest = await house.party(Assurance.VERIFIED)
    await house.say(guest, "My name is Owner. I live in Minsk.")
    await house.say(guest, "My bicycle is in the cellar.")
    party = await owner(house)
    for question in ("What is my name?", "Where do I live?", "Where is my bicycle?"):
        answer = await house.say(party, question)
        assert "Minsk" not in answer, question
        assert "cellar" not in answer, question
    question = f"What did {guest.speaker} say about my bicycle?"
    assert "cellar" in await house.say(party, question)


async def test_a_name_that_nobody_has_listed_is_put_right_too(house: TruthHouse) -> None:
    party, question = await owner(house), "Where does Bobby live?"
    await house.say(party, "Bobby lives in Vienna.")
    await house.say(party, question)
    assert "How is it really?" in await house.say(party, "That's wrong.")
    assert await house.say(party, "No, it's Graz.") == "All right: Graz, not Vienna."
    answer = await house.say(await owner(house), question)
    assert "Graz" in answer
    assert "Vienna" not in answer


async def test_what_is_taken_back_in_the_same_breath_is_never_held(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I'm allergic to bees. Actually I'm not, that was a mistake.")
    assert "You are allergic" not in await house.say(party, "Am I allergic to anything?")
    await house.say(party, "I'm vegan. I mean vegetarian.")
    assert (await house.say(party, "What do I eat?")).startswith("You are vegetarian.")


async def test_an_allergy_that_is_held_is_asked_back_when_it_is_taken_back_so(
    house: TruthHouse,
) -> None:
    party = await owner(house)
    await house.say(party, "I'm allergic to bees.")
    slip = "I'm allergic to bees. Actually I'm not, that was a mistake."
    assert "Shall I change it?" in await house.say(party, slip)
    await house.say(party, "Yes.")
    assert "You are allergic" not in await house.say(party, "Am I allergic to anything?")


@pytest.mark.parametrize(
    ("told", "over", "question", "value"),
    [
        ("I am vegetarian.", "I eat meat again.", "What do I eat?", "You are vegetarian"),
        ("I'm a non-smoker.", "I started smoking again.", "Do I smoke?", "non-smoker"),
        ("I'm married.", "We divorced last week.", "Am I married?", "You are married"),
        ("I'm married.", "My wife and I split up.", "Am I married?", "You are married"),
        (
            "My girlfriend is called Ludmilla.",
            "I broke up with Ludmilla.",
            "Who is my girlfriend?",
            "is called Ludmilla",
        ),
        (
            "I live in Madrid.",
            "I was joking, I do not live in Madrid.",
            "Where do I live?",
            "You live in Madrid",
        ),
    ],
)
async def test_what_is_over_is_told_no_more(
    house: TruthHouse, told: str, over: str, question: str, value: str
) -> None:
    party = await owner(house)
    await house.say(party, told)
    await house.say(party, over)
    assert value not in await house.say(await owner(house), question)


async def test_what_never_was_is_no_history(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, "I used to live in Bremen.")
    assert "it isn't so that" in await house.say(party, "I never lived in Bremen.")
    answer = await house.say(await owner(house), "Where did I live before?")
    assert "used to live" not in answer


@pytest.mark.parametrize(
    ("told", "over", "question", "value"),
    [
        (
            "I'm allergic to shrimps.",
            "I can eat shrimps again.",
            "Am I allergic to shrimps?",
            "You are allergic to shrimps",
        ),
        ("Call me Captain.", "Don't call me Captain any more.", "What do you call me?", "Captain"),
        (
            "Never forget that I am vegetarian.",
            "I eat meat again.",
            "Am I vegetarian?",
            "You are vegetarian",
        ),
    ],
)
async def test_a_promise_ends_only_after_a_yes(
    house: TruthHouse, told: str, over: str, question: str, value: str
) -> None:
    party = await owner(house)
    await house.say(party, told)
    for answer, stands in (("No.", True), ("Yes.", False)):
        assert "Shall I change it?" in await house.say(party, over)
        await house.say(party, answer)
        assert (value in await house.say(await owner(house), question)) is stands
