"""Permissions: one matrix of actors and actions that says allow, ask or deny."""

from backend.trust.permissions.matrix import weigh
from backend.trust.permissions.types import Decision, Verdict

__all__ = ["Decision", "Verdict", "weigh"]
