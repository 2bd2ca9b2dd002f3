"""The mind that needs no key: what it says, and what it never says."""

from typing import Any

import pytest

from backend.conversation.reasoning import Context, Intent, Line, understand
from backend.conversation.reasoning.offline import OfflineMind
from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.ids import MessageId, OwnerId, TurnId
from backend.kernel.people import Assurance
from backend.memory import Recollection

NOW = Instant(1_795_233_600 * SECOND)  # Saturday, 21 November 2026, 04:00 UTC
ANNA = "my sister Anna has her birthday on the fourth of May"


def known(
    text: str = ANNA,
    speaker: str = "Sam",
    channel: str = "phone",
    **more: Any,  # fields of Recollection
) -> Recollection:
    values = {"score": 0.9, "said_at": Instant(NOW - 3 * DAY), "external_id": None, **more}
    return Recollection(
        message_id=MessageId("m"),
        text=text,
        speaker=speaker,
        channel=channel,
        assurance=Assurance.VERIFIED,
        **values,
    )


def context(heard: str, **more: Any) -> Context:  # fields of Context
    values = {"name": "Sam", "zone": "Europe/Berlin", "may_recall": True, "may_note": True, **more}
    return Context(
        heard, understand(heard), NOW, OwnerId("o"), TurnId("t"), channel="phone", **values
    )


async def said(heard: str, **more: Any) -> str:  # fields of Context
    return "".join([piece async for piece in OfflineMind().reply(context(heard, **more))])


async def test_a_memory_is_confirmed_in_the_listeners_person() -> None:
    assert await said(f"Please remember that {ANNA}.") == (
        "I'll remember that your sister Anna has her birthday on the fourth of May."
    )


async def test_a_note_is_confirmed_in_its_own_words() -> None:
    assert await said("Take a note. Buy oat milk.") == "I've made a note: buy oat milk."


async def test_a_question_is_answered_with_its_source() -> None:
    assert await said("When is Anna's birthday?", recollections=(known(),)) == (
        "Your sister Anna has her birthday on the fourth of May."
        " You told me so on Wednesday, by phone."
    )


async def test_the_frame_of_what_was_said_is_not_read_out() -> None:
    heard = known("Please remember that I like tea.", channel="sms")
    assert await said("What do I like?", recollections=(heard,)) == (
        "You like tea. You told me so on Wednesday, by text."
    )


async def test_somebody_elses_words_stay_theirs() -> None:
    heard = known("I like tea.", speaker="Melanie", channel="api")
    assert await said("What does Melanie like?", recollections=(heard,)) == (
        "Melanie said on Wednesday: I like tea."
    )


async def test_the_same_words_are_not_told_twice() -> None:
    reply = await said("When is Anna's birthday?", recollections=(known(), known(ANNA + ".")))
    assert reply.count("fourth of May") == 1


async def test_a_second_that_is_nearly_as_good_is_told_too() -> None:
    second = known("Anna's birthday cake must be vegan", score=0.88)
    reply = await said("What about Anna's birthday?", recollections=(known(), second))
    assert "vegan" in reply
    third = known("Anna's birthday cake must be vegan", score=0.3)
    assert "vegan" not in await said("What about Anna's birthday?", recollections=(known(), third))


async def test_nothing_known_is_said_honestly() -> None:
    assert await said("When is Anna's birthday?") == (
        "I don't know that. You haven't told me anything that answers it."
    )


@pytest.mark.parametrize("name", ["Sam", ""])
@pytest.mark.parametrize("heard", ["When is Anna's birthday?", "What are my notes?"])
async def test_what_may_not_be_told_is_not_told(name: str, heard: str) -> None:
    reply = await said(
        heard, may_recall=False, name=name, recollections=(known(),), notes=("secret",)
    )
    assert "May" not in reply
    assert "secret" not in reply
    assert "can't" in reply or "to myself" in reply


async def test_strangers_can_leave_nothing() -> None:
    reply = await said("Take a note: buy milk", may_note=False, may_recall=False, name="")
    assert reply == "I don't know this number, so I can't keep anything for you."


@pytest.mark.parametrize(
    ("notes", "reply"),
    [
        ((), "You have no notes."),
        (("Buy oat milk",), "You have one note: buy oat milk."),
        (("Buy oat milk", "call mum"), "You have two notes: buy oat milk and call mum."),
    ],
)
async def test_notes_are_read_aloud(notes: tuple[str, ...], reply: str) -> None:
    assert await said("What are my notes?", notes=notes) == reply


async def test_many_notes_are_read_from_the_latest() -> None:
    reply = await said("What are my notes?", notes=tuple(f"thing {n}" for n in range(1, 10)))
    assert reply.startswith("You have nine notes. The latest are: thing 5,")
    assert reply.endswith("The other four are older.")


async def test_time_is_the_persons_own() -> None:
    assert await said("What time is it?") == "It's 5 o'clock in the morning."
    assert await said("What day is it?") == "Today is Saturday, the twenty-first of November 2026."
    assert await said("What day is it tomorrow?") == (
        "Tomorrow is Sunday, the twenty-second of November."
    )


async def test_sums_are_done() -> None:
    assert await said("What is 12 times 7?") == "That makes 84."


async def test_what_it_cannot_do_it_says() -> None:
    assert (await said("Turn on the light.")).startswith("I can't do that yet. I can remember")
    assert await said("Call Anna.") == "I can't call or write to anybody yet."
    assert (await said("Remind me to call Anna at 8.")).startswith("I can't ring you at a set time")


async def test_goodbye_by_name_and_after_a_request() -> None:
    assert await said("Bye!") == "Goodbye, Sam."
    assert await said("Take a note: buy milk. Bye.") == "I've made a note: buy milk. Goodbye, Sam."


@pytest.mark.parametrize("intent", list(Intent))
async def test_every_intent_has_an_answer(intent: Intent) -> None:
    heard = {
        Intent.REMEMBER: "Remember that I like tea.",
        Intent.NOTE: "Take a note.",
        Intent.NOTES_LIST: "My notes",
        Intent.QUESTION: "Who is Tom?",
        Intent.TIME: "What time is it?",
        Intent.DATE: "What day is it?",
        Intent.SUM: "2 plus 2",
        Intent.GREETING: "Hi",
        Intent.HOW_ARE_YOU: "How are you?",
        Intent.THANKS: "Thanks",
        Intent.IDENTITY: "Who are you?",
        Intent.HELP: "Help",
        Intent.LINE_CHECK: "Can you hear me?",
        Intent.UNSUPPORTED: "Play music",
        Intent.GOODBYE: "Bye",
        Intent.STATEMENT: "I like tea.",
        Intent.NOTE_DONE: "Tick off milk",
        Intent.PIN: "Never forget that I like tea.",
        Intent.CORRECT: "That's wrong.",
        Intent.SECRET: "What is my wifi password?",
        Intent.FORGET: "Forget that.",
        Intent.OVERVIEW: "What do you know about me?",
        Intent.HOW_KNOWN: "How do you know?",
        Intent.UNDO: "Undo that.",
        Intent.WHOSE: "Anna's birthday is on the 3rd of May.",
        Intent.JOIN: "Bob and Robert are the same person.",
        Intent.SMALL_TALK: "lol",
        Intent.REPEAT: "Pardon?",
        Intent.CONTINUE: "Go on",
        Intent.TRANSFER: "Connect me with Martin",
        Intent.TRANSFER: "Put me through to Anna.",
        Intent.TEXT_ME: "Text me the rest.",
        Intent.HOLD_ON: "Hold on a second",
        Intent.WHO_AM_I: "Who am I?",
        Intent.OTHER_LANGUAGE: "Guten Tag, wie geht es dir?",
        Intent.UNCLEAR: "\N{PARTY POPPER}",
        Intent.SILENCE: "",
    }[intent]
    # By what it was that they were told, or by what is known.
    if intent not in {Intent.CORRECT, Intent.SECRET, Intent.WHOSE}:
        assert understand(heard).intent is intent
    assert (await said(heard)).endswith((".", "?"))


async def test_a_correction_is_told_before_what_it_corrects() -> None:
    old = known(score=0.9, signals={"coverage": 1.0})
    new = known(
        "Actually Anna's birthday is on the fifth of May",
        score=0.6,
        said_at=NOW,
        signals={"coverage": 1.0},
    )
    reply = await said("When is Anna's birthday?", recollections=(old, new))
    assert reply.startswith("Anna's birthday is on the fifth of May. You told me so today")
    assert "fourth of May" in reply


async def test_a_near_miss_is_no_answer_and_is_not_cited() -> None:
    asked = context("When is my birthday?", recollections=(known(),))
    reply = "".join([piece async for piece in OfflineMind().reply(asked)])
    assert reply == "I don't know that. You haven't told me anything that answers it."
    assert asked.trace.cited == []


async def test_what_was_ticked_off_is_named() -> None:
    reply = await said("Tick off the milk", notes=("Buy milk", "call mum"), ticked=("Buy milk",))
    assert reply == "I've ticked off: buy milk."
    everything = await said("Clear my list", notes=("a", "b"), ticked=("a", "b"))
    assert everything == "I've ticked off all two notes; your list is empty."
    missed = await said("Tick off the bread", notes=("Buy milk",))
    assert missed == ("I can't tell which of your notes that is. You have one note: buy milk.")


async def test_who_may_not_hear_the_notes_may_not_tick_them_off() -> None:
    reply = await said("Tick off the milk", may_recall=False, notes=("Buy milk",))
    assert "milk" not in reply


async def test_nobody_is_called_owner() -> None:
    assert await said("Hello", name="Owner") == "Hello. What can I do for you?"
    assert await said("Bye", name="Owner") == "Goodbye."


async def test_a_name_is_taken_kindly_and_told_again() -> None:
    assert await said("My name is Sam.") == "Nice to meet you, Sam. I'll remember that."
    assert await said("Who am I?") == "You're Sam."
    assert await said("Who am I?", name="") == "I don't know your name. Tell me, if you like."


async def test_a_long_text_is_confirmed_briefly() -> None:
    assert len(await said(f"Remember that {'I like tea and ' * 200}coffee.")) < 60
    assert len(await said(f"Take a note: {'buy tea and ' * 200}coffee.")) < 60


async def test_the_last_words_are_said_again() -> None:
    history = (Line("person", "Hi"), Line("companion", "Hello Sam."))
    assert await said("Pardon?", history=history) == "Hello Sam."


async def test_days_are_reckoned_with() -> None:
    assert await said("How many days until Christmas?") == (
        "It's 34 days until Friday, the twenty-fifth of December."
    )
