"""Asks a caller for their PIN, by voice or keys, and says what came of it; one of these a line.

How an exchange uses it:

- A caller whose number is only claimed wants what needs proof: `say = identifying.ask(words)`.
  Afterwards `is_asking` tells whether a PIN is awaited (somebody may have none).
- Each `KeyPressed` goes to `key`, always: keys count before any question as well. Those that
  nobody asked for are forgotten after `STRAY_S`, and when `let_go` sees other words than a PIN.
- While `is_asking`, the words of each utterance go to `words` and nowhere else: no event, no turn,
  no partial, no recording, no log.
- An `Outcome` says what to say. When it is over and `held` is not empty, that is the question to
  answer now, as the actor who `party.actor` has become.
"""

import re
from dataclasses import dataclass, replace
from typing import Protocol

from backend.conversation.exchange.spoken_digits import digits_in, only_digits
from backend.conversation.sessions import Party
from backend.kernel.clock import Clock
from backend.kernel.ids import PersonId
from backend.kernel.people import ActorKind, Assurance
from backend.trust.identity import PinVerdict

ASK = "For that I need your PIN. Please say it, or key it in."
ASK_AGAIN = "That was not right. Please try once more."
ASK_FOR_DIGITS = "Please say the digits of your PIN, or say never mind."
VERIFIED = "Thank you."
LOCKED = "That was wrong too often. Please wait some hours before you try again."
GIVEN_UP = "All right, without it."
UNSET = "I can only tell you that when I am sure that it is you, and you have no PIN yet."
NEEDLESS = "You need no PIN for that now."
NEVER_WRITTEN = "Please never write your PIN: I have not kept it. Say it or key it in on a call."
DECLINED = frozenset(
    {"no", "never mind", "nevermind", "cancel", "forget it", "stop", "skip", "i don't know",
     "i don't know it", "i forgot", "i forgot it", "i have none", "no thanks", "no thank you"}
)  # fmt: skip
MISSES_MAX = 2  # utterances without a digit: then the caller wants something else
STRAY_S = 8.0  # whoever keys a PIN in is quicker from one key to the next
ENTER, CLEAR = "#", "*"
_NAMED = re.compile(r"\b(?:pin|p\.? ?i\.? ?n\b|pass ?code)", re.IGNORECASE)

PHRASES = (ASK, ASK_AGAIN, ASK_FOR_DIGITS, VERIFIED, LOCKED, GIVEN_UP, UNSET, NEEDLESS)
"""Worth learning by heart before somebody waits for them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do after something was said or keyed in."""

    say: str
    is_verified: bool = False
    held: str = ""  # the question that waited for the PIN, to be answered now
    is_over: bool = False  # no PIN is awaited any more


def names_pin(text: str, digits: int) -> bool:
    """Say whether words name a PIN of so many digits: "My PIN is …"; with 0 there is none."""
    return digits > 0 and bool(_NAMED.search(text)) and len(digits_in(text)) == digits


class PinChecks(Protocol):
    """What is needed of trust's PINs."""

    async def try_out(self, person_id: PersonId, pin: str) -> PinVerdict:
        """Compare a PIN with somebody's; each try counts."""
        ...


class Assurances(Protocol):
    """What is needed of the conversations' sessions."""

    async def assure(self, party: Party) -> None:
        """Write down how sure we have become of who is on the line."""
        ...


class Identifying:
    """The way from a claimed caller to a verified one."""

    def __init__(
        self, party: Party, *, pins: PinChecks, sessions: Assurances, clock: Clock
    ) -> None:
        self._party, self._pins, self._sessions = party, pins, sessions
        self._clock = clock
        self._has_asked = False
        self._keyed_at: float | None = None  # the last of keys that nobody had asked for
        self._held = ""
        self._digits = ""
        self._misses = 0
        self._given: set[str] = set()  # what was tried on this line, never kept beyond it

    @property
    def is_asking(self) -> bool:
        """Say whether a PIN is awaited: we have asked for it, or somebody is keying it in."""
        return self._has_asked or self._is_keying

    @property
    def _is_keying(self) -> bool:
        at = self._keyed_at
        return at is not None and self._clock.monotonic() - at <= STRAY_S

    @property
    def is_possible(self) -> bool:
        """Say whether a PIN could change anything for this caller."""
        actor = self._party.actor
        is_claimed = actor.assurance is Assurance.CLAIMED and actor.kind is ActorKind.CALLER
        return is_claimed and actor.person_id is not None and self._party.pin_digits > 0

    def ask(self, question: str) -> str:
        """Begin; return what to say. The question is held until the PIN was given."""
        if not self.is_possible:
            return UNSET
        self._has_asked, self._held = True, question
        self._digits, self._misses = "", 0
        return ASK

    def is_given(self, text: str) -> bool:
        """Say whether these words are a PIN that was tried on this line already.

        Many say the digits while they key them in, or once more when nobody asks any longer.
        """
        return bool(self._given) and digits_in(text) in self._given

    def is_offered(self, text: str) -> bool:
        """Say whether these words are a PIN that nobody has asked for.

        "My PIN is …" names it. Bare digits are one when it is exactly as many as theirs has, and
        they could prove something by it.
        """
        wanted = self._party.pin_digits
        if not wanted:
            return False
        if names_pin(text, wanted):
            return True
        return self.is_possible and len(only_digits(text)) == wanted

    def may_be_offered(self, text: str) -> bool:
        """Say whether words that somebody is in the middle of may yet become a PIN."""
        wanted = self._party.pin_digits
        if not wanted:
            return False
        if _NAMED.search(text) and digits_in(text):
            return True
        return self.is_possible and 0 < len(only_digits(text)) <= wanted

    def let_go(self, text: str) -> None:
        """Forget keys that nobody had asked for when words come that are no part of a PIN."""
        if not text or self._has_asked or self._keyed_at is None:
            return
        said = digits_in(text)
        is_part = only_digits(text) or (said and _NAMED.search(text))
        if not is_part and len(self._digits) + len(said) < self._party.pin_digits:
            self._digits, self._keyed_at = "", None

    async def key(self, digit: str) -> Outcome | None:
        """Take one key; None: wait for more. A # ends the PIN, a * begins it anew."""
        if not self.is_possible:
            return None
        if not self.is_asking:
            self._digits = ""  # an accident of long ago
        if digit == CLEAR:
            self._digits = ""
            return None
        if digit != ENTER:
            # What is keyed in sounds on the line: nobody may record it.
            self._keyed_at = self._clock.monotonic()
            self._digits = self._digits + digit if digit.isdecimal() else ""
            if len(self._digits) < self._party.pin_digits:
                return None
        return await self._try(self._digits) if self._digits else None

    async def words(self, text: str) -> Outcome | None:
        """Take what was said while a PIN is awaited; None: wait for more."""
        if not self.is_asking:
            self._digits = ""
        said = digits_in(text)
        if not said:
            return self._missed(text)
        self._misses = 0
        wanted = self._party.pin_digits
        # Two breaths may hold one PIN; but whoever begins anew says it whole.
        self._digits = said if len(said) >= wanted else self._digits + said
        if len(self._digits) < wanted:
            return None
        return await self._try(self._digits)

    def _missed(self, text: str) -> Outcome | None:
        plain = text.lower().strip(" .,!?")
        self._misses += 1
        if plain in DECLINED:
            return self._ended(GIVEN_UP, held="")
        if self._misses > MISSES_MAX:
            return self._ended(GIVEN_UP, held="")
        return Outcome(ASK_FOR_DIGITS)

    async def _try(self, pin: str) -> Outcome:
        person_id = self._party.actor.person_id
        assert person_id is not None  # is_possible
        self._digits = ""
        self._given.add(pin)
        verdict = await self._pins.try_out(person_id, pin)
        if verdict is PinVerdict.RIGHT:
            await self._verify()
            return self._ended(VERIFIED, held=self._held, is_verified=True)
        if verdict is PinVerdict.WRONG:
            self._has_asked = True
            return Outcome(ASK_AGAIN)
        return self._ended(LOCKED if verdict is PinVerdict.LOCKED else UNSET, held="")

    async def _verify(self) -> None:
        self._party.actor = replace(self._party.actor, assurance=Assurance.VERIFIED)
        self._party.guest = ""  # whoever has spoken there before, this is whose line it is
        await self._sessions.assure(self._party)

    def _ended(self, say: str, *, held: str, is_verified: bool = False) -> Outcome:
        self._has_asked, self._keyed_at = False, None
        self._held, self._digits, self._misses = "", "", 0
        return Outcome(say, is_verified, held, is_over=True)
