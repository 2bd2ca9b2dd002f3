"""What each job is told, by its name: checked when it is promised and again before it is run.

A job says which rows it is about, never what is in them: words and numbers stay where they are
kept. A row that was damaged, or was promised by another version of this program, is refused with
its reason instead of failing its worker again and again.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.kernel.errors import Invalid

PAYLOAD_CHARS_MAX = 64 << 10
RESULT_CHARS_MAX = 16 << 10
IDS_MAX = 1_000

Name = Annotated[str, Field(min_length=1, max_length=200)]  # an id, or a word of ours


class Payload(BaseModel):
    """What a job is told: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class OfMessages(Payload):
    """Messages that are carried on."""

    message_ids: Annotated[list[Name], Field(min_length=1, max_length=IDS_MAX)]


class OfWords(OfMessages):
    """Messages that are read for facts."""

    asks_model: bool = False  # also where they were brought in: by the thousand, at a price


class OfFacts(Payload):
    """Facts that are told on."""

    fact_ids: Annotated[list[Name], Field(min_length=1, max_length=IDS_MAX)]


class OfDelivery(Payload):
    """A call or text that was promised."""

    delivery_id: Name


class OfLook(OfDelivery):
    """The how-manieth look at which attempt."""

    attempt: int
    look: int = 0


class OfDocument(Payload):
    """A shared document."""

    document_id: Name


class OfChange(OfDocument):
    """A shared document as it was after a change."""

    cursor: int


class OfForgetting(Payload):
    """A wish to forget, and its tombstones."""

    forgetting_id: Name


class OfImport(Payload):
    """A file that was uploaded."""

    import_id: Name


class OfRun(Payload):
    """A change of the model of meaning, by the name of its filling."""

    run: Name


class OfProjection(Payload):
    """What is made anew from the truth."""

    projection: Name


class OfMoment(Payload):
    """What a clock promises: the moment that was planned, and for whom."""

    planned_at: int | None = None


Shape = type[Payload]

# Every name that somebody promises: a job that is new needs a line here and one in
# workers/registry.py.
PAYLOADS: Mapping[str, Shape] = {
    "memory.embed": OfMessages,
    "memory.relate": OfMessages,
    "memory.reembed": OfRun,
    "memory.retire": OfMoment,
    "memory.learn": OfWords,
    "memory.import": OfImport,
    "memory.mirror": OfFacts,
    "delivery.dial": OfDelivery,
    "delivery.text": OfDelivery,
    "delivery.watch": OfLook,
    "documents.project": OfChange,
    "documents.compact": OfDocument,
    "upkeep.backup": OfMoment,
    "upkeep.check": OfMoment,
    "upkeep.forget": OfForgetting,
    "upkeep.prune": OfMoment,
    "upkeep.rebuild": OfProjection,
    "upkeep.retain": OfMoment,
}


class Payloads:
    """Knows the shape of every job's payload; without a table, only that it is bounded JSON."""

    def __init__(self, shapes: Mapping[str, Shape] | None = None) -> None:
        self._shapes = shapes

    def check(self, name: str, payload: Mapping[str, Any]) -> None:  # Any: JSON
        """Raise Invalid, without repeating a value, for what this job can't be told."""
        _bounded(payload, PAYLOAD_CHARS_MAX, f"The payload of {name}")
        if self._shapes is None:
            return
        shape = self._shapes.get(name)
        if shape is None:
            raise Invalid(
                f"Nobody has said what jobs named {name} are told.",
                cure="give it a line in backend/platform/jobs/payloads.py",
            )
        try:
            shape.model_validate(dict(payload))
        except ValidationError as problems:
            said = "; ".join(
                f"{'.'.join(str(part) for part in problem['loc'][:3])}: {problem['type']}"
                for problem in problems.errors(include_input=False, include_url=False)[:5]
            )
            raise Invalid(f"The payload of {name} is malformed: {said}.") from None


def check_result(name: str, result: Mapping[str, Any] | None) -> None:  # Any: JSON
    """Raise Invalid when what a handler returns is no small JSON object."""
    if result is not None:
        _bounded(result, RESULT_CHARS_MAX, f"The result of {name}")


def _bounded(
    value: Mapping[str, Any],  # Any: JSON
    chars_max: int,
    called: str,
) -> None:
    try:
        length = len(json.dumps(dict(value), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise Invalid(f"{called} is not a JSON object.") from None
    if length > chars_max:
        raise Invalid(f"{called} is too long: {length} characters, {chars_max} are allowed.")
