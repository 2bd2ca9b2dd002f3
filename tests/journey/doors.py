"""Every door of the product, as its own description and its source name them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product as combinations
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[2]
SOCKETS = ("/v1/live", "/sync/notes", "/v1/events", "/phone/media")
SOCKET_ROUTE = re.compile(r"\.(?:websocket|add_websocket_route|websocket_route)\(")
METHODS = ("get", "post", "put", "patch", "delete")

Json = Any  # what a description holds


@dataclass(frozen=True)
class Door:
    """One method of one path."""

    method: str
    path: str
    names: tuple[str, ...] = ()  # in the path
    query: Mapping[str, str] = field(default_factory=dict)  # what must be asked
    body: Json = None  # something that the door would take

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_reading(self) -> bool:
        """Say whether it changes nothing."""
        return self.method == "GET"

    def paths(self, identifiers: tuple[str, ...]) -> Iterator[str]:
        """Yield the path with each of these identifiers in each of its places."""
        for chosen in combinations(identifiers, repeat=len(self.names)):
            path = self.path
            for name, identifier in zip(self.names, chosen, strict=True):
                path = path.replace(f"{{{name}}}", identifier)
            yield path


def doors(description: Json) -> list[Door]:
    """Return every door of an OpenAPI description."""
    return [
        _door(description, method, path, told)
        for path, methods in description["paths"].items()
        for method, told in methods.items()
        if method in METHODS and not is_stream(told)
    ]


def is_stream(told: Json) -> bool:
    """Say whether an answer never ends: tests/contract/test_live_feed.py stands at such a door."""
    return "text/event-stream" in told.get("responses", {}).get("200", {}).get("content", {})


def doors_of(url: str, token: str) -> list[Door]:
    """Return every door of a running instance."""
    bearer = {"Authorization": f"Bearer {token}"}
    return doors(httpx2.get(f"{url}/openapi.json", headers=bearer).json())


def socket_routes() -> int:
    """Count the sockets in the source: one that no test knows of is a hole in the tests."""
    files = (file for root in ("backend", "mobile_api", "sync") for file in _sources(root))
    return sum(len(SOCKET_ROUTE.findall(file.read_text())) for file in files)


def _sources(root: str) -> Iterator[Path]:
    return (ROOT / root).rglob("*.py")


def _door(description: Json, method: str, path: str, told: Json) -> Door:
    parameters = told.get("parameters", [])
    content = told.get("requestBody", {}).get("content", {})
    schema = next((kind["schema"] for kind in content.values()), None)
    return Door(
        method.upper(),
        path,
        names=tuple(each["name"] for each in parameters if each["in"] == "path"),
        query={
            each["name"]: str(example(description, each["schema"]))
            for each in parameters
            if each["in"] == "query" and each.get("required")
        },
        body=None if schema is None else example(description, schema),
    )


def example(description: Json, schema: Json) -> Json:
    """Return the least that a schema takes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(description, description["components"]["schemas"][name])
    if "anyOf" in schema:
        return example(description, schema["anyOf"][0])
    if schema.get("type") == "object":
        wanted = schema.get("required", [])
        return {name: example(description, schema["properties"][name]) for name in wanted}
    if schema.get("type") == "array":
        return [example(description, schema["items"])] * schema.get("minItems", 0)
    return _plain(schema)


def _plain(schema: Json) -> Json:
    plain = {
        "string": "x" * max(1, schema.get("minLength", 0)),
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "boolean": False,
    }
    return schema["enum"][0] if "enum" in schema else plain.get(schema.get("type"))
