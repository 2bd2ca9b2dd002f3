"""What is said of notes, and of what is to be kept in mind."""

from backend.conversation.reasoning import refusing, telling, wording
from backend.conversation.reasoning.context import Context

NOTES_ALOUD_MAX = 5
ECHO_CHARACTERS_MAX = 200  # a confirmation that is longer is no confirmation
ASK_MEMORY = "What shall I remember?"
ASK_NOTE = "What shall I write down?"


def remember(context: Context) -> list[str]:
    """Confirm what is to be kept in mind."""
    content = wording.clause(context.understanding.content)
    if refusal := _not_believed(context):
        return refusal
    if not content:
        return [ASK_MEMORY]
    if len(content) > ECHO_CHARACTERS_MAX:
        return ["All right, I'll remember all of that."]
    return [f"I'll remember that {wording.to_listener(content)}."]


def pin(context: Context) -> list[str]:
    """Confirm what is never to be forgotten."""
    content = wording.clause(context.understanding.content)
    if refusal := _not_believed(context):
        return refusal
    if not content:
        return telling.pinned(context)
    if len(content) > ECHO_CHARACTERS_MAX:
        content = ""
    if not (context.is_owner and context.may_recall):  # what is held for good is the owner's alone
        kept = (
            f"I'll remember that {wording.to_listener(content)}" if content else "I'll remember it"
        )
        return [
            f"{kept}, as your word.",
            "To never forget it, I need the word of whose memory it is.",
        ]
    if not content:
        return ["All right, I'll never forget any of that."]
    return [f"I'll never forget that {wording.to_listener(content)}."]


def note(context: Context) -> list[str]:
    """Confirm a note."""
    content = wording.clause(context.understanding.content)
    if not context.may_note:
        return refusing.may_not_keep(context)
    if not content:
        return [ASK_NOTE]
    if len(content) > ECHO_CHARACTERS_MAX:
        return ["I've made a note of all that."]
    return [f"I've made a note: {content}."]


def note_done(context: Context) -> list[str]:
    """Confirm which notes were ticked off."""
    if not context.may_note:
        return refusing.may_not_keep(context)
    if not context.may_recall:
        return refusing.may_not_recall(context)
    if not context.ticked:
        missed = ["I can't tell which of your notes that is."] if context.notes else []
        return [*missed, *notes_list(context)]
    if len(context.ticked) == len(context.notes) > 1:
        count = wording.counted(len(context.ticked), "note")
        return [f"I've ticked off all {count}; your list is empty."]
    return [f"I've ticked off: {wording.listed([wording.clause(n) for n in context.ticked])}."]


def notes_list(context: Context) -> list[str]:
    """Read out the open notes."""
    if not context.may_recall:
        return refusing.may_not_recall(context)
    notes = [wording.clause(note) for note in context.notes if note.strip()]
    if not notes:
        return ["You have no notes."]
    if len(notes) <= NOTES_ALOUD_MAX:
        return [f"You have {wording.counted(len(notes), 'note')}: {wording.listed(notes)}."]
    more = len(notes) - NOTES_ALOUD_MAX
    return [
        f"You have {wording.counted(len(notes), 'note')}.",
        f"The latest are: {wording.listed(notes[-NOTES_ALOUD_MAX:])}.",
        f"The other {wording.NUMBERS[more]} are older."
        if more in range(2, 13)
        else "More are older.",
    ]


def _not_believed(context: Context) -> list[str]:
    """Return why somebody's word is not taken for true; nothing when it is."""
    if not context.may_note:
        return refusing.may_not_keep(context)
    if context.noted is not None and context.noted.who:
        return refusing.only_noted(context.noted)
    return []
