"""The words themselves: what was said, when, by whom, and what was asked to be kept in mind."""

from backend.memory.archive.store import Archive

__all__ = ["Archive"]
