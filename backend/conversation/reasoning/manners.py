"""What is said for its own sake: greetings, thanks, nods and partings."""

from backend.conversation.reasoning import refusing, small_talk, wording
from backend.conversation.reasoning.context import Context

KEPT = (
    "All right, I'll keep that in mind.",
    "Good to know. I'll remember it.",
    "I've taken that in.",
)
NOTED = (  # nothing was read in it that would change what is held
    "All right, I've kept that as you said it.",
    "I've kept your words.",
    "I've kept what you said.",
)


def greeting(context: Context) -> list[str]:
    """Greet back."""
    return [_by_name("Hello", context), "What can I do for you?"]


def how_are_you(context: Context) -> list[str]:
    """Answer out of courtesy."""
    return ["I'm well, thank you.", "What's on your mind?"]


def thanks(context: Context) -> list[str]:
    """Take thanks."""
    return ["You're welcome."]


def identity(context: Context) -> list[str]:
    """Say who we are."""
    return [
        f"I'm {context.character.name}, a companion you can call.",
        "I'm a machine, and I remember what you tell me.",
    ]


def line_check(context: Context) -> list[str]:
    """Say that we hear them."""
    return ["Yes, I hear you."]


def chat(context: Context) -> list[str]:
    """Chat."""
    return [small_talk.answer(context.understanding.content)]


def repeat(context: Context) -> list[str]:
    """Say the last thing again."""
    last = next((line for line in reversed(context.history) if line.speaker == "companion"), None)
    return [last.text] if last is not None else silence(context)


def go_on(context: Context) -> list[str]:
    """Go on where we were cut off."""
    if context.unfinished:
        return [f"I was saying: {context.unfinished}"]
    return ["I had said all of it.", "What would you like to know?"]


def hold_on(context: Context) -> list[str]:
    """Wait for them."""
    return ["Take your time."]


def other_language(context: Context) -> list[str]:
    """Say that we understand only one language."""
    return ["I'm sorry, I understand only English so far."]


def unclear(context: Context) -> list[str]:
    """Ask for a whole sentence."""
    return ["I'm not sure what to make of that.", "Could you say it in a sentence?"]


def goodbye(context: Context) -> list[str]:
    """Part."""
    return [_by_name("Goodbye,", context)]


def _by_name(words: str, context: Context) -> str:
    name = wording.called(context.name)
    return f"{words} {name}." if name else f"{words.rstrip(',')}."


def silence(context: Context) -> list[str]:
    """Ask them to say it again."""
    return ["I didn't catch that.", "Could you say it again?"]


def statement(context: Context) -> list[str]:
    """Take in what they tell."""
    if not context.may_note:
        return ["I hear you.", *refusing.may_not_keep(context)]
    if context.noted is not None:
        return refusing.only_noted(context.noted)
    name = wording.own_name(context.heard)
    if name:
        return [f"Nice to meet you, {name}.", "I'll remember that."]
    answers = KEPT if context.changes_facts else NOTED
    return [answers[len(context.history) // 2 % len(answers)]]
