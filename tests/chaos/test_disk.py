"""A disk that is full or can't be written: it is said plainly, nothing breaks, and it goes on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.stand import CARRIER_SECRET, OWNERS, SETTINGS
from tests.engines import need
from tests.journey.product import Product, eventually
from tests.journey.telephone import Telephone

pytestmark = pytest.mark.slow

DISK = "24m"
CURE = "run the tests as root, in a container with CAP_SYS_ADMIN"
AWAY = "Something I need does not answer right now."


class Disk:
    """A small disk of its own, which can be filled and made read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._mount("-t", "tmpfs", "-o", f"size={DISK}", "tmpfs")

    def fill(self) -> None:
        """Leave not one page free."""
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            while True:
                try:
                    filler.write(b"x" * 4096)
                except OSError:
                    return

    def free(self) -> None:
        """Give the room back."""
        (self.folder / "filler").unlink()

    def allow_writing(self, *, is_allowed: bool) -> None:
        """Let files be written, or not."""
        self._mount("-o", f"remount,{'rw' if is_allowed else 'ro'}")

    def take_away(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)

    def _mount(self, *words: str) -> None:
        done = subprocess.run(
            ["mount", *words, str(self.folder)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            need(f"A disk of our own ({done.stderr.strip()})", CURE)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk(tmp_path / "disk")
    try:
        yield found
    finally:
        found.take_away()


@pytest.fixture
def product(disk: Disk) -> Iterator[Product]:
    settings = SETTINGS | {"RINGBACK_HEALTH__DISK_MB": "4", "RINGBACK_HEALTH__EVERY_S": "0.5"}
    opened = Product(disk.folder, settings)
    try:
        opened.start()
        with opened.client() as client:
            owner = {"name": "Anna", "number": OWNERS}
            client.patch("/v1/people/owner", json=owner).raise_for_status()
        yield opened
    finally:
        opened.kill()


def tell(product: Product, word: str) -> str:
    return Telephone(product, CARRIER_SECRET, OWNERS).text(f"I love {word}.")


def knows(product: Product, word: str) -> bool:
    with product.client() as client:
        query = {"query": word, "k": 3}
        found = client.post("/v1/memory/search", json=query).raise_for_status().json()
    return any(word in each["text"] for each in found["results"])


def limps(product: Product, part: str) -> bool:
    ready: Any = product.get("/health/ready")
    return part in ready["degraded"]


def agrees(product: Product) -> None:
    """Expect that everything that follows from the truth agrees with it."""

    def is_well() -> bool:
        told: Any = product.get("/v1/doctor", integrity="true")
        broken = [check for check in told["checks"] if not check["ok"] and check["is_vital"]]
        return not broken and not product.get("/v1/jobs", state="waiting")["jobs"]

    eventually(is_well)


def says_why(product: Product) -> str:
    """Start it where it can't, and return what it says."""
    product.launch()
    assert product.process is not None
    assert product.process.wait(60) == 1, product.said()
    return product.said()


@pytest.mark.covers("QA-06")
def test_a_full_disk_is_said_and_nothing_is_lost(product: Product, disk: Disk) -> None:
    tell(product, "zebrasok")
    eventually(lambda: knows(product, "zebrasok"))
    disk.fill()
    eventually(lambda: limps(product, "disk"))
    assert tell(product, "quaggasok") == AWAY, "it must not say that it was kept"
    with product.client() as client:
        refused = client.post("/v1/notes", json={"text": "buy rope"})
    assert refused.status_code == 503
    assert "disk is full" in refused.json()["error"]["message"]
    assert "free some space" in refused.json()["error"]["cure"]
    assert knows(product, "zebrasok")
    assert not knows(product, "quaggasok")
    disk.free()
    assert tell(product, "okapisok") != AWAY
    agrees(product)
    assert knows(product, "zebrasok")
    assert knows(product, "okapisok")
    assert not knows(product, "quaggasok")


def test_killed_on_a_full_disk_it_says_why_it_can_not_start_and_comes_back_whole(
    product: Product, disk: Disk
) -> None:
    tell(product, "zebrasok")
    disk.fill()
    tell(product, "quaggasok")
    product.kill()
    assert "free some space" in says_why(product)
    disk.free()
    product.start()
    agrees(product)
    assert knows(product, "zebrasok")
    assert not knows(product, "quaggasok")


def test_on_a_disk_that_can_not_be_written_it_says_so_and_changes_nothing(
    product: Product, disk: Disk
) -> None:
    tell(product, "zebrasok")
    assert product.terminate() == 0
    disk.allow_writing(is_allowed=False)
    assert "Read-only" in says_why(product)
    disk.allow_writing(is_allowed=True)
    product.start()
    agrees(product)
    assert knows(product, "zebrasok")
