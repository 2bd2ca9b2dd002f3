"""Who and what was spoken of, and how they belong together."""

from backend.memory.graph.extraction import extract_concepts
from backend.memory.graph.levels import GraphLevels
from backend.memory.graph.merged import merged_names
from backend.memory.graph.rows import GraphRows
from backend.memory.graph.store import Graph, GraphServer
from backend.memory.graph.types import (
    Concept,
    Edge,
    Extracted,
    Mention,
    Related,
    Relation,
    Step,
    Weighed,
)

__all__ = [
    "Concept",
    "Edge",
    "Extracted",
    "Graph",
    "GraphLevels",
    "GraphRows",
    "GraphServer",
    "Mention",
    "Related",
    "Relation",
    "Step",
    "Weighed",
    "extract_concepts",
    "merged_names",
]
