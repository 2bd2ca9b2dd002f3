"""Dashboard, scrape and alerts: they load, and they ask for figures that we really show."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from backend.platform.telemetry.metrics import Metrics
from tests.architecture.tree import ROOT

DASHBOARD = ROOT / "infra/grafana/dashboards/ringback.json"
ALERTS = ROOT / "infra/prometheus/alerts.yml"
SCRAPE = ROOT / "infra/prometheus/prometheus.yml"
PROVISIONING = ROOT / "infra/grafana/provisioning"

NAME = re.compile(r"\b((?:ringback|process)_[a-z_]+|up)\b(?=[\s{\[)]|$)")
LABELS = re.compile(r"\b([a-z_]+)\{([^}]*)\}")
BY = re.compile(r"by \(([^)]*)\)")
PROMETHEUS_OWN = {"up", "instance", "job"}

TARGET = {
    "type": "object",
    "required": ["refId", "expr", "datasource"],
    "properties": {"refId": {"pattern": "^[A-Z]$"}, "expr": {"type": "string", "minLength": 1}},
}
PANEL = {
    "type": "object",
    "required": ["id", "type", "title", "gridPos"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "type": {"enum": ["row", "stat", "timeseries", "table"]},
        "gridPos": {
            "type": "object",
            "required": ["h", "w", "x", "y"],
            "properties": {
                "h": {"type": "integer", "minimum": 1},
                "w": {"type": "integer", "minimum": 1, "maximum": 24},
                "x": {"type": "integer", "minimum": 0, "maximum": 23},
                "y": {"type": "integer", "minimum": 0},
            },
        },
        "targets": {"type": "array", "minItems": 1, "items": TARGET},
        "fieldConfig": {"type": "object", "required": ["defaults", "overrides"]},
    },
    "if": {"properties": {"type": {"not": {"const": "row"}}}},
    "then": {"required": ["targets", "fieldConfig", "options", "datasource", "description"]},
}
GRAFANA = {
    "type": "object",
    "required": ["title", "uid", "schemaVersion", "panels", "time", "templating", "annotations"],
    "properties": {
        "uid": {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,40}$"},
        "schemaVersion": {"type": "integer", "minimum": 36},
        "panels": {"type": "array", "minItems": 1, "items": PANEL},
    },
}


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return loaded


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for rule in rules():
        yield rule["expr"]


def shown() -> dict[str, set[str]]:
    """Return each figure's samples as /metrics shows them, with the labels they carry."""
    metrics = Metrics()
    found: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        names = {family.name, *(sample.name for sample in family.samples)}
        labels = metrics.labels_of(family.name)
        if family.type == "counter":
            names.add(f"{family.name}_total")
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
            labels = labels | {"le"}
        for name in names:
            found[name] = labels
    return found


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_query_names_figures_and_labels_that_we_show(expression: str) -> None:
    figures = shown()
    named = set(NAME.findall(expression))
    assert named
    assert named - figures.keys() - PROMETHEUS_OWN == set()
    known = set().union(*(figures.get(name, set()) for name in named)) | PROMETHEUS_OWN
    asked = {label.strip() for group in BY.findall(expression) for label in group.split(",")}
    asked |= {
        match.split("=")[0].rstrip("!").strip()
        for _, inside in LABELS.findall(expression)
        for match in inside.split(",")
        if match
    }
    assert asked - known == set()


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_query_closes_what_it_opens(expression: str) -> None:
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


def test_the_dashboard_has_grafanas_shape() -> None:
    jsonschema.validate(dashboard(), GRAFANA)
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


def test_panels_lie_side_by_side_and_never_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_what_is_provisioned_is_what_the_dashboard_names() -> None:
    [source] = yaml.safe_load((PROVISIONING / "datasources/ringback.yaml").read_text())[
        "datasources"
    ]
    named = {panel["datasource"]["uid"] for panel in dashboard()["panels"] if "datasource" in panel}
    assert named == {source["uid"]}
    [provider] = yaml.safe_load((PROVISIONING / "dashboards/ringback.yaml").read_text())[
        "providers"
    ]
    assert provider["type"] == "file"


def test_alerts_say_what_is_felt_and_what_helps() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "warn"}
        assert rule["annotations"].keys() == {"summary", "cure"}


def test_prometheus_scrapes_our_figures_and_reads_the_alerts() -> None:
    scrape = yaml.safe_load(SCRAPE.read_text())
    assert scrape["rule_files"] == [ALERTS.name]
    [job] = scrape["scrape_configs"]
    assert job["job_name"] == "ringback"
    assert job["metrics_path"] == "/metrics"
