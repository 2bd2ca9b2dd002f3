"""Callers by the dozen: the parts of `bench.load_caller`."""
