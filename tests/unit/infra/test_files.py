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


COMPOSE_FILES = (files.ALONE, files.SCALE)
ROLES = tuple(role.value for role in Role)


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_a_compose_file_says_nothing_that_compose_does_not_know(name: str) -> None:
    jsonschema.validate(files.compose(name), schemas.COMPOSE)


@pytest.mark.parametrize("role", ROLES)
def test_railways_files_say_nothing_that_railway_does_not_know(role: str) -> None:
    jsonschema.validate(files.railway(role), schemas.RAILWAY)


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_every_volume_that_is_used_is_declared(name: str) -> None:
    compose = files.compose(name)
    mounts = [
        mount for service in compose["services"].values() for mount in service.get("volumes", [])
    ]
    assert {mount.split(":")[0] for mount in mounts} == set(compose["volumes"])


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_every_service_waits_for_services_that_exist(name: str) -> None:
    found = files.compose(name)["services"]
    for service in found.values():
        for other, wait in service.get("depends_on", {}).items():
            assert wait["condition"] != "service_healthy" or "healthcheck" in found[other]


def test_one_service_is_enough_and_every_role_has_one_where_there_are_many() -> None:
    assert list(files.compose(files.ALONE)["services"]) == ["ringback"]
    many = files.compose(files.SCALE)["services"].values()
    roles = [service["command"][1] for service in many if service["image"] == "ringback"]
    assert sorted(roles) == sorted(ROLES)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "backend"])
def test_railway_starts_each_role_as_the_image_would(role: str) -> None:
    deploy = files.railway(role)["deploy"]
    assert deploy["startCommand"].split() == [*files.entrypoint(), "--role", role]
    assert deploy["healthcheckPath"] == files.railway()["deploy"]["healthcheckPath"]
    assert "requiredMountPath" not in deploy, "nothing of a role lives on its own disk"


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


@pytest.mark.parametrize("role", ROLES)
def test_railway_builds_the_same_image(role: str) -> None:
    path = files.railway(role)["build"]["dockerfilePath"]
    assert (ROOT / path).exists()
    for service in files.services().values():
        assert service["build"]["dockerfile"] == path
