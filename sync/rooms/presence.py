"""Who is in a room, as the clients tell of themselves; nothing of it is kept."""

from sync.framing.yjs import Presence

CLIENTS_PER_SOCKET_MAX = 32  # one is usual; a page may bring its frames


class Present:
    """The clients of one room and the sockets that they came by."""

    def __init__(self) -> None:
        self._clients: dict[int, Presence] = {}
        self._came_by: dict[int, object] = {}

    @property
    def everybody(self) -> tuple[Presence, ...]:
        """Return the clients that are present."""
        return tuple(self._clients.values())

    def hear(self, clients: tuple[Presence, ...], socket: object) -> tuple[Presence, ...]:
        """Take what a socket tells; return what of it is news to the others.

        Clients repeat what they have heard of others: only news is handed on, else two clients
        would tell each other the same for ever.
        """
        return tuple(one for one in clients if self._is_news(one, socket))

    def leave(self, socket: object) -> tuple[Presence, ...]:
        """Return the farewells of the clients that came by a socket which is gone."""
        gone = [client for client, came_by in self._came_by.items() if came_by is socket]
        # The same clock with nothing to show is how awareness tells that a client was lost.
        return tuple(self._forget(client) for client in gone)

    def _is_news(self, told: Presence, socket: object) -> bool:
        known = self._clients.get(told.client)
        if known is None:
            return told.state is not None and self._let_in(told, socket)
        if told.state is None:
            if told.clock >= known.clock:
                self._forget(told.client)
            return told.clock >= known.clock
        if told.clock <= known.clock:
            return False
        self._clients[told.client] = told
        return True

    def _let_in(self, told: Presence, socket: object) -> bool:
        brought = sum(came_by is socket for came_by in self._came_by.values())
        if brought >= CLIENTS_PER_SOCKET_MAX:
            return False
        self._clients[told.client] = told
        self._came_by[told.client] = socket
        return True

    def _forget(self, client: int) -> Presence:
        known = self._clients.pop(client)
        del self._came_by[client]
        return Presence(client, known.clock, None)
