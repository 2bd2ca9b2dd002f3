"""The deployment files are right as far as they can be judged without the tools they are for."""

import json
import re

import jsonschema
import pytest

from backend.cli.up import Role
from backend.platform.settings import Settings
from backend.platform.settings.sources import leaves
from tests.architecture.tree import ROOT
from tests.unit.infra import files, schemas

KNOWN = {leaf.environment for leaf in leaves(Settings)}


def test_the_compose_file_says_nothing_that_compose_does_not_know() -> None:
    jsonschema.validate(files.compose(), schemas.COMPOSE)


def test_railways_file_says_nothing_that_railway_does_not_know() -> None:
    jsonschema.validate(files.railway(), schemas.RAILWAY)


def test_every_volume_that_is_used_is_declared() -> None:
    compose = files.compose()
    mounts = [
        mount for service in compose["services"].values() for mount in service.get("volumes", [])
    ]
    assert {mount.split(":")[0] for mount in mounts} == set(compose["volumes"])


def test_every_service_waits_for_services_that_exist() -> None:
    found = files.compose()["services"]
    waited_for = {name for service in found.values() for name in service.get("depends_on", {})}
    assert waited_for <= set(found)
    healthy = "service_healthy"
    for service in files.services().values():
        for name, wait in service.get("depends_on", {}).items():
            assert wait["condition"] != healthy or "healthcheck" in found[name]


def test_one_service_is_enough_and_the_roles_are_a_profile() -> None:
    by_default = [name for name, service in files.services().items() if "profiles" not in service]
    assert by_default == ["ringback"]
    roles = {
        service["command"][1]
        for service in files.services().values()
        if service.get("profiles") == ["many"]
    }
    assert roles == {role.value for role in Role}


@pytest.mark.parametrize("name", files.services())
def test_every_setting_of_a_service_is_one_of_ours(name: str) -> None:
    ours = files.services()[name]["environment"].keys() | files.image_environment().keys()
    assert ours - KNOWN - {"PATH", "PYTHONUNBUFFERED"} == set()


@pytest.mark.parametrize("name", files.services())
def test_no_secret_is_written_into_a_file(name: str) -> None:
    secret = re.compile(r"KEY|TOKEN|PASSWORD|CODE|SECRET")
    for variable, value in files.services()[name]["environment"].items():
        if secret.search(variable):
            assert value == f"${{{variable}:-}}"


def test_the_image_is_not_run_by_root() -> None:
    users = [rest for name, rest in files.last_stage() if name == "USER"]
    assert users == ["ringback"]


def test_the_image_keeps_its_state_on_the_volume() -> None:
    [volume] = [rest for name, rest in files.last_stage() if name == "VOLUME"]
    environment = files.image_environment()
    assert environment["RINGBACK_HOME"].startswith(f"{volume}/")
    assert environment["RINGBACK_MODELS__FOLDER"].startswith(f"{volume}/")
    assert files.railway()["deploy"]["requiredMountPath"] == volume
    for service in files.services().values():
        assert [mount.split(":")[1] for mount in service["volumes"]] == [volume]


def test_the_image_is_made_of_hash_locked_requirements() -> None:
    text = " ".join(rest for name, rest in files.dockerfile() if name == "RUN")
    assert "--require-hashes locks/all.txt" in text
    assert "--require-hashes -r locks/tool.txt" in text


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    ignore = (ROOT / "infra/docker/Dockerfile.dockerignore").read_text().splitlines()
    allowed = tuple(line[1:] for line in ignore if line.startswith("!"))
    for name, rest in files.dockerfile():
        if name == "COPY" and "--from" not in rest:
            for path in rest.split()[:-1]:
                assert (ROOT / path).exists(), path
                assert path.startswith(allowed), path


def test_the_image_says_how_it_is_healthy() -> None:
    [check] = [rest for name, rest in files.last_stage() if name == "HEALTHCHECK"]
    command = json.loads(check[check.index("CMD") + 4 :])
    compile(command[2], "healthcheck", "exec")
    assert files.railway()["deploy"]["healthcheckPath"] in command[2]


def test_railway_builds_the_same_image() -> None:
    path = files.railway()["build"]["dockerfilePath"]
    assert (ROOT / path).exists()
    assert files.compose()["services"]["ringback"]["build"]["dockerfile"] == path
