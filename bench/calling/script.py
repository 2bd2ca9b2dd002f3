"""What a caller does: `greet, say, barge@S, wait:S, dtmf:DIGITS`, as a generator of ticks."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from backend.kernel.errors import Invalid
from bench.calling.playback import FRAME_S, Playback

Tick = bytes | str | None
"""What is sent in 20 ms: a frame of speech, a key, or silence."""

KEY_TICKS = 10  # between two keys
REPLY_S_MAX = 8.0  # longest wait for a reply to begin …
REPLY_ENDS_S_MAX = 60.0  # … and to end


@dataclass(slots=True)
class Turn:
    """One thing said and what came of it; monotonic seconds."""

    kind: str  # say, barge
    began: float = 0.0  # the first frame of speech
    ended: float | None = None  # the last one; None while they speak
    answered: float | None = None  # the first sound received that answers it
    heard: float | None = None  # when that sound left the buffer for the ear
    cleared: float | None = None  # `clear` received
    is_premature: bool = False  # answered in mid-sentence
    ended_ms: int = 0  # of speech, on the line's own clock: the end of its last frame

    def wait_ms(self) -> float | None:
        """Return the time from the last frame of speech to the first sound of the reply."""
        if self.answered is None or self.ended is None:
            return None
        return (self.answered - self.ended) * 1000

    def clear_ms(self) -> float | None:
        """Return the time from the first interrupting frame to `clear`."""
        return None if self.cleared is None else (self.cleared - self.began) * 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """Who says what, and how long a silence ends a reply."""

    actions: tuple[tuple[str, str], ...]
    settle_s: float = 1.2


def plan(script: str, *, repeat: int = 1, settle_s: float = 1.2) -> Plan:
    """Read a script; raise Invalid for what nobody can do."""
    actions = []
    for word in script.split(",") * repeat:
        name, _, argument = word.strip().replace(":", "@").partition("@")
        if name not in {"greet", "say", "barge", "wait", "dtmf"}:
            raise Invalid(f"A caller can't {name!r}.")
        actions.append((name, argument))
    return Plan(tuple(actions), settle_s)


class Actor:
    """Plays a plan on one call. `now` is the moment of the tick that is being filled."""

    def __init__(
        self,
        what: Plan,
        playback: Playback,
        clock: Callable[[], float],
        *,
        utterances: Sequence[Sequence[bytes]],
        first: int = 0,
    ) -> None:
        self._plan, self._playback, self._clock = what, playback, clock
        self._ticks = 0
        self._utterances, self._next = utterances, first
        self._began = clock()
        self.turns: list[Turn] = []

    def ticks(self) -> Generator[Tick, None, None]:
        """Yield what to send, tick after tick, until the script is over."""
        for tick in self._all_ticks():
            self._ticks += 1
            yield tick

    def _sent_ms(self) -> int:
        return round(self._ticks * FRAME_S * 1000)

    def _all_ticks(self) -> Iterator[Tick]:
        for index, (name, argument) in enumerate(self._plan.actions):
            following = self._plan.actions[index + 1 : index + 2]
            is_cut_off = bool(following) and following[0][0] == "barge"
            if name == "dtmf":
                yield from _keys(argument)
            elif name == "wait":
                yield from [None] * round(float(argument) / FRAME_S)
            else:
                yield from self._act(name, argument, is_cut_off=is_cut_off)

    def _act(self, name: str, argument: str, *, is_cut_off: bool) -> Iterator[Tick]:
        if name == "greet":
            yield from self._until(lambda: bool(self._playback.stretches), REPLY_S_MAX)
        elif name == "say":
            yield from self._say(Turn("say"), argument)
        else:
            yield from self._listen(float(argument or 1.0))
            yield from self._say(Turn("barge"), "")
        if not is_cut_off:
            yield from self._until(self._is_over, REPLY_ENDS_S_MAX)

    def _say(self, turn: Turn, which: str) -> Iterator[Tick]:
        """Speak, then wait for the first sound of the reply."""
        number = int(which) if which else self._next
        self._next += not which
        self.turns.append(turn)
        turn.began = ended = self._clock()
        for frame in self._utterances[number % len(self._utterances)]:
            ended = self._clock()
            yield frame
        turn.ended, turn.ended_ms = ended, self._sent_ms()
        yield from self._until(lambda: turn.answered is not None, REPLY_S_MAX)

    def _listen(self, seconds: float) -> Iterator[None]:
        """Listen to so much of the reply to what was said last."""
        turn = self.turns[-1] if self.turns else Turn("none")

        def has_heard() -> bool:
            return turn.heard is not None and self._clock() - turn.heard >= seconds

        yield from self._until(has_heard, REPLY_S_MAX + seconds)

    def _is_over(self) -> bool:
        return self._clock() - self._playback.quiet_since(self._began) >= self._plan.settle_s

    def _until(self, is_so: Callable[[], bool], seconds_max: float) -> Iterator[None]:
        deadline = self._clock() + seconds_max
        while not is_so() and self._clock() < deadline:
            yield None


def _keys(digits: str) -> Iterator[Tick]:
    for digit in digits:
        yield digit
        yield from [None] * KEY_TICKS
