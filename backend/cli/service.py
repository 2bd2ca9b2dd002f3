"""`ringback service`: keeps it running, from login to login, by the system's own means."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.called import here
from backend.cli.instance import ourselves
from backend.cli.output import AsJson, show_json, show_lines
from backend.cli.service_units import (
    LAUNCHD_LABEL,
    NAME,
    Service,
    environment_file,
    environment_lines,
    launchd_plist,
    systemd_unit,
)
from backend.cli.steps import run_step
from backend.kernel.errors import Conflict, NotConfigured
from backend.platform.home import Home, write_private
from backend.platform.settings import Settings, load_settings, process_environment
from backend.platform.settings.sources import Loaded, leaves

COMMAND_S_MAX = 60.0

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def service() -> None:
    """Start with the machine, and again after a crash."""


@app.command()
def install(
    show: Annotated[bool, typer.Option("--print", help="Print the file; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Install the service for this user and start it."""
    loaded = load_settings()
    wanted = described(loaded)
    if show:
        typer.echo(_text(wanted))
        return
    home = Home(wanted.home)
    if home.running() is not None and not _file().exists():
        raise Conflict(
            "An instance runs in this home already.", cure="Stop it first: Ctrl-C where it runs."
        )
    manager = _manager()
    home.make()
    _write_settings(home, wanted)
    _file().parent.mkdir(parents=True, exist_ok=True)
    write_private(_file(), _text(wanted))
    for command in _start_commands(manager):
        _run(command)
    told = {"file": str(_file()), "home": str(home.path), "settings": sorted(wanted.environment)}
    if as_json:
        show_json(told)
        return
    show_lines([f"✓ Ringback runs as a service ({_file()})."])
    if wanted.environment:
        show_lines([f"  Settings of this shell went with it: {', '.join(told['settings'])}"])
    if manager == "systemctl":
        show_lines(["  To run without you being logged in: loginctl enable-linger"])
    show_lines([here("  Its state: ringback service status · its words: ringback logs")])


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say whether the service is installed and running."""
    home = Home(load_settings().settings.home)
    running = home.running()
    told = {
        "is_installed": _file().exists(),
        "file": str(_file()),
        "is_running": running is not None,
        "url": running.url if running else None,
    }
    if as_json:
        show_json(told)
        return
    is_there = (
        "✓ installed" if told["is_installed"] else "- not installed: ringback service install"
    )
    runs = f"✓ running at {told['url']}" if running else "- nothing runs in this home"
    show_lines([is_there, runs])


@app.command()
def uninstall(as_json: AsJson = False) -> None:
    """Stop the service and take it away; the home stays as it is."""
    if not _file().exists():
        raise NotConfigured("There is no service.", cure="ringback service install")
    for command in _stop_commands(_manager()):
        _run(command)
    _file().unlink()
    if as_json:
        show_json({"removed": str(_file())})
    else:
        show_lines(["✓ The service is gone. Everything it kept is still in its home."])


def described(loaded: Loaded[Settings]) -> Service:
    """Return the service of these settings, with all that only this shell knows of them."""
    home = loaded.settings.home
    surroundings = process_environment()
    environment = {
        leaf.environment: surroundings[leaf.environment]
        for leaf in leaves(Settings)
        if loaded.origins[leaf.name] == "environment"
        and leaf.name != "home"
        # a setting may have been found under its other name
        and leaf.environment in surroundings
    }
    return Service((*ourselves(), "up", "--home", str(home)), home, environment)


def restart_if_installed() -> bool:
    """Start the service anew, if there is one; say whether there was."""
    if not _file().exists():
        return False
    for command in _restart_commands(_manager()):
        _run(command)
    return True


def _write_settings(home: Home, wanted: Service) -> None:
    name = environment_file(home.path).name
    if wanted.environment:
        home.write_secret(name, environment_lines(wanted.environment))
    else:
        environment_file(home.path).unlink(missing_ok=True)


def _file() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{LAUNCHD_LABEL}.plist"
    return Path.home() / ".config" / "systemd" / "user" / f"{NAME}.service"


def _text(wanted: Service) -> str:
    return launchd_plist(wanted).decode() if sys.platform == "darwin" else systemd_unit(wanted)


def _manager() -> str:
    """Return what keeps services on this machine."""
    manager = "launchctl" if sys.platform == "darwin" else "systemctl"
    if shutil.which(manager) is None:
        raise NotConfigured(
            f"This machine has no {manager} that could keep a service.",
            cure="ringback service install --print shows the file for your own supervisor",
        )
    return manager


def _start_commands(manager: str) -> list[list[str]]:
    if manager == "launchctl":
        return [[manager, "load", "-w", str(_file())]]
    user = [manager, "--user"]
    return [[*user, "daemon-reload"], [*user, "enable", NAME], [*user, "restart", NAME]]


def _stop_commands(manager: str) -> list[list[str]]:
    if manager == "launchctl":
        return [[manager, "unload", "-w", str(_file())]]
    return [[manager, "--user", "disable", "--now", NAME]]


def _restart_commands(manager: str) -> list[list[str]]:
    if manager == "launchctl":
        return [*_stop_commands(manager), *_start_commands(manager)]
    return [[manager, "--user", "restart", NAME]]


def _run(command: list[str]) -> None:
    cure = "log in as this user (not by su), or: ringback service install --print"
    run_step(command, cure=cure, seconds_max=COMMAND_S_MAX)
