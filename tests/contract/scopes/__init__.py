"""Two people in one instance: nothing of one ever shows for the other."""
