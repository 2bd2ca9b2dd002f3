"""Puts right what was said just before and is no fact of the catalogue: "no, on Saturday".

"My flight is on Friday at ten" is kept as it was said. Who puts its day right has said when it is:
so it becomes a fact, and the words with the wrong day are told no more.
"""

import re

from sqlalchemy import select

from backend.conversation.reasoning.context import Righting
from backend.conversation.turns.believing import is_owner
from backend.conversation.turns.types import Draft
from backend.kernel.people import Assurance
from backend.memory.facts import ONESELF, FactView, SaidBy
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.predicates import OWN, told
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages

_CHARACTERS_MAX = 120
_DAY = (
    r"(?:(?:this |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight)"
    r"(?: (?:morning|afternoon|evening|night))?"
)
_AT = r"at (?:\d{1,2}(?:[:.]\d{2})?|half past \w+|quarter (?:to|past) \w+|noon|\w+)(?: ?[ap]m)?"
_SAID = re.compile(
    rf"(?:my|our) (?P<what>[a-z]+(?: [a-z]+)?) is (?P<on>on )?(?P<day>{_DAY})(?P<at> {_AT})?",
    re.IGNORECASE,
)
_PUT_RIGHT = re.compile(
    r"(?:(?:no|sorry|actually|wait)[,. ]+)+(?:(?:it's|it is|i meant|i mean|that's)[, ]+)?"
    rf"(?:(?:on )?(?P<day>{_DAY}))?(?P<at> ?{_AT})?",
    re.IGNORECASE,
)


async def restated(database: Database, draft: Draft) -> Righting | None:
    """Return what the words put right of what was said just before; None: nothing."""
    heard = _PUT_RIGHT.fullmatch(_plain(draft.heard.text))
    party = draft.party
    if heard is None or not (heard["day"] or heard["at"]) or not is_owner(party.actor):
        return None
    query = (
        select(messages.c.id, messages.c.text, messages.c.said_at)
        .where(
            messages.c.owner_id == party.actor.owner_id,
            messages.c.conversation_id == party.conversation_id,
            messages.c.role == "person",
        )
        .order_by(messages.c.said_at.desc(), messages.c.id.desc())
        .limit(1)
    )
    async with database.reading() as connection:
        row = (await connection.execute(query)).first()
    said = None if row is None else _SAID.fullmatch(_plain(row.text))
    if row is None or said is None:
        return None
    day, at = heard["day"] or said["day"], heard["at"] or said["at"] or ""
    old = f"{said['on'] or ''}{said['day']}{said['at'] or ''}"
    new = f"{said['on'] or ''}{day} {at.strip()}".strip()
    wrong = _wrong(f"{OWN}{said['what'].lower()}", old, draft)
    is_same = old.casefold() == new.casefold()
    return (
        None
        if is_same
        else Righting(CorrectionKind.CORRECTED, wrong, new, message_id=row.id, quote=row.text)
    )


def _wrong(predicate: str, value: str, draft: Draft) -> FactView:
    """Return what was said as a fact that nobody has held so far: it has no id."""
    return FactView(
        id="",
        subject=ONESELF,
        predicate=predicate,
        object=value,
        statement=told(ONESELF, predicate, value),
        confidence=1.0,
        said_by=SaidBy.OWNER,
        assurance=Assurance.HELD,
        is_pinned=False,
        valid_from=draft.started_at,
        valid_to=None,
        learnt_at=draft.started_at,
    )


def _plain(text: str) -> str:
    said = text[: _CHARACTERS_MAX + 1].replace("\u2019", "'").strip(" .!")
    return said if len(said) <= _CHARACTERS_MAX else ""
