"""What the system is told so that it keeps Ringback running: a systemd unit, or a launchd plist."""

import plistlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "ringback"
LAUNCHD_LABEL = "dev.ringback.companion"
STOP_S = 30  # calls say goodbye, jobs are handed back


@dataclass(frozen=True, slots=True)
class Service:
    """What is to run, and with what."""

    command: tuple[str, ...]
    home: Path
    environment: Mapping[str, str]  # settings that the shell had and a service would not


def systemd_unit(service: Service) -> str:
    """Return a unit for the user's own systemd: nothing of it needs root."""
    command = " ".join(_quoted(word) for word in service.command)
    return f"""[Unit]
Description=Ringback, a companion you can call
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command}
EnvironmentFile=-{_escaped(str(environment_file(service.home)))}
Restart=on-failure
RestartSec=3
TimeoutStopSec={STOP_S}
KillSignal=SIGTERM
NoNewPrivileges=yes
PrivateTmp=yes
LimitNOFILE=4096

[Install]
WantedBy=default.target
"""


def environment_file(home: Path) -> Path:
    """Return the file in the home that holds the service's settings, secrets among them."""
    return home / "service.env"


def environment_lines(environment: Mapping[str, str]) -> str:
    """Return settings as systemd reads them; a line break in a value is none there."""
    return "".join(f"{name}={_in_quotes(value)}\n" for name, value in sorted(environment.items()))


def launchd_plist(service: Service) -> bytes:
    """Return an agent for the user's own launchd."""
    return plistlib.dumps(
        {
            "Label": LAUNCHD_LABEL,
            "ProgramArguments": list(service.command),
            "EnvironmentVariables": dict(service.environment),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ExitTimeOut": STOP_S,
            "StandardErrorPath": str(service.home / "logs" / "service.log"),
        }
    )


def _quoted(word: str) -> str:
    """Return a word of ExecStart: quoted, and with neither specifiers nor variables in it."""
    return _in_quotes(_escaped(word).replace("$", "$$"))


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _in_quotes(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'
