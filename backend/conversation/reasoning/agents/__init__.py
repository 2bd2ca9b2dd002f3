"""The agents of the graph: each has its prompt as a file beside it."""
