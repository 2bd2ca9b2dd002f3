"""Devices converge whatever the network does: any order, duplicates, partitions, restarts.

The server is the product's own document and log without a database. `crdts`, a CRDT library of
other authors, is asked for a second opinion on what must be in the set at the end.
"""

from typing import Any

from crdts import ORSet, ScalarClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from pycrdt import Doc, Map, Text

from backend.documents.opened import OpenDocument, compacted
from backend.documents.types import DocumentLimits, DocumentRow, StoredUpdate
from backend.kernel.ids import OwnerId

DEVICES = 3
ROW = DocumentRow("d", OwnerId("o"), "plain", "plain", 0, 0)


class Device:
    """One device, and what it has yet to send."""

    def __init__(self, clock_uuid: bytes) -> None:
        self.doc: Doc[Any] = Doc()
        self.doc.get("text", type=Text)
        self.doc.get("set", type=Map)
        self.outbox: list[bytes] = []
        self.sent: list[bytes] = []
        self.second = ORSet(clock=ScalarClock(uuid=clock_uuid))

    def change(self, change: Any) -> None:
        seen: list[bytes] = []
        subscription = self.doc.observe(lambda event: seen.append(event.update))
        with self.doc.transaction():
            change(self.doc)
        self.doc.unobserve(subscription)
        self.outbox += seen

    @property
    def members(self) -> set[str]:
        return set(self.doc.get("set", type=Map).keys())


class Network(RuleBasedStateMachine):
    """Devices that edit, and a server that hears of it in whatever order."""

    @initialize()
    def begin(self) -> None:
        self.devices = [Device(b"one clock for all") for _ in range(DEVICES)]
        self.operations: list[Any] = []
        self.heard: list[set[int]] = [set() for _ in range(DEVICES)]
        self.made = 0
        self.log: list[StoredUpdate] = []
        self.snapshot: bytes | None = None
        self.snapshot_cursor = 0
        self.server = OpenDocument(ROW, None, [])

    # ── what devices do ──────────────────────────────────────────────────────────────────────
    @rule(which=st.integers(0, DEVICES - 1))
    def add(self, which: int) -> None:
        self.made += 1
        member, device = f"m{self.made}", self.devices[which]
        device.change(lambda doc: doc.get("set", type=Map).__setitem__(member, True))
        self._second(which, device.second.observe(member))

    @rule(which=st.integers(0, DEVICES - 1), pick=st.integers(0, 99))
    def remove(self, which: int, pick: int) -> None:
        device = self.devices[which]
        if members := sorted(device.members):
            member = members[pick % len(members)]
            device.change(lambda doc: doc.get("set", type=Map).__delitem__(member))
            self._second(which, device.second.remove(member))

    @rule(
        which=st.integers(0, DEVICES - 1), at=st.integers(0, 99), word=st.text("ab ü😀", max_size=4)
    )
    def type(self, which: int, at: int, word: str) -> None:
        def change(doc: Doc[Any]) -> None:
            text = doc.get("text", type=Text)
            whole = str(text)
            text.clear()
            text += whole[: at % (len(whole) + 1)] + word + whole[at % (len(whole) + 1) :]

        self.devices[which].change(change)

    # ── what the network does ────────────────────────────────────────────────────────────────
    @rule(which=st.integers(0, DEVICES - 1), pick=st.integers(0, 99))
    def deliver_any(self, which: int, pick: int) -> None:
        device = self.devices[which]
        if device.outbox:
            update = device.outbox.pop(pick % len(device.outbox))
            device.sent.append(update)
            self._receive(update)

    @rule(which=st.integers(0, DEVICES - 1), pick=st.integers(0, 99))
    def deliver_again(self, which: int, pick: int) -> None:
        sent = self.devices[which].sent
        if sent:
            self._receive(sent[pick % len(sent)])

    @rule(which=st.integers(0, DEVICES - 1))
    def reconnect(self, which: int) -> None:
        self._exchange(which)

    # ── what the server does ─────────────────────────────────────────────────────────────────
    @rule()
    def restart(self) -> None:
        self.server = OpenDocument(self._row(), self.snapshot, self.log)

    @precondition(lambda self: self.log)
    @rule()
    def compact(self) -> None:
        cursor = self.server.cursor
        self.snapshot, kept = compacted(self.snapshot, self.log)
        self.snapshot_cursor = cursor
        self.log = [line for line in self.log if line.cursor in kept]

    def teardown(self) -> None:
        if not hasattr(self, "devices"):
            return
        for device in self.devices:
            for update in reversed(device.outbox):
                self._receive(update)
        for _ in range(2):
            for which in range(DEVICES):
                self._exchange(which)
        assert self.server.pending == []
        for device in self.devices:
            for operation in self.operations:
                device.second.update(operation)
        first = self.devices[0]
        for device in self.devices:
            assert device.members == first.members
            assert str(device.doc.get("text", type=Text)) == str(first.doc.get("text", type=Text))
            assert device.members == device.second.read()
        fresh = OpenDocument(self._row(), self.snapshot, self.log)
        assert set(fresh.doc.get("set", type=Map).keys()) == first.members

    # ── inside ───────────────────────────────────────────────────────────────────────────────
    def _row(self) -> DocumentRow:
        return DocumentRow("d", OwnerId("o"), "plain", "plain", self.snapshot_cursor, 0)

    def _receive(self, update: bytes) -> None:
        if self.server.admit(update, DocumentLimits()):
            self.server.settle([update], is_committed=True)
            line = StoredUpdate(self.server.cursor + 1, update)
            self.log.append(line)
            self.server.apply([line], is_own=True)

    def _exchange(self, which: int) -> None:
        """Do what two peers do that meet: each gives what the other lacks."""
        device = self.devices[which]
        update = device.doc.get_update(self.server.state)
        if update != b"\x00\x00":
            self._receive(update)
        device.doc.apply_update(self.server.missing(device.doc.get_state()))
        self._second_catches_up(which)

    def _second(self, which: int, operation: Any) -> None:
        self.operations.append(operation)
        self.heard[which].add(len(self.operations) - 1)

    def _second_catches_up(self, which: int) -> None:
        """Tell the second opinion of the members that this device has come to see."""
        device = self.devices[which]
        for number, operation in enumerate(self.operations):
            kind, member = operation.data
            is_seen = (member in device.members) == (kind == "o")
            if is_seen and number not in self.heard[which]:
                self.heard[which].add(number)
                device.second.update(operation)


Network.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_devices_converge = Network.TestCase
