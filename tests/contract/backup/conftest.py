"""Machines for tests of backups."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.backup.machines import Machine, Machines, fill


@pytest.fixture
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Machines:
    kinds = str(getattr(request.node, "callspec", None) and request.node.callspec.params)
    needs_server = "postgresql" in kinds
    return Machines(tmp_path, request.getfixturevalue("postgres_server") if needs_server else None)


@pytest.fixture
async def lost(machines: Machines) -> AsyncIterator[Machine]:
    """A filled machine on SQLite."""
    async with machines.machine("sqlite") as machine:
        await fill(machine)
        yield machine


@pytest.fixture
async def empty(machines: Machines) -> AsyncIterator[Machine]:
    """A machine that nothing was ever done on."""
    async with machines.machine("sqlite") as machine:
        yield machine
