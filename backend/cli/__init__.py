"""The command line: everything that can be done with an instance, by people and by scripts.

It speaks HTTP to the running instance and starts one of its own when none runs. `main` is the
script's entry. Every command takes `--json`; the exit status is 0, 1 (failed) or 2 (wrong use).
"""

from backend.cli.main import main

__all__ = ["main"]
