"""What is held to be true: who said so, since when, and what became of it.

`reading` finds facts in words; `believing` works out what is true from all that was said, in
whatever order it came; `service.Facts` is the face of it.
"""

from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.corrections import Correction, read_correction
from backend.memory.facts.naming import Named
from backend.memory.facts.reading import read_facts
from backend.memory.facts.secrets import Scrubbed, Secret, SecretKind, scrubbed
from backend.memory.facts.service import Facts
from backend.memory.facts.settling import Settling
from backend.memory.facts.store import FactStore
from backend.memory.facts.types import (
    ONESELF,
    ChangeKind,
    FactChange,
    FactSource,
    FactView,
    ReadFact,
    Retraction,
    SaidBy,
    SourceView,
)

__all__ = [
    "ONESELF",
    "ChangeKind",
    "Correction",
    "CorrectionKind",
    "FactChange",
    "FactSource",
    "FactStore",
    "FactView",
    "Facts",
    "Named",
    "ReadFact",
    "Retraction",
    "SaidBy",
    "Scrubbed",
    "Secret",
    "SecretKind",
    "Settling",
    "SourceView",
    "read_correction",
    "read_facts",
    "scrubbed",
]
