"""Audit: a hash-chained line for every denial and every outward effect."""

from backend.trust.audit.chain import Audit, AuditLine, Verification

__all__ = ["Audit", "AuditLine", "Verification"]
