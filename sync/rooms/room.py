"""Everybody who has one document open here: what one of them sends reaches the others."""

from backend.documents import Documents, OpenDocument, Submission, label_of
from backend.documents.updates import NOTHING, is_integrated
from sync.framing import yjs
from sync.rooms.committer import Committer
from sync.rooms.peer import Peer
from sync.rooms.presence import Present


class Room:
    """One document and its peers."""

    def __init__(
        self, document: OpenDocument, *, documents: Documents, committer: Committer
    ) -> None:
        self.document = document
        self.peers: set[Peer] = set()
        self._documents, self._committer = documents, committer
        self._present = Present()
        document.listeners.add(self._relay)

    def enter(self, peer: Peer) -> None:
        """Let a peer in: it is told what we have, and who is here."""
        self.peers.add(peer)
        peer.send(yjs.state(self.document.state))
        if self._present.everybody:
            peer.send(yjs.awareness(self._present.everybody))

    def leave(self, peer: Peer) -> None:
        """Take a peer out, and tell the others."""
        self.peers.discard(peer)
        gone = self._present.leave(peer)
        if gone:
            self._tell(yjs.awareness(gone))

    def close(self) -> None:
        """End the room; the document stays where it is."""
        self.document.listeners.discard(self._relay)
        self.document.rest()

    async def take(self, peer: Peer, frame: bytes) -> None:
        """Handle what a peer sent."""
        for message in yjs.read(frame):
            match message:
                case yjs.State(vector):
                    peer.send(yjs.missing(self.document.missing(vector)))
                case yjs.Update(update):
                    await self._log(peer, update)
                case yjs.Awareness(clients):
                    self._hear(peer, clients)
                case yjs.QueryAwareness():
                    peer.send(yjs.awareness(self._present.everybody))

    async def _log(self, peer: Peer, update: bytes) -> None:
        if update == NOTHING:
            return
        if await self._documents.admit(self.document, update):
            submission = Submission(self.document, update, label_of(peer.actor))
            await self._committer.submit(submission, peer)
        elif is_integrated(update, self.document.state):
            # It is durable already, and its sender does not know: it asked a second time.
            peer.send(yjs.update(update))

    def _relay(self, change: bytes) -> None:
        # To the sender as well: an edit that comes back is how clients know that it is kept.
        self._tell(yjs.update(change))

    def _hear(self, peer: Peer, clients: tuple[yjs.Presence, ...]) -> None:
        news = self._present.hear(clients, peer)
        if news:
            self._tell(yjs.awareness(news), but=peer)
        # A client hangs up after thirty seconds without a word: its own comes back to it.
        peer.send(yjs.awareness(clients))

    def _tell(self, frame: bytes, *, but: Peer | None = None) -> None:
        for peer in tuple(self.peers):
            if peer is not but:
                peer.send(frame)
