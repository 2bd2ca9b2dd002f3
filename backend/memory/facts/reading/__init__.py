"""From what somebody says to facts, by rules alone: clause, subject, verb, object."""

from backend.memory.facts.reading.reading import read_facts

__all__ = ["read_facts"]
