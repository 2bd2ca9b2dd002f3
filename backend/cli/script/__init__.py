"""Calls that are written down: what the caller does step by step, and what is to be expected."""

from backend.cli.script.judging import Finding, Outcome, judged
from backend.cli.script.reading import read_script
from backend.cli.script.types import Script

__all__ = ["Finding", "Outcome", "Script", "judged", "read_script"]
