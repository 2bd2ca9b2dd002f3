"""The agent that talks: puts what it may know into one request to a model."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from backend.conversation.reasoning import telling
from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.understanding import Intent
from backend.conversation.reasoning.wording import (
    channel_said,
    day_said,
    local,
    time_said,
    when_said,
)
from backend.llm import ChatMessage, ChatRequest
from backend.memory import Kind
from backend.memory.facts.secrets import scrubbed

PROMPT = Path(__file__).with_name("conversation.txt")
HISTORY_LINES_MAX = 12
HISTORY_CHARACTERS_MAX = 4000
HEARD_CHARACTERS_MAX = 4000
CITED_CHARACTERS_MAX = 500

_MAY_NOT_RECALL = (
    "- On this line you can't be sure who speaks, so you have been given nothing that is"
    " remembered. If they ask for it, say so, and that they can text you or use the app.\n"
)
_WHICH = (
    "- Several people in <remembered> have the name that was asked for. Ask which one they mean,"
    " and say by what you tell them apart.\n"
)
_EFFECTS = {
    Intent.REMEMBER: "- You are keeping in mind right now what they ask you to. Confirm it in one"
    " sentence that repeats it.\n",
    Intent.NOTE_DONE: "- You are ticking off right now the notes that are marked so. Confirm it in"
    " one sentence; if none is marked, say that you can't tell which note is meant.\n",
    Intent.NOTE: "- You are writing down the note right now. Confirm it in one sentence that"
    " repeats it.\n",
}
_LATELY = {
    Kind.CONTEXT: "said",
    Kind.TASK: "open note",
    Kind.DECISION: "settled",
    Kind.OUTCOME: "done",
}


def request(context: Context, *, tokens_max: int) -> ChatRequest:
    """Return what a model is asked for this turn."""
    return ChatRequest(
        system=_system(context),
        messages=(*_history(context), ChatMessage("user", _asked(context))),
        owner_id=context.owner_id,
        turn_id=context.turn_id,
        tokens_max=tokens_max,
    )


@cache
def _prompt() -> str:
    return PROMPT.read_text(encoding="utf-8")


def _system(context: Context) -> str:
    now = local(context.now, context.zone)
    understood = context.understanding
    has_effect = context.may_note and bool(understood.content)
    effect = _EFFECTS.get(understood.intent, "") if has_effect else ""
    return _prompt().format(
        persona=context.character.persona,
        name=_plain(context.name) or "somebody whose name you don't know",
        channel=channel_said(context.channel),
        now=f"{day_said(now.date(), with_year=True)}, {time_said(now)}",
        permissions="" if context.may_recall else _MAY_NOT_RECALL,
        effect=_WHICH if context.which else effect,
    )


def _history(context: Context) -> list[ChatMessage]:
    """Return the talk so far as far as it fits, beginning with the person."""
    kept: list[ChatMessage] = []
    room = HISTORY_CHARACTERS_MAX
    for line in reversed(context.history[-HISTORY_LINES_MAX:]):
        room -= len(line.text)
        if room < 0:
            break
        if line.text.strip():
            is_person = line.speaker == "person"
            text = scrubbed(line.text).text  # whatever the vault has told
            kept.append(ChatMessage("user" if is_person else "assistant", text))
    while kept and kept[-1].role == "assistant":
        kept.pop()  # makers want the person's words first
    return kept[::-1]


def _asked(context: Context) -> str:
    heard = context.heard[:HEARD_CHARACTERS_MAX]
    if not context.may_recall:
        return heard
    known = "\n".join(_remembered(context)) or "(nothing that bears on this)"
    lately = "\n".join(_lately(context))
    minded = f"<lately>\n{lately}\n</lately>\n" if lately else ""
    return f"<remembered>\n{known}\n</remembered>\n{minded}\n{heard}"


def _remembered(context: Context) -> list[str]:
    lines = [*_facts(context)]
    for each in context.recollections:
        when = when_said(each.said_at, context.now, context.zone)
        source = ", ".join(part for part in (when, channel_said(each.channel)) if part)
        lines.append(f"- {_plain(each.speaker)}, {source}: {_plain(each.text)}")
    return lines + [
        f"- note{', ticked off now' if note in context.ticked else ''}: {_plain(note)}"
        for note in context.notes
    ]


def _facts(context: Context) -> Iterator[str]:
    """Yield what is held to be true: first what is always at hand, then what was asked."""
    asked = {fact.id for fact in context.facts}
    for fact in context.pinned:
        if fact.id not in asked:
            yield f"- always in mind: {_plain(telling.told_to_model(fact, context))}"
    for fact in context.facts:
        holds = fact.holds_at(context.now)
        is_asked = context.is_before or fact in context.answer
        if holds or (is_asked and not fact.was_never_true):
            kind = "fact" if holds else "not any more"
            yield f"- {kind}: {_plain(telling.told_to_model(fact, context))}"


def _lately(context: Context) -> list[str]:
    """Return what is on our mind of the last day, as it happened."""
    return [
        f"- {_LATELY[each.kind]}, {when_said(each.at, context.now, context.zone)}:"
        f" {_plain(each.text)}"
        for each in sorted(context.lately, key=lambda each: each.at)
    ]


def _plain(text: str) -> str:
    """Return words on one line that can't close the fence they stand in."""
    line = " ".join(text[:CITED_CHARACTERS_MAX].split())
    return line.replace("<", "\u2039").replace(">", "\u203a")
