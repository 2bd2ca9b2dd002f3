"""`ringback doctor` names each cure, the map of ports, and how long each part was up."""

import json

import pytest

from backend.cli.ports_map import places
from backend.platform.settings import load_settings
from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback


def test_doctor_names_each_cure_and_the_map(ringback: Ringback, instance: ScriptedInstance) -> None:
    sick = {"name": "schema", "ok": False, "detail": "is newer", "cure": "upgrade ringback"}
    instance.answer("GET", "/v1/doctor", {"checks": [sick]})
    up = {"part": "graph", "process": "backend@here:1", "ok": True, "since": 0, "breaks": 2}
    instance.answer("GET", "/v1/health/uptime", {"parts": [up | {"uptime": 0.999999}]})
    told = ringback("doctor", "--json")
    report = json.loads(told.out)
    assert (told.status, report["ok"]) == (1, False)
    assert report["checks"][-1]["cure"] == "upgrade ringback"
    assert {"port": "database", "engine": "SQLite"}.items() <= report["ports"][0].items()
    shown = ringback("doctor").out
    assert "✗ schema: is newer\n    → upgrade ringback" in shown
    assert "99.999 %" in shown  # never rounded up: 100 would mean that it never broke
    instance.answer("GET", "/v1/doctor", {"checks": [sick | {"ok": True}]})
    assert ringback("doctor").status == 0


@pytest.mark.parametrize(("part", "sign", "status"), [("jobs", "✗", 1), ("signals", "!", 0)])
def test_what_nothing_stands_in_for_is_red_though_the_instance_is_ready(
    ringback: Ringback, instance: ScriptedInstance, part: str, sign: str, status: int
) -> None:
    still = {"name": part, "ok": False, "detail": "stands still", "cure": "", "is_vital": False}
    instance.answer("GET", "/v1/doctor", {"checks": [still]})
    instance.answer("GET", "/v1/health/uptime", {"parts": []})
    told = ringback("doctor")
    assert told.status == status
    assert f"{sign} {part}: stands still" in told.out


def test_the_engines_shown_are_those_that_the_instance_runs_with(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/health/uptime", {"parts": []})
    instance.answer("GET", "/v1/doctor", {"checks": [], "has_dummy_engines": True})
    told = json.loads(ringback("doctor", "--json").out)
    engines = {place["port"]: place["engine"] for place in told["ports"]}
    speech = next(check for check in told["checks"] if check["name"] == "speech")
    assert speech["detail"] == "dummy engines"
    ports = ("speech to text", "text to speech", "language model")
    assert [engines[port] for port in ports] == ["dummy"] * 3
    instance.answer("GET", "/v1/doctor", {"checks": [], "has_dummy_engines": False})
    told = json.loads(ringback("doctor", "--json").out)
    assert "dummy" not in {place["engine"] for place in told["ports"]}


@pytest.mark.parametrize(
    ("index", "url", "engine"),
    [
        ("auto", "", "exact, in the process"),
        ("auto", "http://127.0.0.1:8000", "Chroma"),
        ("chroma", "", "Chroma, embedded in the home"),
        ("chroma", "http://127.0.0.1:8000", "Chroma"),
        ("exact", "http://127.0.0.1:8000", "exact, in the process"),
        ("pgvector", "", "pgvector"),
    ],
)
def test_the_map_says_who_searches_the_vectors(index: str, url: str, engine: str) -> None:
    settings = load_settings({"memory.index": index, "chroma_url": url}).settings
    [found] = [place.engine for place in places(settings) if place.port == "vectors"]
    assert found == engine
