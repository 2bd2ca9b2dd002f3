"""Two memories in one house: neither person meets anything of the other, by whatever door.

The doors are those that the product describes itself: a new one that forgets whose memory it is
asked about fails here without anybody thinking of it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journey.doors import Door, doors_of, socket_routes
from tests.journey.product import Product, eventually, running
from tests.journey.residents import NAMESPACE, SCOPES, Resident
from tests.journey.speech import Speech
from tests.journey.story import Story
from tests.journey.telephone import VOUCHED, Telephone

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
OWNERS_NUMBER, MEMBERS_NUMBER = "+15005550006", "+15005550007"
GATE, NOTES = "What is the code of my garden gate?", "What are my notes?"
WHEN = "When is Anna's birthday?"

HIDDEN = {401, 403, 404}
OWN_CREDENTIAL = "/v1/session"  # its DELETE withdraws what asks
LIVING = {"last_used_at", "progress", "state", "lease_until", "attempts", "finished_at"}

pytestmark = pytest.mark.slow

Json = Any


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("privacy")
    settings = {"TWILIO_AUTH_TOKEN": CARRIER_SECRET, "RINGBACK_LOGS__LEVEL": "debug"}
    with running(folder / "home", settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def house(product: Product) -> dict[str, Resident]:
    """The owner and a member, each with a word on every way in."""
    with product.client() as client:
        change = {"name": "Alma", "number": OWNERS_NUMBER}
        assert client.patch("/v1/people/owner", json=change).status_code == 200
    product.command("people", "add", "Kim", "--number", MEMBERS_NUMBER, "--member")
    owner = Resident(product, "Alma", OWNERS_NUMBER, "zorblax", CARRIER_SECRET)
    member = Resident(product, "Kim", MEMBERS_NUMBER, "quimble", CARRIER_SECRET)
    for resident in (owner, member):
        resident.move_in(is_owner=resident is owner)
        resident.tell_everything()
    Story(product, Speech()).jobs_done("memory.embed", "memory.relate", "documents.project")
    for resident in (owner, member):
        resident.learn_own_identifiers()
    return {"owner": owner, "member": member}


@pytest.fixture(params=["owner", "member"])
def viewer(request: pytest.FixtureRequest, house: dict[str, Resident]) -> Resident:
    return house[request.param]


@pytest.fixture
def other(viewer: Resident, house: dict[str, Resident]) -> Resident:
    return next(resident for resident in house.values() if resident is not viewer)


@pytest.fixture(scope="module")
def doors(product: Product) -> list[Door]:
    token = (product.home / "cli.token").read_text().strip()
    return doors_of(product.url, token)


def betrayals(answer: str, other: Resident) -> list[str]:
    """Return what an answer shows of somebody else."""
    theirs = (other.sentinel, other.number, *other.identifiers)
    return [word for word in theirs if word in answer.lower()]


def belongings(resident: Resident) -> Json:
    """Return everything of somebody that a door might have changed."""
    paths = ("/v1/memory", "/v1/notes", "/v1/calls", "/v1/devices", "/v1/feed")
    return {path: _still(resident.ask("GET", path).json()) for path in paths}


def are_over(resident: Resident) -> bool:
    """Say whether nothing of somebody's calls will change any more by itself."""
    return all(call["ended_at"] for call in resident.ask("GET", "/v1/calls").json()["calls"])


def _still(found: Json) -> Json:
    if isinstance(found, dict):
        return {name: _still(value) for name, value in found.items() if name not in LIVING}
    return [_still(each) for each in found] if isinstance(found, list) else found


# ── the doors ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("CL-14")
def test_each_finds_their_own(viewer: Resident) -> None:
    """What is looked for below is really there to be found."""
    for path in ("/v1/memory", "/v1/notes", "/v1/calls", "/v1/devices", "/v1/feed"):
        assert viewer.sentinel in viewer.ask("GET", path).text.lower(), path
    assert viewer.sentinel in viewer.text(GATE)
    assert len(viewer.identifiers) > 15


@pytest.mark.covers("CL-14")
@pytest.mark.parametrize("credential", ["token", "device"])
def test_no_reading_door_shows_anything_of_the_other(
    viewer: Resident, other: Resident, doors: list[Door], credential: str
) -> None:
    token = getattr(viewer, credential)
    found = {}
    for door in (door for door in doors if door.is_reading):
        # An identifier of the other, or one of nobody: neither may say more than the other does.
        for path in door.paths((*other.identifiers, "nobody")):
            answer = viewer.ask("GET", path, token=token, params=door.query)
            seen = betrayals(answer.text, other)
            is_open = bool(door.names) and answer.status_code not in HIDDEN
            if seen or is_open or answer.status_code >= 500:
                found[path] = (answer.status_code, seen)
    assert not found


@pytest.mark.covers("CL-14")
def test_no_changing_door_reaches_anything_of_the_other(
    viewer: Resident, other: Resident, doors: list[Door]
) -> None:
    eventually(lambda: are_over(other), seconds=60)  # a call whose socket broke waits for a while
    before = belongings(other)
    throwaway = throwaway_token(viewer)
    found = {}
    for door in (door for door in doors if not door.is_reading):
        token = throwaway if door.path == OWN_CREDENTIAL else viewer.token
        for path in door.paths(other.identifiers):
            answer = viewer.ask(door.method, path, token=token, json=door.body)
            seen = betrayals(answer.text, other)
            is_open = bool(door.names) and answer.status_code not in HIDDEN
            if seen or is_open or answer.status_code >= 500:
                found[f"{door.method} {path}"] = (answer.status_code, seen)
    assert not found
    assert belongings(other) == before
    assert other.ask("GET", "/v1/notes").status_code == 200, "a credential was withdrawn"


def throwaway_token(viewer: Resident) -> str:
    """Return another token of somebody's, by the door that withdraws the one that asks."""
    whose = ("--person", viewer.name)
    made: Json = viewer.product.told("tokens", "create", "--scope", SCOPES[0], *whose)
    return str(made["token"])


@pytest.mark.covers("CL-14")
def test_the_operator_reads_nobodys_words(
    product: Product, house: dict[str, Resident], doors: list[Door]
) -> None:
    """Who runs the instance knows who lives in it, and sees jobs; what is said stays theirs."""
    member = house["member"]
    with product.client() as client:
        for door in (door for door in doors if door.is_reading):
            for path in door.paths((*member.identifiers, "nobody")):
                answer = client.get(path, params=door.query)
                assert member.sentinel not in answer.text.lower(), path
                assert answer.status_code < 500, path


def test_names_of_namespaces_and_imports_are_everybodys_own(
    viewer: Resident, other: Resident
) -> None:
    """Both imported a turn of the same name into a namespace of the same name."""
    for query in ("What is the boat called?", other.sentinel):
        wanted = {"namespace": NAMESPACE, "query": query, "k": 50, "explain": True}
        found = viewer.ask("POST", "/v1/memory/search", json=wanted)
        assert other.sentinel not in found.text
        assert viewer.sentinel in found.text or query == other.sentinel
    named = other.ask("GET", "/v1/feed").json()["memories"][0]["id"]
    for namespace in (named, f"../{NAMESPACE}", f"{other.name}/{NAMESPACE}", "%", "*"):
        wanted = {"namespace": namespace, "query": "boat gate friend", "k": 50}
        assert other.sentinel not in viewer.ask("POST", "/v1/memory/search", json=wanted).text


def test_the_graph_knows_each_ones_own_friends(viewer: Resident, other: Resident) -> None:
    for name in ("Bergen", other.sentinel.title()):
        asked = viewer.ask("GET", "/v1/memory/graph", params={"name": name, "hops": 2})
        relations = json.dumps(asked.json()["relations"]).lower()
        assert other.sentinel not in relations


# ── sockets, texts, commands, calls ──────────────────────────────────────────────────────────
@pytest.mark.covers("CL-14")
def test_no_live_line_tells_anything_of_the_other(viewer: Resident, other: Resident) -> None:
    heard = viewer.chat(GATE, NOTES, "Where does my friend live?", "What is the boat called?")
    assert viewer.sentinel in heard
    assert not betrayals(heard, other)


@pytest.mark.covers("CL-14")
async def test_no_document_holds_anything_of_the_other(viewer: Resident, other: Resident) -> None:
    assert viewer.sentinel.encode() in await viewer.document("notes")
    for name in ("notes", "%2e%2e/notes", f"{other.identifiers[0]}/notes", *other.identifiers[:3]):
        assert other.sentinel.encode() not in await viewer.document(name), name


def test_every_socket_is_looked_into() -> None:
    """One for each test of sockets above, and the telephone's: whoever adds one adds its test."""
    assert socket_routes() == 4


@pytest.mark.covers("CL-14")
def test_a_text_is_answered_from_the_senders_memory(viewer: Resident, other: Resident) -> None:
    answers = " ".join(viewer.text(question) for question in (GATE, NOTES, "Where is my boat?"))
    assert viewer.sentinel in answers
    assert not betrayals(answers, other)


@pytest.mark.covers("CL-14")
@pytest.mark.parametrize(
    "command",
    [
        ("notes", "list"), ("memory", "search", GATE), ("memory", "search", "quimble"),
        ("devices", "list"), ("jobs", "list"), ("people", "list"), ("tokens", "list"),
        ("doctor",), ("settings",), ("logs",), ("backup", "list"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_what_the_member_said(
    product: Product, house: dict[str, Resident], command: tuple[str, ...]
) -> None:
    assert house["member"].sentinel not in product.command(*command).lower()


@pytest.mark.covers("CL-14", "VT-04")
async def test_a_call_that_is_vouched_for_recalls_only_the_callers_memory(
    product: Product, house: dict[str, Resident], speech: Speech
) -> None:
    house["owner"].text(
        "Please remember that my sister Anna has her birthday on the fourth of May."
    )
    house["member"].text("Please remember that my aunt Anna has her birthday on the ninth of June.")
    await speech.prepare(WHEN)
    for resident, own, foreign in (
        (house["member"], "june", "may"),
        (house["owner"], "may", "june"),
    ):
        phone = Telephone(product, CARRIER_SECRET, resident.number)
        talk = await phone.call([speech.sound(WHEN)], verdict=VOUCHED)
        aloud = (await speech.words(talk.replies[0])).lower()
        assert own in aloud, aloud
        assert foreign not in aloud, aloud
        calls = resident.ask("GET", "/v1/calls").json()["calls"]
        assert talk.call_sid in {call["carrier_ref"] for call in calls}
    listed = house["owner"].ask("GET", "/v1/calls").text
    assert MEMBERS_NUMBER not in listed
