"""Whole stories, played against the started product through its public doors."""
