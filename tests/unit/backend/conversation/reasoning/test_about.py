"""A near miss is no answer."""

import pytest

from backend.conversation.reasoning.about import is_about
from backend.kernel.clock import Instant
from backend.kernel.ids import MessageId
from backend.kernel.people import Assurance
from backend.memory import Recollection

ANNA = "my sister Anna has her birthday on the fourth of May"


def found(text: str, cosine: float = 0.5) -> Recollection:
    return Recollection(
        message_id=MessageId("m"),
        external_id=None,
        text=text,
        score=0.9,
        said_at=Instant(0),
        speaker="Sam",
        channel="talk",
        assurance=Assurance.VERIFIED,
        said=text,
        signals={"cosine": cosine},
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When is Anna's birthday?", ANNA),
        ("When is my sister's birthday?", ANNA),
        ("Who is Anna?", ANNA),
        ("Tell me about Anna.", ANNA),
        ("Where's my car?", "I parked the car on level 3"),
        ("What's my wifi password?", "My wifi password is hunter2"),
        ("What is my mum's number?", "My mother's number is 555 1234"),
        ("When is Lily's birthday?", "My daughter Lily was born on March 3rd 2015"),
        ("Can Tom eat peanuts?", "Tom is allergic to peanuts"),
    ],
)
def test_an_answer_is_about_the_question(question: str, text: str) -> None:
    assert is_about(question, found(text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When is my birthday?", ANNA),
        ("When is my brother's birthday?", ANNA),
        ("Where does Anna live?", ANNA),
        ("When is Tom's birthday?", "Tom is allergic to peanuts"),
        ("What is my phone number?", "Bob's phone number is 555-1234"),
        ("What does Anna do for a living?", "Anna likes tulips"),
    ],
)
def test_a_near_miss_is_none(question: str, text: str) -> None:
    assert not is_about(question, found(text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How old am I?", "My mother is 70 years old"),
        ("Where do I work?", "My wife works at Acme"),
        ("Where do I live?", "I think my older sister lives in Tromso"),
        ("Where do I live?", "Anna lives in Rome"),
        ("Am I allergic to anything?", "My son is allergic to peanuts"),
        ("Am I allergic to anything?", "I have a son who is allergic to peanuts"),
        ("When do I leave?", "My godfather leaves on Monday"),
        ("What do I drive?", "He drives a van, my brother says"),
    ],
)
def test_what_is_asked_of_me_is_not_answered_by_what_others_do(question: str, text: str) -> None:
    assert not is_about(question, found(text, cosine=0.9))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Where did I leave my car?", "I left the car at my sister's"),
        ("When do I leave?", "My brother drives me, we leave on Monday"),
        ("Where did I put the keys?", "The keys are put in the drawer"),
        ("What did I say of Monday?", "My sister comes on Monday"),
        ("Where does my mother live, do I live near?", "My mother lives in Rome"),
        ("Where do I work on Fridays?", "My mother lives in Rome, and I work from her house"),
        ("Where do I live?", "My home is in Porto where I live with my wife"),
    ],
)
def test_what_concerns_me_too_still_answers(question: str, text: str) -> None:
    assert is_about(question, found(text, cosine=0.9))
