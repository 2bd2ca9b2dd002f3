"""Lets `python -m backend.cli` do what the script `ringback` does."""

from backend.cli.main import main

main()
