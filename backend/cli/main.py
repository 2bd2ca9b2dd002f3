"""The table of commands, and what becomes of an error."""

import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated

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
    "phone": "backend.cli.phone",
    "calls": "backend.cli.calls",
    "doctor": "backend.cli.doctor",
    "owner": "backend.cli.owner",
    "people": "backend.cli.people",
    "devices": "backend.cli.devices",
    "tokens": "backend.cli.tokens",
    "memory": "backend.cli.memory",
    "facts": "backend.cli.facts",
    "notes": "backend.cli.notes",
    "forget": "backend.cli.forget",
    "import": "backend.cli.import_",
    "export": "backend.cli.export",
    "jobs": "backend.cli.jobs",
    "backup": "backend.cli.backup",
    "restore": "backend.cli.restore",
    "models": "backend.cli.models",
    "service": "backend.cli.service",
    "upgrade": "backend.cli.upgrade",
    "rebuild": "backend.cli.rebuild",
    "settings": "backend.cli.settings",
    "logs": "backend.cli.logs",
    "version": "backend.cli.version",
}

_NO_SUCH = re.compile(r"No such (?P<kind>option|command):? '?(?P<word>[\w-]+)")
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


def _show_version(*, is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"ringback {import_module('backend.cli.version').number()}")
        raise typer.Exit


@app.callback()
def ringback(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            help="Show the version.",
            callback=lambda asked: _show_version(is_asked=asked),
        ),
    ] = False,
) -> None:
    """A companion you can call: one memory behind phone, SMS, app and web, hosted by yourself."""


def main(words: Sequence[str] | None = None) -> None:
    """Run one command; every foreseen error is one line, and one with the way out."""
    words = list(sys.argv[1:] if words is None else words)
    as_json = "--json" in words
    try:
        # Not standalone: what is wrong with the words is told as every other error is.
        status = app(words, prog_name="ringback", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(WRONG_USE)
    except click.exceptions.ClickException as error:
        show_error(_wrong_use(error), as_json=as_json)
        sys.exit(WRONG_USE)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except RingbackError as error:
        show_error(error, as_json=as_json)
        sys.exit(WRONG_USE if code_of(error) == Invalid.code else FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # somebody piped us into `head`
        sys.stderr.close()
        sys.exit(FAILED)


def _wrong_use(error: click.exceptions.ClickException) -> Invalid:
    """Return what is wrong with the words, and the words that are near or the page that helps."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ringback"
    message = " ".join(error.format_message().replace("Value error, ", "").split())
    asked = _NO_SUCH.match(message)
    if asked is not None and isinstance(context, click.Context):
        known = _known(context, is_option=asked["kind"] == "option")
        near = get_close_matches(asked["word"], known, n=1, cutoff=0.7)
        if near:
            return Invalid(message, cure=f"{path} {near[0]}")
    return Invalid(message, cure=f"{path} --help")


def _known(context: click.Context, *, is_option: bool) -> list[str]:
    command = context.command
    if is_option:
        return [name for parameter in command.get_params(context) for name in parameter.opts]
    return command.list_commands(context) if isinstance(command, TyperGroup) else []
