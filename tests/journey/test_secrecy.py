"""What stays inside: words and secrets out of every log, files to their owner, doors before one."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.journey.doors import SOCKETS, Door, doors_of
from tests.journey.product import NO_TLS, Product, eventually, running
from tests.journey.residents import Resident
from tests.journey.speech import Speech
from tests.journey.story import Story

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
PROVIDERS_KEY = "sk-a-key-that-is-worth-money-0123456789"
OWNERS_CODE = "a-code-that-only-the-owner-knows"
NUMBER = "+15005550006"
HEALTH = {"GET /health/live", "GET /health/ready"}

Json = Any


# ── logs and files ───────────────────────────────────────────────────────────────────────────
class Told(Resident):
    """Somebody after a whole day of talking, whose secrets are all known to the test."""

    secrets: tuple[str, ...] = ()

    def live_a_day(self) -> None:
        """Come in by every way, rightly and wrongly, and talk on each."""
        with self.product.client() as client:
            change = {"name": "Alma Zorblaxova", "number": self.number}
            client.patch("/v1/people/owner", json=change)
        self.move_in(is_owner=True)
        self.tell_everything()
        self.text("What is the code of my garden gate?")
        self.chat("What is the code of my garden gate?", f"Tell me about {self.sentinel}.")
        link: Json = self.product.told("owner", "link")
        with httpx2.Client(base_url=self.product.url) as browser:
            browser.post("/v1/session", json={"code": link["code"]})
            session = browser.cookies["ringback_session"]
            csrf = browser.get("/v1/session").json()["csrf"]
        ticket = self.ask("POST", "/v1/tickets").json()["ticket"]
        pairing: Json = self.product.told("devices", "pair")
        cli = (self.product.home / "cli.token").read_text().strip()
        self.secrets = (self.token, self.device, link["code"], session, csrf, ticket, cli,
                        pairing["code"])  # fmt: skip
        self.fail_in_every_way()

    def fail_in_every_way(self) -> None:
        """Have each secret and the word refused, in each place where it may stand."""
        for secret in (*self.secrets, self.sentinel):
            for path in ("/v1/live", "/sync/notes", "/phone/media", "/v1/nowhere"):
                _refuse(f"{self.sockets}{path}?token={secret}&ticket={secret}", secret)
            for path in ("/v1/memory/graph", "/v1/calls", f"/v1/calls/{secret}", f"/{secret}"):
                self.ask("GET", path, params={"name": secret, "before": secret, "limit": secret})
            for path in ("/v1/session", "/v1/devices", "/v1/notes", "/v1/memory/search"):
                wrong = {"code": secret, "name": "", "text": [secret], "query": {"x": secret}}
                self.ask("POST", path, json=wrong)
                self.ask("POST", path, token=secret, content=f'{{"{secret}": '.encode())
            form = {"From": self.number, "Body": secret, "MessageSid": "SM1"}
            httpx2.post(f"{self.product.url}/sms/incoming", data=form)


def _refuse(address: str, secret: str) -> None:
    try:
        with connect(address) as socket:
            socket.send(json.dumps({"type": "hello", "wire": 1, "token": f"{secret}x"}))
            socket.send(json.dumps({"type": secret, "text": secret}))
            while True:
                socket.recv(timeout=20)
    except (ConnectionClosed, InvalidStatus):
        return


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {
        "TWILIO_AUTH_TOKEN": CARRIER_SECRET,
        "OPENAI_API_KEY": PROVIDERS_KEY,
        "OPENAI_BASE_URL": "http://127.0.0.1:9",  # nobody is there: the failure may tell nothing
        "RINGBACK_LOGS__LEVEL": "debug",
        "RINGBACK_RECORDING__ENABLED": "true",
        "RINGBACK_RECORDING__CONSENT": "announce",
        "RINGBACK_LIMITS__FAILURES_PER_MINUTE": "100000",
    }
    with running(tmp_path_factory.mktemp("secrecy") / "home", settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def told(product: Product) -> Told:
    resident = Told(product, "Alma", NUMBER, "zorblax", CARRIER_SECRET)
    resident.live_a_day()
    Story(product, Speech()).jobs_done("memory.embed", "memory.relate", "documents.project")
    product.told("backup", "now")
    return resident


@pytest.mark.covers("IM-09")
def test_nobodys_words_and_no_secret_are_in_any_log(product: Product, told: Told) -> None:
    lines = b"".join(file.read_bytes() for file in (product.home / "logs").rglob("*"))
    assert product.output is not None
    printed = product.output.read_bytes()
    assert lines.count(b"request_served") > 100, "nothing was logged at all"
    kept = [(product.home / name).read_text() for name in ("root.key", "recovery.key")]
    for place, text in (("log", lines.lower()), ("output", printed.lower())):
        words = (told.sentinel, told.number, told.number[1:], CARRIER_SECRET, PROVIDERS_KEY)
        for word in (*words, *told.secrets, *(key.strip() for key in kept)):
            assert word.lower().encode() not in text, f"{word} is in the {place}"
    for sign in (b"token=", b"ticket=", b"?", b"bearer ", b"garden gate"):
        assert sign not in lines.lower(), sign


def test_the_log_that_the_command_shows_is_the_same(product: Product, told: Told) -> None:
    assert told.sentinel not in product.command("logs").lower()


@pytest.mark.covers("IM-09")
def test_everything_in_the_home_is_its_owners_alone(product: Product, told: Told) -> None:
    paths = [product.home, *product.home.rglob("*")]
    names = {path.name for path in paths}
    assert {"cli.token", "root.key", "recovery.key", "ringback.jsonl", "instance.json"} <= names
    open_to_others = {
        str(path): oct(path.stat().st_mode & 0o777)
        for path in paths
        if not stat.S_ISSOCK(path.stat().st_mode)
        and path.stat().st_mode & 0o777 != (0o700 if path.is_dir() else 0o600)
    }
    assert not open_to_others


def test_what_is_recorded_and_backed_up_can_not_be_read(product: Product, told: Told) -> None:
    objects = [file for file in (product.home / "objects").rglob("*") if file.is_file()]
    assert objects
    for file in objects:
        assert told.sentinel.encode() not in file.read_bytes().lower()


# ── before there is an owner ─────────────────────────────────────────────────────────────────
PUBLIC = ("--bind", "0.0.0.0")


@pytest.mark.covers("IM-09")
def test_the_world_is_not_let_in_before_an_owner_can_be_told_from_it(tmp_path: Path) -> None:
    product = Product(tmp_path / "home")
    with pytest.raises(AssertionError, match="RINGBACK_OWNER_CODE"):
        product.start(*PUBLIC)


@pytest.mark.covers("IM-09")
@pytest.mark.parametrize("play", [("--engines", "dummy"), ("--clock", "offset")], ids=" ".join)
def test_what_is_for_play_is_not_for_the_world(tmp_path: Path, play: tuple[str, ...]) -> None:
    product = Product(tmp_path / "home", {"RINGBACK_OWNER_CODE": OWNERS_CODE})
    with pytest.raises(AssertionError, match="public"):
        product.start(*PUBLIC, *play)


@pytest.fixture(scope="module")
def doors(product: Product) -> list[Door]:
    return doors_of(product.url, (product.home / "cli.token").read_text().strip())


@pytest.mark.covers("IM-09")
def test_until_the_code_is_used_nothing_but_health_answers(
    tmp_path: Path, doors: list[Door]
) -> None:
    settings = {"RINGBACK_OWNER_CODE": OWNERS_CODE, "TWILIO_AUTH_TOKEN": CARRIER_SECRET}
    with running(tmp_path / "home", settings, PUBLIC) as product:
        cli = (product.home / "cli.token").read_text().strip()
        everybody: tuple[dict[str, str], ...] = ({}, {"Authorization": f"Bearer {cli}"})
        assert product.said().count("#code=") == 0, "the way in is in somebody's log"
        for shown in everybody:
            found = {str(door): _status(product, door, shown) for door in doors}
            opened = {name for name, status in found.items() if status != 403}
            assert opened == HEALTH | {"POST /v1/session"}
            assert _code(product, shown) == {403}
        for path in ("/openapi.json", "/metrics", "/_next/x.js", "/index.html"):
            assert httpx2.get(product.url + path).status_code == 403
        page = httpx2.get(product.url)
        assert "no owner yet" in page.text
        assert "script" not in page.text

        wrong = httpx2.post(f"{product.url}/v1/session", json={"code": "the-wrong-code-0123"})
        assert wrong.status_code == 401
        assert httpx2.get(f"{product.url}/v1/where").status_code == 403

        with httpx2.Client(base_url=product.url) as owner:
            opened_session = owner.post("/v1/session", json={"code": OWNERS_CODE})
            assert opened_session.status_code == 200
            _is_the_operators(product, owner)
        again = httpx2.post(f"{product.url}/v1/session", json={"code": OWNERS_CODE})
        assert again.status_code == 401, "the code opens once"


def _is_the_operators(product: Product, owner: httpx2.Client) -> None:
    csrf = {"X-Ringback-CSRF": owner.get("/v1/session").json()["csrf"]}
    member = {"name": "Kim", "member": True}
    assert owner.post("/v1/people", json=member, headers=csrf).status_code == 201
    wanted = {"scopes": ["memory", "feed"], "person": "Kim"}
    kims = owner.post("/v1/tokens", json=wanted, headers=csrf).json()["token"]
    for path in ("/metrics", "/openapi.json"):
        assert owner.get(path).status_code == 200, path
        assert httpx2.get(product.url + path).status_code == 401, path
        shown = {"Authorization": f"Bearer {kims}"}
        assert httpx2.get(product.url + path, headers=shown).status_code == 403, path


def _status(product: Product, door: Door, shown: dict[str, str]) -> int:
    path = product.url + next(door.paths(("nobody",)))
    asked = httpx2.request(
        door.method, path, params=door.query, json=door.body, headers=shown, verify=NO_TLS
    )
    return asked.status_code


def _code(product: Product, shown: dict[str, str]) -> set[int]:
    found = set()
    for path in SOCKETS:
        try:
            with connect(product.url.replace("http", "ws", 1) + path, additional_headers=shown):
                found.add(0)
        except InvalidStatus as refusal:
            found.add(refusal.response.status_code)
    return found


def test_a_home_that_was_read_is_not_enough_after_a_revocation(tmp_path: Path) -> None:
    """The command line's own token can be withdrawn; the next start makes a new one."""
    with running(tmp_path / "home", {}) as product:
        old = (product.home / "cli.token").read_text().strip()
        with product.client() as client:
            client.delete("/v1/session")
        shown = {"Authorization": f"Bearer {old}"}
        assert httpx2.get(f"{product.url}/v1/people", headers=shown).status_code == 401
        product.stop()
        product.start()
        eventually(lambda: (product.home / "cli.token").read_text().strip() != old)
        assert httpx2.get(f"{product.url}/v1/people", headers=shown).status_code == 401
