"""The commands of the image and of compose.yaml, run as they stand there, without a container."""

import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.engines import Server
from tests.unit.infra import files

CODE = "a-code-that-only-the-owner-knows"
SECRET = "a-root-key-that-every-role-is-given-0123456789"


class Container(Server):
    """One service of compose.yaml, with the volume in a scratch folder."""

    name = "container"
    ready_s = 90.0

    def __init__(self, service: str, more: dict[str, str] | None = None) -> None:
        super().__init__()
        self._service = files.services()[service]
        self._more = more or {}

    def command(self) -> list[str]:
        said: list[str] = self._service.get("command", [])
        program, *words = [*files.entrypoint(), *said]
        return [str(Path(sys.executable).with_name(program)), *words]

    def variables(self) -> dict[str, str]:
        volume = str(self.folder / "volume")
        image = {
            name: value.replace("/data", volume)
            for name, value in files.image_environment().items()
            if name != "PATH"
        }
        # The weights are those of this machine: what matters here is that the image starts.
        image.pop("RINGBACK_MODELS__FOLDER")
        service = dict.fromkeys(self._service["environment"], "")
        return {**image, **service, "PORT": str(self.port), **self._more}

    def is_ready(self) -> bool:
        return self.status("/health/live") == 200

    def status(self, path: str) -> int:
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", path)
            return line.getresponse().status
        finally:
            line.close()


@pytest.fixture
def alone() -> Iterator[Container]:
    with Container("ringback", {"RINGBACK_OWNER_CODE": CODE}) as container:
        yield container


@pytest.mark.covers("IM-09")
def test_until_the_owner_has_come_only_health_answers(alone: Container) -> None:
    assert alone.status("/health/live") == 200
    refused = {path: alone.status(path) for path in ("/v1/people", "/openapi.json", "/metrics")}
    assert set(refused.values()) <= {401, 403, 404, 503}


def test_it_ends_in_peace_when_it_is_told_to(alone: Container) -> None:
    assert alone.stop() == 0


@pytest.mark.engines
@pytest.mark.parametrize("role", ["workers", "mobile_api", "sync"])
def test_a_role_waits_until_the_backend_has_migrated(
    role: str, postgres_url: str, redis_url: str
) -> None:
    more = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "RINGBACK_SECRET_KEY": SECRET,
        "RINGBACK_OWNER_CODE": CODE,
    }
    early, backend = Container(role, more), Container("backend", more)
    try:
        early.launch()
        backend.start()
        early.await_ready()
        assert early.stop() == 0
        assert backend.stop() == 0
    finally:
        early.discard()
        backend.discard()
