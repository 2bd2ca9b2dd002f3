"""Lock files install on every machine: they pin by hash and name no place to fetch from."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LOCKS = sorted((ROOT / "locks").glob("*.txt"))
NPM_LOCKS = [ROOT / "clients" / "package-lock.json"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_download_host(lock: Path) -> None:
    assert not re.findall(r"^.*(?:://|--(?:extra-)?index-url).*$", lock.read_text(), re.M)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_of_a_lock_has_a_hash(lock: Path) -> None:
    pins = re.findall(r"^\S+==\S+.*\\$", lock.read_text(), re.M)
    requirements = re.findall(r"^[A-Za-z0-9].*$", lock.read_text(), re.M)
    assert pins
    assert len(pins) == len(requirements)


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.name)
def test_an_npm_lock_names_no_download_host(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"].items()
    assert [name for name, entry in packages if "://" in entry.get("resolved", "")] == []
