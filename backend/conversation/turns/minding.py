"""What a turn leaves on our mind beside its words: what was settled, opened and done."""

from collections.abc import Iterator

from backend.conversation.turns.types import Draft, Effects
from backend.memory import Kind, Memory, NewItem
from backend.platform.database.transaction import Transaction


async def have_in_mind(tx: Transaction, memory: Memory, draft: Draft, *, note_id: str) -> None:
    """Write it in the turn's transaction: it is in mind when the turn is kept, and not before."""
    party, effects = draft.party, draft.effects
    items = [
        NewItem(
            owner_id=party.actor.owner_id,
            kind=kind,
            source_id=source_id,
            text=text,
            namespace=party.namespace,
            conversation_id=party.conversation_id,
        )
        for kind, source_id, text in _left(draft, effects, note_id)
    ]
    await memory.keep_in_mind(tx, items)
    if effects.done_notes:
        await memory.end_in_mind(tx, party.actor.owner_id, Kind.TASK, effects.done_notes)
    if draft.sources:
        used = {source.message_id for source in draft.sources}
        await memory.was_of_use(tx, party.actor.owner_id, party.namespace, used)


def _left(draft: Draft, effects: Effects, note_id: str) -> Iterator[tuple[Kind, str, str]]:
    if effects.memory:
        yield Kind.DECISION, draft.heard_id, f"To keep in mind: {effects.memory}"
    if note_id:
        yield Kind.TASK, note_id, effects.note
    for identifier, text in zip(effects.done_notes, effects.done_texts, strict=False):
        yield Kind.OUTCOME, identifier, f"Done: {text}"
    if effects.handover is not None:
        yield Kind.OUTCOME, draft.heard_id, f"Put through to {effects.handover.name}"
    if effects.forward is not None:
        yield Kind.OUTCOME, draft.heard_id, f"Texted: {effects.forward.text}"
