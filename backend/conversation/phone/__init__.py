"""The telephone's doors: who may ring, which socket is whose, and the calls that we make."""
