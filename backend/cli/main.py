"""The table of commands, and what becomes of an error."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from typer import _click as click
from typer.core import TyperGroup
from typer.main import get_command

from backend.cli.output import code_of, show_error
from backend.kernel.errors import Invalid, RingbackError

COMMANDS = {
    "up": "backend.cli.up",
    "setup": "backend.cli.setup",
    "talk": "backend.cli.talk",
    "call": "backend.cli.call",
    "doctor": "backend.cli.doctor",
    "owner": "backend.cli.owner",
    "people": "backend.cli.people",
    "devices": "backend.cli.devices",
    "tokens": "backend.cli.tokens",
    "memory": "backend.cli.memory",
    "notes": "backend.cli.notes",
    "jobs": "backend.cli.jobs",
    "backup": "backend.cli.backup",
    "restore": "backend.cli.restore",
    "rebuild": "backend.cli.rebuild",
    "settings": "backend.cli.settings",
    "logs": "backend.cli.logs",
    "version": "backend.cli.version",
}

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


class Commands(TyperGroup):
    """Loads a command's file when it is asked for: most need a tenth of what all do."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        command = get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def ringback() -> None:
    """A companion you can call: one memory behind phone, SMS, app and web, hosted by yourself."""


def main(words: Sequence[str] | None = None) -> None:
    """Run one command; every foreseen error is one line, and one with the way out."""
    words = list(sys.argv[1:] if words is None else words)
    as_json = "--json" in words
    try:
        app(words, prog_name="ringback")
    except RingbackError as error:
        show_error(error, as_json=as_json)
        sys.exit(WRONG_USE if code_of(error) == Invalid.code else FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # somebody piped us into `head`
        sys.stderr.close()
        sys.exit(FAILED)
