"""Decides what may be done, and leaves the line that says so."""

from dataclasses import replace

from backend.kernel.errors import Forbidden
from backend.kernel.people import Action, Actor
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.telemetry.damper import Damper
from backend.trust.audit import Audit, AuditLine, Verification
from backend.trust.permissions import Decision, Verdict, weigh

OUTWARD = frozenset({Action.ANSWER, Action.TEXT, Action.CALL, Action.TRANSFER})
"""What leaves the house. Each leaves an audit line, allowed or not."""


class Trust:
    """Every action of the companion asks here first."""

    def __init__(self, *, database: Database, audit: Audit, damper: Damper | None = None) -> None:
        self._database, self._audit = database, audit
        self._damper = damper  # None: every refusal leaves a line of its own

    def may(self, actor: Actor, action: Action) -> bool:
        """Say whether something may be done now. Leaves no line: for gates inside a turn."""
        return weigh(actor, action).is_allowed

    async def decide(
        self,
        tx: Transaction,
        actor: Actor,
        action: Action,
        *,
        resource: str = "",
        cause: str = "",
    ) -> Decision:
        """Answer allow, ask or deny. Outward effects and all that isn't allowed leave a line.

        The line belongs to the caller's transaction: whoever rolls it back takes back the line
        with the effect. To refuse by raising, use `require`, whose line stays.
        """
        decision = weigh(actor, action)
        if action in OUTWARD or decision.verdict is not Verdict.ALLOW:
            line = _line(actor, action, decision, resource=resource, cause=cause)
            await self._audit.append(tx, line)
        return decision

    async def require(
        self, actor: Actor, action: Action, *, resource: str = "", cause: str = ""
    ) -> None:
        """Return when something may be done, else write the refusal down and raise it."""
        decision = weigh(actor, action)
        if decision.is_allowed:
            return
        await self.record_refusal(actor, action, decision, resource=resource, cause=cause)
        raise Forbidden

    async def record_refusal(
        self, actor: Actor, action: Action, decision: Decision, *, resource: str, cause: str
    ) -> None:
        """Write down that somebody was turned away, in a transaction of its own.

        Whoever knocks again and again leaves one line a minute, with how often it was: else a
        flood would fill the chain, and each knock would cost a write.
        """
        line = _line(actor, action, decision, resource=resource, cause=cause)
        times = self._damper.count(f"{line.actor} {line.action}") if self._damper else 1
        if not times:
            return
        if times > 1:
            line = replace(line, cause=f"{cause} ({times} times)".strip())
        async with self._database.transaction() as tx:
            await self._audit.append(tx, line)

    async def verify_audit(self) -> Verification:
        """Read the whole audit chain and say whether it holds."""
        async with self._database.reading() as connection:
            return await self._audit.verify(connection)


def _line(
    actor: Actor, action: Action, decision: Decision, *, resource: str, cause: str
) -> AuditLine:
    return AuditLine(
        owner_id=actor.owner_id,
        actor=f"{actor.kind}:{actor.person_id or 'unknown'}:{actor.assurance}",
        action=action.value,
        resource=resource,
        decision=f"{decision.verdict} ({decision.reason})",
        cause=cause,
    )
