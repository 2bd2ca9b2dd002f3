"""Remembers what every turn reads, and is never behind what was written, by any process.

A value is kept with the version that its topic had before it was read; each read compares it with
the version of now, which is one look into a small table for all that a turn needs. What this
process writes may be told (`Transaction.tell`): then a value goes along. So a signal that is lost,
a Redis that is away or a second process can make it slower, never wrong: see docs/decisions/0011.
Signals only free memory early, in `news`.
"""

from backend.platform.cache.port import Cache, Follow, Load, Wanted

__all__ = ["Cache", "Follow", "Load", "Wanted"]
