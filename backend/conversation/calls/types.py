"""What is shown of a call: its row, its turns, their timelines and what they cost."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LISTED_MAX = 200
ANY: Literal["any"] = "any"
Carrier = Literal["phone", "sms", "app", "web", "talk", "api", "any"]


class Wanted(BaseModel):
    """Which calls somebody asks for."""

    model_config = ConfigDict(extra="forbid")

    carrier: Carrier = "phone"
    direction: Literal["", "in", "out"] = ""
    person: str = Field("", max_length=128, description="An id, or a part of the name.")
    number: str = Field("", max_length=32, description="Its last digits are enough.")
    since: int = Field(0, ge=0, lt=1 << 63, description="Microseconds since 1970.")
    before: str = Field("", max_length=64, description="An id: older calls than this one.")
    limit: int = Field(50, ge=1, le=LISTED_MAX)


class ShownCall(BaseModel):
    """A call as it is listed."""

    id: str
    carrier: str
    carrier_ref: str
    direction: str
    remote: str
    person_id: str | None
    person: str  # their name; empty when nobody we know
    assurance: str
    is_recorded: bool
    delivery_id: str  # what we rang for; empty when they rang
    turns_taken: int
    cost_micros: int
    started_at: str
    ended_at: str | None
    ended_by: str


class ShownTurn(BaseModel):
    """One turn of a call."""

    id: str
    heard: str
    said: str  # as far as it was heard
    unheard: str  # the tail of the reply that an interruption cut off
    engine: str
    timeline: dict[str, list[float]]  # span → [start ms, end ms]
    details: Mapping[str, Any]  # Any: JSON; what it may hold is drawn in cli/waterfall.py
    cost_micros: int
    started_at: str
    ended_at: str


class WholeCall(ShownCall):
    """A call with everything that was said on it."""

    turns: list[ShownTurn]


class ShownCalls(BaseModel):
    """Calls, the newest first."""

    calls: list[ShownCall]
