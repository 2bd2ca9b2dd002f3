"""How messages of shared documents are written on the wire."""
