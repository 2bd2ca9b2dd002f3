"""Jobs that carry on what was said: into the vectors, into the graph."""
