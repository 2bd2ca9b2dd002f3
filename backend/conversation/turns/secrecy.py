"""Keeps secrets out of everything that is written: scrubbed as they are heard, sealed when wished.

What the vault holds is told only aloud or on a line of their own to whose it is, once we are sure;
what is kept of that reply does not have it either.
"""

import re
from dataclasses import replace

from backend.conversation.reasoning import Intent, Understanding
from backend.conversation.reasoning.context import Told
from backend.conversation.sessions import Party
from backend.conversation.turns.believing import is_owner
from backend.conversation.turns.types import Draft, HeardTurn
from backend.kernel.people import Assurance
from backend.memory.facts.secrets import Handling, Secret, scrubbed
from backend.memory.facts.vault import Vault
from backend.platform.database.transaction import Transaction

_ASKS = re.compile(
    r"\b(?:what|tell|give|read|remind|which|do you (?:know|have|remember))\b.*"
    r"\b(?:password|passphrase|passcode|pin|puk|cvv|cvc|code|combination|key|token|card number)\b",
    re.IGNORECASE,
)
_SURE = frozenset({Assurance.VERIFIED, Assurance.HELD})


class Secrecy:
    """What becomes of secrets in a turn."""

    def __init__(self, handling: Handling, vault: Vault | None = None) -> None:
        self._handling, self._vault = handling, vault

    def heard(self, heard: HeardTurn) -> tuple[HeardTurn, tuple[Secret, ...]]:
        """Return what was heard as it may be kept, and what was taken out of it."""
        clean = scrubbed(heard.text, self._handling)
        return replace(heard, text=clean.text), clean.secrets

    @property
    def keeps(self) -> bool:
        """Say whether secrets are sealed, rather than left out."""
        return self._handling == "vault" and self._vault is not None

    async def keep(self, tx: Transaction, draft: Draft) -> None:
        """Seal in the turn's own transaction what it was told."""
        if self.keeps and self._vault is not None and draft.secrets and draft.is_context:
            owner_id = draft.party.actor.owner_id
            await self._vault.keep(tx, owner_id, draft.heard_id, draft.secrets)

    async def answer(self, draft: Draft, understood: Understanding) -> Told | None:
        """Return the secret that is asked for, or that it can't be told here; None: no such."""
        asks = understood.is_question or understood.intent is Intent.UNSUPPORTED
        if self._vault is None or not asks or not _ASKS.search(draft.heard.text):
            return None
        found = await self._vault.find(draft.party.actor.owner_id, draft.heard.text)
        if found is None:
            return None
        if not _may_hear(draft.party):
            return Told(found.name)
        draft.hidden = (found.value, f"[{found.name} in the vault]")
        return Told(found.name, found.value)


def _may_hear(party: Party) -> bool:
    """Say whether it is whose secrets they are; a text's way is not ours alone."""
    return is_owner(party.actor) and party.actor.assurance in _SURE and party.carrier != "sms"


def as_kept(draft: Draft, text: str) -> str:
    """Return words of ours without the secret that they told."""
    value, instead = draft.hidden
    return text.replace(value, instead) if value else text
