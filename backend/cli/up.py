"""`ringback up`: starts the instance and stays until it is stopped."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.instance import ourselves
from backend.cli.late import load
from backend.cli.output import AsJson
from backend.platform.settings import load_settings

app = typer.Typer(add_completion=False)


class Role(StrEnum):
    """The parts that can run alone."""

    BACKEND = "backend"
    WORKERS = "workers"
    MOBILE_API = "mobile_api"
    SYNC = "sync"


class Engines(StrEnum):
    """Which engines serve."""

    REAL = "real"
    DUMMY = "dummy"


@app.command()
def up(  # noqa: PLR0913, PLR0917 (one argument a flag)
    home: Annotated[Path | None, typer.Option(help="The folder of this instance.")] = None,
    port: Annotated[int | None, typer.Option(help="0 takes a free one.", min=0, max=65535)] = None,
    bind: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    public_url: Annotated[
        str | None, typer.Option(help="The origin that Twilio signs and browsers use.")
    ] = None,
    role: Annotated[
        list[Role] | None, typer.Option(help="Run only this part; several may be given.")
    ] = None,
    engines: Annotated[Engines, typer.Option(help="dummy: for a fair race.")] = Engines.REAL,
    clock: Annotated[Path | None, typer.Option(help="A file with the time's offset.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start again whatever dies unasked, until Ctrl-C.")
    ] = False,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", hidden=True)] = False,
    as_json: AsJson = False,
) -> None:
    """Start everything in one process, or single parts of it. Ctrl-C stops."""
    if restart:
        words = [word for word in sys.argv[1:] if word != "--restart"]
        raise typer.Exit(load("keep")([*ourselves(), *words, "--while-stdin"]))
    flags: dict[str, Any] = {  # as the settings name them; None leaves the choice to them
        "home": home,
        "port": port,
        "bind": bind,
        "public_url": public_url,
        "clock_file": clock,
        "dummy_engines": True if engines is Engines.DUMMY else None,
    }
    roles = frozenset(part.value for part in role or Role)
    if while_stdin:
        load("end_with_stdin")()
    load("serve")(
        load_settings(flags),
        roles,
        application=load("application"),
        open_page=open_page,
        as_json=as_json,
    )
