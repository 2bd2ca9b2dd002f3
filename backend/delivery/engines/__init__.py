"""Carriers that reach people."""
