"""Finds each setting's value and remembers where it came from."""

import difflib
import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from backend.kernel.errors import Invalid

PREFIX = "RINGBACK_"
TOML_NAME = "ringback.toml"
# Spoken to the tests and to the scripts of infra/setup, never to the product.
FOREIGN = frozenset({"RINGBACK_ENGINES", "RINGBACK_PARTS"})

Tree = TypeVar("Tree", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Tree]):
    """The settings, and for each dotted name where its value came from."""

    settings: Tree
    origins: Mapping[str, str]  # "spend.daily" → "flag" | "environment" | "toml" | "default"

    def rows(self) -> list[dict[str, str]]:
        """Return every setting as shown to people: secrets masked."""
        return [
            {
                "name": leaf.name,
                "environment": leaf.environment,
                "value": shown(_value_at(self.settings, leaf.name)),
                "origin": self.origins[leaf.name],
            }
            for leaf in leaves(type(self.settings))
        ]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting: its place in the tree, and its name in the environment."""

    name: str  # "spend.daily"
    environment: str  # "RINGBACK_SPEND__DAILY"
    field: FieldInfo

    @property
    def description(self) -> str:
        """Return the sentence that explains it."""
        return self.field.description or ""

    @property
    def is_secret(self) -> bool:
        """Say whether its value is never shown."""
        return self.field.annotation is SecretStr


def outside(
    name: str, default: Any, description: str, **bounds: Any
) -> Any:  # Any: as pydantic.Field
    """Declare a setting whose name people and platforms already use."""
    return Field(
        default, description=description, json_schema_extra={"environment": name}, **bounds
    )


def setting(default: Any, description: str, **bounds: Any) -> Any:  # Any: as pydantic.Field
    """Declare a setting whose name follows from its place in the tree."""
    return Field(default, description=description, **bounds)


def leaves(tree: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Yield every setting of the tree, in its order."""
    for name, field in tree.model_fields.items():
        here = (*path, name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, here)
        else:
            yield Leaf(".".join(here), _environment_name(here, field), field)


def resolve(
    tree: type[Tree], flags: Mapping[str, object], environment: Mapping[str, str]
) -> Loaded[Tree]:
    """Merge the sources: flag, environment, toml, default; unknown names are refused."""
    known = list(leaves(tree))
    from_flags = _checked_flags(known, flags)
    from_environment = _environment_values(known, environment)
    chosen_home = from_flags.get("home") or from_environment.get("home")
    home = Path(str(chosen_home)) if chosen_home else _default_home(tree)
    from_toml = _toml_values(known, home.expanduser() / TOML_NAME)

    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for leaf in known:
        origins[leaf.name] = "default"
        for origin, source in (
            ("flag", from_flags),
            ("environment", from_environment),
            ("toml", from_toml),
        ):
            if leaf.name in source:
                values[leaf.name] = source[leaf.name]
                origins[leaf.name] = origin
                break
    try:
        return Loaded(tree(**_nested(values)), origins)
    except ValidationError as failure:
        raise _explained(failure, known, origins) from None  # its text would repeat the value


def shown(value: object) -> str:
    """Return a value as people may see it."""
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return "" if value is None else str(value)


def is_loopback(host: str) -> bool:
    """Say whether an address means this machine only."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _environment_name(path: tuple[str, ...], field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "environment" in extra:
        return str(extra["environment"])
    return PREFIX + "__".join(path).upper()


def _default_home(tree: type[BaseModel]) -> Path:
    return Path(str(tree.model_fields["home"].get_default(call_default_factory=True)))


def _checked_flags(known: list[Leaf], flags: Mapping[str, object]) -> dict[str, object]:
    names = {leaf.name for leaf in known}
    for name in flags:
        if name not in names:
            raise _unknown(name, names, "flag")
    return {name: value for name, value in flags.items() if value is not None}


def _environment_values(known: list[Leaf], environment: Mapping[str, str]) -> dict[str, object]:
    names = {leaf.environment: leaf for leaf in known}
    for name in environment:
        if name.startswith(PREFIX) and name not in names and name not in FOREIGN:
            raise _unknown(name, set(names), "environment")
    # Platforms and compose files pass on what is unset as an empty text.
    return {leaf.name: environment[name] for name, leaf in names.items() if environment.get(name)}


def _toml_values(known: list[Leaf], file: Path) -> dict[str, object]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise Invalid(
            f"The home {file.parent} is a file.",
            cure="set RINGBACK_HOME to a folder you may write in",
        ) from None
    except OSError as failure:
        raise Invalid(
            f"{file} can't be read: {failure.strerror}.", cure=f"chmod u+rw {file}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise Invalid(f"{file} can't be read: {failure}.", cure="mend or remove the file") from None
    names = {leaf.name for leaf in known}
    values = dict(_flat(content, names))
    for name in values:
        if name not in names:
            raise _unknown(name, names, str(file))
    if "home" in values:
        raise Invalid(f"{file} lies in the home and can't move it.", cure="set RINGBACK_HOME")
    return values


def _flat(
    content: Mapping[str, Any], names: set[str], path: str = ""
) -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        name = f"{path}{key}"
        if isinstance(value, dict) and name not in names:
            yield from _flat(value, names, f"{name}.")
        else:
            yield name, value


def _nested(values: Mapping[str, object]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in values.items():
        *branch, last = name.split(".")
        place = root
        for part in branch:
            place = place.setdefault(part, {})
        place[last] = value
    return root


def _value_at(settings: BaseModel, name: str) -> object:
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _unknown(name: str, names: set[str], where: str) -> Invalid:
    nearest = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.0)
    return Invalid(f"There is no setting {name} ({where}).", cure=f"did you mean {nearest[0]}?")


def _explained(failure: ValidationError, known: list[Leaf], origins: Mapping[str, str]) -> Invalid:
    names = {leaf.name: leaf for leaf in known}
    parts = []
    for error in failure.errors(include_input=False, include_url=False, include_context=False):
        name = next(
            (
                candidate
                for length in range(len(error["loc"]), 0, -1)
                if (candidate := ".".join(str(part) for part in error["loc"][:length])) in names
            ),
            "",
        )
        said = error["msg"].removeprefix("Value error, ")
        parts.append(f"{names[name].environment} ({origins[name]}): {said}" if name else said)
    return Invalid("; ".join(parts) + ".", cure="see docs/settings.md or `ringback settings`")
