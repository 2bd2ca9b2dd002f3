"""Counts wrong secrets per address, so that nobody can try them all."""

import ipaddress
from collections import OrderedDict

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy

WINDOW_S = 60.0
ADDRESSES_MAX = 4096  # the oldest is forgotten first: a flood of addresses costs memory, not more


class Attempts:
    """A bounded table of failures by address, in this process."""

    def __init__(self, *, clock: Clock, failures_max: int) -> None:
        self._clock, self._failures_max = clock, failures_max
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # count, window's start

    def __len__(self) -> int:
        return len(self._failures)

    def check(self, remote: str) -> None:
        """Raise when this address has failed too often."""
        count, started = self._failures.get(network_of(remote), (0, 0.0))
        if count >= self._failures_max and self._clock.monotonic() - started < WINDOW_S:
            raise Busy("Too many wrong attempts from this address. Wait a minute.")

    def failed(self, remote: str) -> None:
        """Count one more failure of this address."""
        network, now = network_of(remote), self._clock.monotonic()
        count, started = self._failures.pop(network, (0, now))
        if now - started >= WINDOW_S:
            count, started = 0, now
        self._failures[network] = (count + 1, started)
        while len(self._failures) > ADDRESSES_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, remote: str) -> None:
        """Forget the failures of an address that has shown something right."""
        self._failures.pop(network_of(remote), None)


def network_of(remote: str) -> str:
    """Return what one attacker commands: an IPv4 address, or a whole IPv6 /64."""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
