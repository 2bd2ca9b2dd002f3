"""Reads a script from YAML and says, in its own words, what is wrong with it."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from backend.cli.script.types import Script
from backend.kernel.errors import Invalid

BYTES_MAX = 256_000
EXAMPLE = "steps: [{say: Hello.}, {expect: {says: hello}}, hang up]"


def read_script(path: Path) -> Script:
    """Return a script; Invalid names the place that can't be understood."""
    try:
        text = path.read_bytes()
    except OSError as failure:
        raise Invalid(f"{path} can't be read: {failure.strerror}.") from failure
    if len(text) > BYTES_MAX:
        raise Invalid(f"{path} is too long for a call.")
    try:
        # Words stay words: "no" is something people say, and 0123 are keys.
        raw = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes strings alone)
    except yaml.YAMLError as wrong:
        raise Invalid(f"{path} is no YAML: {_place(wrong)}") from wrong
    if not isinstance(raw, dict):
        raise Invalid(f"{path} holds no call.", cure=EXAMPLE)
    raw.setdefault("name", path.stem.replace("-", " ").replace("_", " "))
    if isinstance(raw.get("steps"), list):
        raw["steps"] = [_step(step) for step in raw["steps"]]
    try:
        return Script.model_validate(raw)
    except ValidationError as wrong:
        raise Invalid(f"{path}: {_explained(wrong)}", cure=EXAMPLE) from None


def _step(raw: Any) -> Any:  # Any: YAML as somebody wrote it; the model judges it
    """Bring the short forms to the long one: `hang up`, `cough`, `hang up: true`."""
    if isinstance(raw, str):
        short = {"hang up": {"hang_up": True}, "cough": {"cough": {}}}
        return short.get(raw.strip().lower(), raw)
    if isinstance(raw, dict):
        known = {str(name).replace(" ", "_"): value for name, value in raw.items()}
        if known.get("cough") == "":
            known["cough"] = {}
        if isinstance(known.get("expect"), dict):
            known["expect"] = {
                str(name).replace(" ", "_"): value for name, value in known["expect"].items()
            }
        return known
    return raw


def _explained(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False)[0]
    place = [part for part in first["loc"] if not str(part).startswith("function-")]
    if place[:1] == ["steps"] and len(place) > 1:
        where = f"step {int(place[1]) + 1}" + "".join(f", {part}" for part in place[2:])
    else:
        where = ", ".join(str(part) for part in place) or "the script"
    if first["type"] == "model_type":
        return f"{where}: “{first['input']}” can't be understood here"
    if first["type"] == "extra_forbidden":
        return f"{where}: there is no such word in a script"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _place(wrong: yaml.YAMLError) -> str:
    mark = getattr(wrong, "problem_mark", None)
    problem = getattr(wrong, "problem", None) or "it can't be understood"
    return f"{problem} (line {mark.line + 1})" if mark else str(problem)
