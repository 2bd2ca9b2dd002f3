"""A public address before and after its owner has come."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from backend.kernel.errors import NotConfigured
from backend.platform.home import Home
from backend.platform.settings import Settings
from backend.trust.claim import ClaimGate
from backend.trust.identity import CredentialKind
from backend.trust.start import prepare
from tests.unit.backend.trust.house import ORIGIN, House
from tests.unit.backend.trust.socket import is_refused, open_socket

CODE = "7f3c-9a11-64d0-be52"


def public(**changes: object) -> Settings:
    return Settings(bind="0.0.0.0", **changes)  # type: ignore[arg-type]


async def start(house: House, settings: Settings, tmp_path: Path) -> str | None:
    return await prepare(
        database=house.database,
        identity=house.identity,
        home=Home(tmp_path / "home"),
        settings=settings,
    )


@pytest.fixture
async def gated(house: House, app: FastAPI, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    settings = public(owner_code=SecretStr(CODE))
    assert await start(house, settings, tmp_path) is None  # what is printed there is in a log

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.post("/phone/incoming")
    async def incoming() -> dict[str, str]:
        return {"answered": "yes"}

    app.add_middleware(ClaimGate, settings=settings, identity=house.identity)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as opened:
        yield opened


async def test_nothing_but_health_answers_before_the_code_was_used(
    app: FastAPI, gated: httpx2.AsyncClient
) -> None:
    assert (await gated.get("/health/live")).status_code == 200
    for method, path in (
        ("POST", "/phone/incoming"),
        ("GET", "/v1/session"),
        ("GET", "/v1/where"),
        ("GET", "/v1/people"),
        ("GET", "/openapi.json"),
        ("GET", "/index.html"),
        ("POST", "/"),
    ):
        answer = await gated.request(method, path)
        assert answer.status_code == 403, path
        assert answer.json()["error"]["message"] == "This instance has no owner yet."
    assert is_refused(await open_socket(app, "/sync/notes"))


async def test_even_a_good_token_waits_for_the_owner(
    house: House, gated: httpx2.AsyncClient, tmp_path: Path
) -> None:
    token = Home(tmp_path / "home").secret("cli.token")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await gated.get("/v1/people", headers=headers)).status_code == 403


async def test_the_form_takes_the_code_and_opens_the_house(gated: httpx2.AsyncClient) -> None:
    form = await gated.get("/")
    assert form.status_code == 200
    assert "<script" not in form.text
    wrong = await gated.post("/v1/session", data={"code": "0000-0000-0000-0000"})
    assert wrong.status_code == 401
    right = await gated.post("/v1/session", data={"code": CODE})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert (await gated.get("/v1/session")).json()["role"] == "owner"
    assert (await gated.post("/phone/incoming")).status_code == 200


async def test_the_code_makes_one_owner_only(gated: httpx2.AsyncClient) -> None:
    assert (await gated.post("/v1/session", json={"code": CODE})).status_code == 200
    gated.cookies.clear()
    assert (await gated.post("/v1/session", json={"code": CODE})).status_code == 401


async def test_a_public_address_without_code_and_owner_is_refused_with_the_cure(
    house: House, tmp_path: Path
) -> None:
    with pytest.raises(NotConfigured) as refusal:
        await start(house, public(), tmp_path)
    assert "RINGBACK_OWNER_CODE" in refusal.value.cure


async def test_a_public_address_opens_once_somebody_owns_it(house: House, tmp_path: Path) -> None:
    code = await start(house, Settings(), tmp_path)
    assert code is not None
    async with house.database.transaction() as tx:
        from_link = await house.identity.redeem(tx, CredentialKind.LINK, code)
    assert from_link.actor.person_id == house.owner.id
    assert await start(house, public(), tmp_path) is None


async def test_on_this_machine_each_start_gives_a_fresh_link(house: House, tmp_path: Path) -> None:
    first = await start(house, Settings(), tmp_path)
    second = await start(house, Settings(), tmp_path)
    assert first
    assert second
    assert first != second
