"""How much one live client may send, how fast, and how long it may be silent."""

from dataclasses import dataclass

from backend.kernel.audio import RATE_HZ
from backend.kernel.clock import Clock
from backend.platform.settings import LimitSettings
from mobile_api import wire

FAREWELL_S = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers; tests and other machines vary them."""

    hello_s: float = wire.HELLO_WITHIN_S
    silence_s: float = wire.SILENCE_S_MAX
    session_s: float = 2 * 60 * 60.0
    sockets: int = 512  # of everybody together
    sockets_each: int = 16  # of one owner: some pages, a phone, a watch
    strangers_each: int = 32  # of one address that have not said who they are
    grace_s: float = 0.0  # so long a conversation waits for a line that broke
    check_s: float = 5.0  # how soon a withdrawn credential ends its lines
    bad_messages: int = 8  # a slip is forgiven, a client that speaks another protocol is not
    # Sound may come a little faster than time passes: a phone that was in a tunnel sends its
    # backlog. Ten seconds of it are more than a person would wait for.
    sound_burst_s: float = 10.0
    sound_speed: float = 1.25
    texts_burst: float = 40.0
    texts_per_s: float = 20.0  # marks and pings included

    @classmethod
    def of(cls, settings: LimitSettings, *, grace_s: float) -> "Limits":
        """Return the limits that the settings ask for."""
        # The conductor says goodbye when the time is over; the line is cut if that did not help.
        session_s = settings.session_minutes * 60 + FAREWELL_S
        return cls(session_s=session_s, sockets=settings.sockets_max, grace_s=grace_s)


class Allowance:
    """A bucket that fills with time and is emptied by use."""

    def __init__(self, burst: float, per_s: float, *, clock: Clock) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._left, self._seen = burst, clock.monotonic()

    def takes(self, amount: float) -> bool:
        """Use so much of it; say no, and use nothing, when there is not enough."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._seen) * self._per_s)
        self._seen = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Flood:
    """Notices a client that sends more than a person could say or type."""

    def __init__(self, limits: Limits, *, clock: Clock) -> None:
        self._sound_s = Allowance(limits.sound_burst_s, limits.sound_speed, clock=clock)
        self._texts = Allowance(limits.texts_burst, limits.texts_per_s, clock=clock)
        # Empty sound frames cost no sound: so messages themselves are counted, at twice the
        # fastest pace that 20 ms frames and a backlog of them can have.
        frames_per_s = 100 * limits.sound_speed
        self._frames = Allowance(limits.sound_burst_s * 100, frames_per_s, clock=clock)

    def allows(self, message: str | bytes) -> bool:
        """Say whether this message is still within the limits."""
        if isinstance(message, str):
            return self._texts.takes(1)
        seconds = max(0, len(message) - wire.HEADER_BYTES) / (2 * RATE_HZ)
        return self._frames.takes(1) and self._sound_s.takes(seconds)
