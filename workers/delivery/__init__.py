"""Jobs that reach people: calls and texts that were promised."""
