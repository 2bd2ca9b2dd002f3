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
