"""What is held to be true: believed from words, changed by people, told with its sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import update

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts.asking import Asking
from backend.memory.facts.bygone import Bygone, over_by
from backend.memory.facts.changing import Changing
from backend.memory.facts.claims import Claim, Weight, claim_of, weight_of
from backend.memory.facts.joining import Joining, KnownMerge, merges_of
from backend.memory.facts.naming import Named
from backend.memory.facts.placing import Became
from backend.memory.facts.predicates import told
from backend.memory.facts.settling import Cause, Settling, Wanted
from backend.memory.facts.store import FactStore, Memoir, own_names
from backend.memory.facts.types import (
    ONESELF,
    READ_IN_TURN,
    FactChange,
    FactSource,
    ReadFact,
    SaidBy,
)
from backend.memory.graph.types import folded
from backend.platform.cache import Cache
from backend.platform.database.engine import Database
from backend.platform.database.tables import sources
from backend.platform.database.transaction import Transaction

# How other programs call the person whose conversation it was.
OWN_NAMES = frozenset({"user", "human", "me", "i", "myself"})
NOBODY = frozenset({"", "caller"})  # somebody on a line whose name we don't know


class Facts(Asking):
    """Everything that is held to be true, always of one owner at a time.

    Each verb that changes something takes who wants it as a `FactSource`; what they may not change
    is left as it is, and a change of the kind `refused` says so.
    """

    def __init__(
        self,
        store: FactStore,
        settling: Settling,
        *,
        database: Database,
        clock: Clock,
        cache: Cache | None = None,
    ) -> None:
        super().__init__(database, clock, cache)
        self._store, self._settling = store, settling
        changing, joining = Changing(store, settling), Joining(store, settling)
        self.correct, self.deny, self.pin = changing.correct, changing.deny, changing.pin
        self.merge, self.unmerge = joining.merge, joining.unmerge
        self.mirror = settling.mirror
        self._changing, self._joining = changing, joining

    async def believe(
        self,
        tx: Transaction,
        read: Sequence[ReadFact],
        source: FactSource,
        *,
        is_of_many: bool = False,
    ) -> list[FactChange]:
        """Believe what was read from somebody's words; a second time nothing is changed.

        The companion's own words and a stranger's are never believed. `is_of_many`: the graph is
        told of all that the transaction changes at once, by `mirror`.
        """
        return await self._believe(tx, [(read, source)], is_of_many=is_of_many)

    async def believe_all(
        self, tx: Transaction, said: Sequence[tuple[Sequence[ReadFact], FactSource]]
    ) -> list[FactChange]:
        """Believe what was read from many words at once, the oldest first.

        What follows from them is worked out once, not anew with each of them. The graph is told by
        `mirror`.
        """
        return await self._believe(tx, said, is_of_many=True)

    async def let_end(self, tx: Transaction, said: Sequence[Bygone]) -> list[FactChange]:
        """End what words from elsewhere say is over, the oldest first; the graph as above."""
        changes: list[FactChange] = []
        for each in said:
            own = await own_names(tx.connection, each.source.owner_id)
            if folded(each.source.speaker) in own | OWN_NAMES:
                over = await over_by(tx.connection, each)
                changes += await self._believe(
                    tx, [(over, each.source)], is_of_many=True, is_more=True
                )
        return changes

    async def _believe(
        self,
        tx: Transaction,
        said: Sequence[tuple[Sequence[ReadFact], FactSource]],
        *,
        is_of_many: bool,
        is_more: bool = False,
    ) -> list[FactChange]:
        claims: dict[Memoir, list[Claim]] = {}
        causes: dict[str, Cause] = {}
        own: dict[OwnerId, frozenset[str]] = {}
        for read, source in said:
            if not read or not _is_believed(source):
                continue
            owner_id = source.owner_id
            if owner_id not in own:
                await self._store.hold(tx, owner_id)
                own[owner_id] = await own_names(tx.connection, owner_id)
            news = await self._news(tx, read, source, own=own[owner_id], is_more=is_more)
            claims.setdefault(Memoir(owner_id, source.namespace), []).extend(news)
            cause = Cause(source.actor, source.message_id, is_of_many=is_of_many)
            causes |= {claim.id: cause for claim in news}
        changes: list[FactChange] = []
        for memoir, new in claims.items():
            if new:
                placed = await self._settling.work_out(tx, memoir, Wanted.by(new), new=new)
                for cause, became in _by_cause(placed.became, causes, causes[new[-1].id]):
                    changes += await self._settling.tell(tx, memoir.owner_id, became, cause)
        return changes

    async def _news(
        self,
        tx: Transaction,
        read: Sequence[ReadFact],
        source: FactSource,
        *,
        own: frozenset[str],
        is_more: bool,
    ) -> list[Claim]:
        """Return what these words claim that they did not before: they are learnt from once.

        `is_more`: they have been, and what follows from them for other facts comes behind.
        """
        known = await self._known(tx, source)
        is_anew = source.is_explicit or is_more or all(_in_turn(claim) for claim in known)
        if not is_anew:
            return []
        claims = [
            claim_of(each, source, claim_id=self._store.ids.new(), learnt_at=tx.at)
            for each in _as_meant(read, source, own)
        ]
        return list(_news(claims, known))

    async def tell_apart(
        self, tx: Transaction, message_id: str, named: Named, *, source: FactSource
    ) -> list[FactChange]:
        """Take what a message says of a bare name for said of one of several who bear it."""
        await self._store.hold(tx, source.owner_id)
        name = named.identity[0]
        await tx.execute(
            update(sources)
            .where(
                sources.c.owner_id == source.owner_id,
                sources.c.message_id == message_id,
                sources.c.name_key == name,
                sources.c.qualifier == "",
            )
            .values(qualifier=named.qualifier)
        )
        wanted = Wanted(frozenset({name}), slots=None)
        cause = Cause(source.actor, source.message_id)
        return await self._settling.settle(
            tx, Memoir(source.owner_id, source.namespace), wanted, cause
        )

    async def restore(
        self, tx: Transaction, change_id: str, *, source: FactSource
    ) -> list[FactChange]:
        """Undo one change, exactly; what was said since then stays."""
        change, merge_id = await self._changing.undoable(tx, change_id, source=source)
        if merge_id:
            return await self._joining.unmerge(tx, merge_id, source=source)
        return await self._changing.undo(tx, change, source=source)

    async def merges(self, owner_id: OwnerId) -> list[KnownMerge]:
        """Return which names were said to be one, the newest first."""
        async with self._database.listing() as connection:
            return await merges_of(connection, owner_id)

    async def work_out(self, tx: Transaction, memoir: Memoir, names: Iterable[str]) -> None:
        """Work out anew what is held of some folded names, after their sources have changed."""
        await self._store.hold(tx, memoir.owner_id)
        wanted = Wanted(frozenset(names), slots=None)
        await self._settling.settle(tx, memoir, wanted, Cause("companion"))

    async def _known(self, tx: Transaction, source: FactSource) -> list[Claim]:
        if not source.message_id:
            return []
        return await self._store.of_message(tx, source.owner_id, source.message_id)


def _is_believed(source: FactSource) -> bool:
    """Say whether somebody's words are believed: neither the companion's own nor a stranger's."""
    return source.said_by is not SaidBy.COMPANION and source.assurance is not Assurance.STRANGER


def _by_cause(
    became: Iterable[Became], causes: Mapping[str, Cause], last: Cause
) -> list[tuple[Cause, list[Became]]]:
    """Return what became of facts by whose words: what follows from all of them is the last's."""
    found: dict[Cause, list[Became]] = {}
    for each in became:
        found.setdefault(causes.get(each.claim, last), []).append(each)
    return list(found.items())


def _as_meant(
    read: Iterable[ReadFact], source: FactSource, own: frozenset[str]
) -> Iterable[ReadFact]:
    """Yield facts with their subject as the owner would name it."""
    speaker = folded(source.speaker)
    is_owner = source.said_by is SaidBy.OWNER or (
        source.said_by is SaidBy.IMPORT and speaker in own | OWN_NAMES
    )
    for each in read:
        if is_owner:
            yield each
        elif each.subject == ONESELF:
            if speaker not in NOBODY:  # somebody without a name can be told from nobody
                yield _about(each, source.speaker)
        elif folded(each.subject) in own:
            yield _about(each, ONESELF)
        else:
            # A guest's sister is not the owner's.
            which = f"{source.speaker}'s {each.qualifier}" if each.qualifier and speaker else ""
            yield replace(each, qualifier=which)


def _about(read: ReadFact, subject: str) -> ReadFact:
    return replace(read, subject=subject, statement=told(subject, read.predicate, read.object))


def _news(claims: Iterable[Claim], known: Iterable[Claim]) -> Iterable[Claim]:
    """Yield what this message did not say before."""
    said = {claim.said for claim in known}
    asked = {(claim.name_key, claim.slot) for claim in known if _in_turn(claim)}
    # Of a bare name somebody may have said since which of several it is.
    told_apart = {(claim.name_key, claim.value) for claim in known if claim.qualifier}
    for claim in claims:
        if claim.said in said:
            continue
        if not claim.qualifier and (claim.name_key, claim.value) in told_apart:
            continue
        if not claim.is_explicit and (claim.name_key, claim.slot) in asked:
            continue  # the turn has believed it in its own way
        said.add(claim.said)
        yield claim


def _in_turn(claim: Claim) -> bool:
    """Say whether it was believed with the turn itself: a job may still find more in its words."""
    return claim.is_explicit or claim.reader == READ_IN_TURN


def is_guest(source: FactSource) -> bool:
    """Say whether somebody may only add to what is held."""
    return weight_of(source.said_by, source.assurance) is Weight.GUEST
