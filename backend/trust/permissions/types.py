"""What the permission matrix answers."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The three answers."""

    ALLOW = "allow"
    ASK = "ask"  # somebody must agree first
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and what decided it: the role, the assurance, the scope."""

    verdict: Verdict
    reason: str

    @property
    def is_allowed(self) -> bool:
        """Say whether it may happen now, without asking anybody."""
        return self.verdict is Verdict.ALLOW
