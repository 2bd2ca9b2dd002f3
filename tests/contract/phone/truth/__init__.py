"""What people say, as it becomes what is known: told, put right, over, somebody else's."""
