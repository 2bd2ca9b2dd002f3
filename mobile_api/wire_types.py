"""Writes the wire as TypeScript: `python -m mobile_api.wire_types clients/sdk/src/wire.ts`.

The result is committed; a test fails when it and `wire.py` differ.
"""

import inspect
import sys
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from mobile_api import wire

HEADER = """\
// Made from mobile_api/wire.py by `python -m mobile_api.wire_types`. Do not edit.
"""

CONSTANTS = (
    "WIRE",
    "HEADER_BYTES",
    "SOUND_RATE_HZ",
    "SOUND_FRAME_BYTES",
    "SOUND_BYTES_MAX",
    "TEXT_CHARACTERS_MAX",
    "MESSAGE_BYTES_MAX",
    "HELLO_WITHIN_S",
    "SILENCE_S_MAX",
)

UNIONS: Mapping[str, Any] = {  # Any: a type as a value
    "ClientMessage": wire.ClientMessage,
    "ServerMessage": wire.ServerMessage,
}

PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
GENERIC: Mapping[Any, str] = {list: "{}[]", dict: "Record<{}, {}>"}  # Any: a type as a value


def typescript() -> str:
    """Return the whole protocol as one TypeScript module."""
    parts = [HEADER, *(_constant(name) for name in CONSTANTS), ""]
    parts += [_enumeration(wire.CloseCode), _enumeration(wire.SoundKind)]
    models: dict[str, type[BaseModel]] = {}
    for union in UNIONS.values():
        for model in _members(union):
            _collect(model, models)
    parts += [_interface(model) for model in models.values()]
    parts += [_union(name, union) for name, union in UNIONS.items()]
    return "\n".join(parts)


def _constant(name: str) -> str:
    return f"export const {name} = {getattr(wire, name)};"


def _enumeration(kind: type[IntEnum]) -> str:
    lines = [f"  {member.name}: {member.value}," for member in kind]
    body = "\n".join(lines)
    return f"{_comment(kind)}export const {kind.__name__} = {{\n{body}\n}} as const;\n"


def _interface(model: type[BaseModel]) -> str:
    lines = []
    for name, field in model.model_fields.items():
        # What has a default need not be sent, except the type, by which messages are told apart.
        is_optional = not field.is_required() and name != "type" and _comes_from_client(model)
        lines.append(f"  {name}{'?' if is_optional else ''}: {_type(field.annotation)};")
    body = "\n".join(lines)
    return f"{_comment(model)}export interface {model.__name__} {{\n{body}\n}}\n"


def _union(name: str, union: Any) -> str:  # Any: a type as a value
    return f"export type {name} = {' | '.join(member.__name__ for member in _members(union))};\n"


def _comment(kind: type) -> str:
    lines = inspect.cleandoc(kind.__doc__ or "").splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */\n"])


def _members(union: Any) -> tuple[type[BaseModel], ...]:  # Any: Annotated[A | B, …]
    return get_args(get_args(union)[0])


def _comes_from_client(model: type[BaseModel]) -> bool:
    return model in _members(wire.ClientMessage)


def _collect(model: type[BaseModel], models: dict[str, type[BaseModel]]) -> None:
    for field in model.model_fields.values():
        for inner in get_args(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                _collect(inner, models)
    models.setdefault(model.__name__, model)


def _type(annotation: Any) -> str:  # Any: a type as a value
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if origin in GENERIC:
        return GENERIC[origin].format(*map(_type, inner))
    if origin is UnionType or type(None) in inner:
        return " | ".join(_type(member) for member in inner)
    if annotation in PLAIN:
        return PLAIN[annotation]
    return str(annotation.__name__)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(typescript(), encoding="utf-8")
