"""What the clients in TypeScript promise: the wire's own types, and a phone app that talks."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.trust.identity import CredentialKind
from mobile_api.wire_types import typescript
from tests.contract.app_house import AppHouse, app_house
from tests.engines.processes import environment, need, program
from tests.fakes.conductor import VOICE

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
DEADLINE_S = 120
WAV_HEADER_BYTES = 44


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[AppHouse]:
    async with app_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def node() -> str:
    """Node, with the clients installed and built."""
    path = program("node", "install Node 20 or newer")
    if not (CLIENTS / "sdk" / "dist" / "index.js").exists():
        need("the clients' SDK", "run: make web")
    return path


async def run(*command: str) -> tuple[int, str, str]:
    """Run a program to its end; return its status and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=CLIENTS / "sdk",
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            written, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, written.decode(), complaints.decode()


def test_the_committed_types_are_those_of_the_wire() -> None:
    committed = (CLIENTS / "sdk" / "src" / "wire.ts").read_text(encoding="utf-8")
    assert committed == typescript(), "python -m mobile_api.wire_types clients/sdk/src/wire.ts"


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((CLIENTS / "package-lock.json").read_text(encoding="utf-8"))
    addresses = [
        entry["resolved"]
        for entry in lock["packages"].values()
        if "resolved" in entry and not entry.get("link")
    ]
    assert addresses == []


async def test_the_sdk_passes_its_own_tests(node: str) -> None:
    tests = sorted((CLIENTS / "sdk" / "tests").glob("*.test.mjs"))
    status, written, _ = await run(node, "--test", *map(str, tests))
    assert status == 0, written


async def test_the_phone_app_pairs_talks_and_hears(
    node: str, house: AppHouse, tmp_path: Path
) -> None:
    async with house.database.transaction() as tx:
        owner = await house.identity.ensure_owner(tx, name="Sam")
    code = await house.token(CredentialKind.PAIRING, owner)
    heard = tmp_path / "heard.wav"
    status, written, complaints = await run(
        node, "examples/talk.mjs", "--url", house.url, "--code", code,
        "--text", "hello there", "--out", str(heard),
    )  # fmt: skip
    assert status == 0, complaints
    captions = [json.loads(line) for line in written.splitlines()]
    assert [caption["type"] for caption in captions] == [
        "paired", "welcome", "said", "heard", "turn_ended", "said", "closed",
    ]  # fmt: skip
    assert captions[4]["said"] == "You said hello there."
    assert heard.read_bytes()[WAV_HEADER_BYTES:] == 2 * VOICE
    assert house.conductor.marks == ["greeting", "turn"]
    assert house.conductor.frames, "a microphone sends silence too"


async def test_the_phone_app_says_why_it_was_turned_away(node: str, house: AppHouse) -> None:
    status, written, complaints = await run(
        node, "examples/talk.mjs", "--url", house.url, "--token", "wrong", "--text", "hello"
    )
    assert status == 1
    assert "Show a credential first." in complaints
    assert '"code":"unauthorised"' in written
