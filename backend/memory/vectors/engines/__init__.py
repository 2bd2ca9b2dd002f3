"""Who searches vectors: this process itself, or a Chroma server."""
