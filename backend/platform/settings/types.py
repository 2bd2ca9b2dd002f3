"""What settings are made of: branches of the tree, and the kinds of values that they hold."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _origin(value: str) -> str:
    return value.rstrip("/")


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Minutes = Annotated[tuple[Annotated[int, Field(ge=1, le=1440)], ...], BeforeValidator(_split)]
Origin = Annotated[str, AfterValidator(_origin)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Group(BaseModel):
    """A branch of the tree."""

    model_config = ConfigDict(frozen=True, extra="forbid")
