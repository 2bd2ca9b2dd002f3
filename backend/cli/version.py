"""`ringback version`: what is installed."""

import platform
from importlib.metadata import PackageNotFoundError, version

import typer

from backend.cli.output import AsJson, show_json

app = typer.Typer(add_completion=False)


@app.command("version")
def show_version(as_json: AsJson = False) -> None:
    """Show the version."""
    if as_json:
        show_json({"version": number(), "python": platform.python_version()})
    else:
        typer.echo(f"ringback {number()}")


def number() -> str:
    """Return the version that is installed."""
    try:
        return version("ringback")
    except PackageNotFoundError:  # run from a copy of the source that nobody installed
        return "unknown"
