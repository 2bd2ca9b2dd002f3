"""The deployment files, parsed."""

import json
import re
import tomllib
from typing import Any

import yaml

from tests.architecture.tree import ROOT

Instruction = tuple[str, str]

ALONE, SCALE = "compose.yaml", "compose.scale.yaml"


def dockerfile() -> list[Instruction]:
    """Return the instructions as (name, rest), continued lines joined."""
    text = (ROOT / "infra/docker/Dockerfile").read_text()
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M))
    lines = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name, rest) for name, rest in lines]


def last_stage() -> list[Instruction]:
    """Return the instructions of the image that ships."""
    found = dockerfile()
    begins = [index for index, (name, _) in enumerate(found) if name == "FROM"]
    return found[begins[-1] :]


def entrypoint() -> list[str]:
    """Return the command that the image runs."""
    [command] = [json.loads(rest) for name, rest in last_stage() if name == "ENTRYPOINT"]
    return [str(word) for word in command]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    pairs = [rest.split() for name, rest in last_stage() if name == "ENV"]
    return dict(pair.split("=", 1) for line in pairs for pair in line)


def compose(name: str = ALONE) -> dict[str, Any]:
    """Return a compose file."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "infra/docker" / name).read_text())
    return loaded


def services() -> dict[str, dict[str, Any]]:
    """Return the services of both compose files that run our image."""
    found = {**compose(ALONE)["services"], **compose(SCALE)["services"]}.items()
    return {name: service for name, service in found if service["image"] == "ringback"}


def railway(role: str = "backend") -> dict[str, Any]:
    """Return Railway's file of a role."""
    path = "railway.toml" if role == "backend" else f"infra/railway/{role}.toml"
    return tomllib.loads((ROOT / path).read_text())
