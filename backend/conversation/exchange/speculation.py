"""Guesses that a pause is the end of a turn: thinks ahead, and throws away what was wrong."""

from dataclasses import dataclass

from backend.conversation.exchange.first_words import FirstWords
from backend.conversation.exchange.scene import Scene
from backend.conversation.sessions import Background
from backend.conversation.turns.attempts import Attempt
from backend.conversation.turns.timeline import Speculated
from backend.conversation.turns.types import HeardTurn
from backend.llm import Payer

GUESSES_MAX = 3  # wrong ones in one turn: whoever pauses so often is waited for


@dataclass(frozen=True, slots=True)
class Guess:
    """A turn that is thought before it is one, and the sound of its first words."""

    attempt: Attempt
    first_words: FirstWords
    begun: float


class Speculation:
    """At most one guess at a time; whoever commits it takes it out."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._stages = scene, scene.stages
        self._guess: Guess | None = None
        self._dropped: list[Speculated] = []

    def begin(self, text: str, background: Background) -> None:
        """Think about what may be all they say."""
        if self._guess is not None and self._guess.attempt.answers(text, background):
            return
        self.drop()
        if len(self._dropped) >= GUESSES_MAX:
            return
        turns = self._stages.turns
        turn_id = turns.new_id()
        payer = Payer(self._scene.party.actor.owner_id, turn_id)
        first_words = FirstWords(self._scene.voice, self._scene.group, payer=payer)
        attempt = turns.begin(
            self._scene.party,
            HeardTurn(turn_id, text, is_spoken=self._scene.line.is_spoken),
            group=self._scene.group,
            background=background,
            on_piece=first_words.hear,
        )
        self._guess = Guess(attempt, first_words, self._stages.clock.monotonic())

    def drop(self) -> None:
        """They went on: nothing of it ever was."""
        guess, self._guess = self._guess, None
        if guess is not None:
            guess.attempt.drop()
            guess.first_words.drop()
            self._dropped.append(self._note(guess, "dropped"))

    def take(self, text: str, background: Background) -> Guess | None:
        """Return the guess when it was right; drop it otherwise."""
        if self._guess is not None and self._guess.attempt.answers(text, background):
            guess, self._guess = self._guess, None
            self._dropped.append(self._note(guess, "used"))
            return guess
        self.drop()
        return None

    def take_notes(self) -> tuple[Speculated, ...]:
        """Return what was guessed since this was last asked."""
        notes, self._dropped = tuple(self._dropped), []
        return notes

    def _note(self, guess: Guess, outcome: str) -> Speculated:
        self._stages.metrics.speculations.labels("reply", outcome).inc()
        ms = round((self._stages.clock.monotonic() - guess.begun) * 1000, 1)
        return Speculated("reply", ms, outcome, guess.attempt.turn_id)
