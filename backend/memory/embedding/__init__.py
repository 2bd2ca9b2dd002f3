"""Words to vectors: the port and its engines."""

from backend.memory.embedding.port import Embedder, Vectors

__all__ = ["Embedder", "Vectors"]
