"""Keeps secrets out of everything that is written: scrubbed as they are heard, sealed when wished.

What the vault holds is told only aloud or on a line of their own to whose it is, once we are sure;
what is kept of that reply does not have it either.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from backend.conversation.reasoning import Intent, Understanding
from backend.conversation.reasoning.context import Line, Told
from backend.conversation.reasoning.secrets import WHICH_KEY
from backend.conversation.sessions import Party
from backend.conversation.turns.believing import is_owner
from backend.conversation.turns.keys_told import labels_of, picked_keys
from backend.conversation.turns.types import Draft, HeardTurn
from backend.kernel.people import Assurance
from backend.memory.facts.language.spans import digit_runs
from backend.memory.facts.language.words import words_of
from backend.memory.facts.secrets import Handling, Secret, SecretKind, scrubbed
from backend.memory.facts.vault import Vault
from backend.platform.database.transaction import Transaction

_ASKS = re.compile(
    r"\b(?:what|tell|give|read|remind|which|do you (?:know|have|remember))\b.*"
    r"\b(?:password|passphrase|passcode|pin|puk|cvv|cvc|code|combination|key|token|card number"
    r"|login|(?:seed|recovery|backup) (?:words|phrase))\b",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\b(?:pass ?words?|pass ?phrases?|pass ?codes?|pins?|puk|cvv|cvc|codes?|combination|keys?"
    r"|tokens?|card number|logins?|credentials|(?:seed|recovery|backup) (?:words|phrase))\b"
    r".*(?:\b(?:is|are|was|be|to|equals|from|which)\b|[:=?,])",
    re.IGNORECASE | re.DOTALL,
)
ANY_KEY = "What is my key?"
ASKED_KEYS_MAX = 5  # of the newest it is asked which: nobody listens to more
ASKED_LINES = 2  # "Which password?" or their own "My password?", and what was said to it
DIGITS_SHOWN_MAX = 6  # what goes on like that may be a card's number
_NAMED = re.compile(
    r"\b(?:my|our|the)\b (?P<name>(?:[\w'-]+ ){0,3}?(?P<noun>pass ?word|pass ?phrase|pass ?code|pin"
    r"|puk|cvv|cvc|code|combination|key|token|card number)\b)",
    re.IGNORECASE,
)
_ALWAYS_SECRET = re.compile(
    r"pass ?(?:word|phrase|code)|pin|puk|cvv|cvc|card number", re.IGNORECASE
)
_PLACE = re.compile(rf"\[(?:{'|'.join(SecretKind)})(?: in the vault)?\]")
_SURE = frozenset({Assurance.VERIFIED, Assurance.HELD})


class Secrecy:
    """What becomes of secrets in a turn."""

    def __init__(self, handling: Handling, vault: Vault | None = None) -> None:
        self._handling, self._vault = handling, vault

    def heard(
        self, heard: HeardTurn, history: Sequence[Line] = ()
    ) -> tuple[HeardTurn, tuple[Secret, ...]]:
        """Return what was heard as it may be kept, and what was taken out of it."""
        asked = " ".join(line.text for line in history[-ASKED_LINES:])
        clean = scrubbed(heard.text, self._handling, asked=asked)
        return replace(heard, text=clean.text), clean.secrets

    def has_secret(self, text: str) -> bool:
        """Say whether words tell a secret."""
        return self._handling != "keep" and bool(scrubbed(text, self._handling).secrets)

    def nears_secret(self, text: str) -> bool:
        """Say whether words that are not over yet tell a secret, or are about to."""
        if self._handling == "keep":
            return False
        runs = digit_runs(words_of(text, is_whole=True))
        has_digits = any(len(run.digits) > DIGITS_SHOWN_MAX for run in runs if not run.is_dialled)
        return has_digits or bool(_LEADS.search(text)) or self.has_secret(text)

    @property
    def keeps(self) -> bool:
        """Say whether secrets are sealed, rather than left out."""
        return self._handling == "vault" and self._vault is not None

    async def keep(self, tx: Transaction, draft: Draft) -> None:
        """Seal in the turn's own transaction what it was told."""
        if draft.guest:
            return  # what is sealed already is whose line it is
        if self.keeps and self._vault is not None and draft.secrets and draft.is_context:
            owner_id = draft.party.actor.owner_id
            await self._vault.keep(tx, owner_id, draft.heard_id, draft.secrets)

    async def answer(self, draft: Draft, understood: Understanding) -> Told | None:
        """Return the secret that is asked for, or that it can't be told here; None: no such."""
        asks = understood.is_question or understood.intent is Intent.UNSUPPORTED
        heard, is_picked = draft.heard.text, _was_asked_which(draft)
        asks = asks and _ASKS.search(heard) is not None
        if self._vault is None or not (asks or is_picked):
            return None
        wanted = heard if asks else ANY_KEY
        several = await self._vault.find(draft.party.actor.owner_id, wanted)
        several = picked_keys(heard, several, zone=draft.party.zone)
        if not several or (is_picked and not asks and len(several) > 1):
            return None
        found = several[0]
        if not _may_hear(draft.party):
            return Told(found.name if len(several) == 1 else "key")
        if len(several) > 1:
            return Told("key", several=labels_of(several[:ASKED_KEYS_MAX], zone=draft.party.zone))
        draft.hidden = (found.value, f"[{found.name} in the vault]")
        return Told(found.name, found.value)

    def left_out(
        self, draft: Draft, understood: Understanding, known: Sequence[str]
    ) -> Told | None:
        """Return the secret that is asked for and was never kept; None when it is no such.

        `known` is what answers: words from which a secret was taken out answer nothing.
        """
        heard = draft.heard.text
        named = _NAMED.search(heard)
        if self._handling == "keep" or not understood.is_question or named is None:
            return None
        was_told = any(_PLACE.search(each) for each in known)
        is_unknown = not known and _ALWAYS_SECRET.fullmatch(named["noun"]) is not None
        if not _ASKS.search(heard) or not (was_told or is_unknown):
            return None
        return Told(named["name"].lower(), is_left_out=True)


def _was_asked_which(draft: Draft) -> bool:
    """Say whether they were asked just now which of their keys they mean."""
    last = [line.text for line in draft.background.history if line.speaker == "companion"][-1:]
    return any(WHICH_KEY in text for text in last)


def _may_hear(party: Party) -> bool:
    """Say whether it is whose secrets they are; a text's way is not ours alone."""
    return is_owner(party.actor) and party.actor.assurance in _SURE and party.carrier != "sms"


def as_kept(draft: Draft, text: str) -> str:
    """Return words of ours without the secret that they told."""
    return without_value(text, draft.hidden)


def without_value(text: str, hidden: tuple[str, str]) -> str:
    """Return words without a secret, wherever they were cut off: it, and what stands for it."""
    value, instead = hidden
    if not value:
        return text
    return _without_parts(text.replace(value, instead), value.split(), instead)


def _without_parts(text: str, value: list[str], instead: str) -> str:
    """Return words that were cut off in the middle of a secret without its part."""
    places = list(re.finditer(r"\S+", text))
    said, told = [_bare(each[0]) for each in places], [_bare(each) for each in value]
    if any(said) and len(told) > 1 and f" {' '.join(said)} " in f" {' '.join(told)} ":
        return instead
    for count in range(len(told) - 1, 0, -1):
        if said[-count:] == told[:count]:
            return f"{text[: places[-count].start()]}{instead}"
        if said[:count] == told[-count:]:
            return f"{instead}{text[places[count - 1].end() :]}"
    return text


def _bare(word: str) -> str:
    return word.strip(".,;:!?\"'")
