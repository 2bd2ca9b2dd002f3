"""`ringback restore`: brings everything back on an empty machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.called import here
from backend.cli.late import load
from backend.cli.output import AsJson, show_json, show_lines
from backend.kernel.errors import Conflict, Invalid
from backend.platform.home import Home
from backend.platform.settings import load_settings

KEY_BYTES_MAX = 10_000

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    recovery_key: Annotated[Path, typer.Option(help="The file with the recovery key.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="A backup's id or file; the newest if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty home and database, then start with `ringback up`."""
    key = _read(recovery_key)
    loaded = load_settings()
    home = Home(loaded.settings.home)
    if home.running() is not None:
        raise Conflict("The instance is running.", cure="Stop it first: Ctrl-C where it runs.")
    load("hush_logs")()
    with home.lock():
        told = asyncio.run(load("restore")(loaded, home=home, recovery_key=key, wanted=from_))
    if as_json:
        show_json(told)
    else:
        show_lines([f"✓ Backup {told['id']} is back.", here("  Next: ringback up")])


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(KEY_BYTES_MAX).strip()
    except (OSError, UnicodeDecodeError) as failure:
        raise Invalid(
            f"The recovery key in {file} can't be read.",
            cure="--recovery-key FILE: the file recovery.key of the lost home",
        ) from failure
