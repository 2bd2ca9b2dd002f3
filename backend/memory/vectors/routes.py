"""The doors of the models of meaning: which is live, how far another is, and changing it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from backend.kernel.errors import Missing
from backend.memory.moments import write_moment
from backend.memory.vectors.changing import ModelChange
from backend.memory.vectors.models import ModelRow, ModelState
from backend.memory.vectors.spaces import Spaces
from backend.platform.jobs.routes import Gate


class Wanted(BaseModel):
    """The model that is to give meaning."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]


class ShownModel(BaseModel):
    """A model and how far it is."""

    name: str  # as `models use` takes it
    model: str
    dimension: int
    state: ModelState
    done: int
    total: int
    progress: float
    beside: list[str]  # models that have what this one lacks, until it has caught up
    report: dict[str, int | float | str]  # what its verification found
    changed_at: str


class ShownModels(BaseModel):
    """The one that changed last first; `usable` are the names that can be chosen."""

    models: list[ShownModel]
    usable: list[str]


FOUND = ("counted", "missing", "sampled", "found", "alike", "failed")


def routes(change: ModelChange, spaces: Spaces, *, guard: Gate) -> APIRouter:
    """Return the routes; only the operator changes what everybody is found by."""
    router = APIRouter(
        prefix="/v1/models/meaning",
        tags=["memory"],
        dependencies=[Depends(guard.require("operate"))],
    )

    @router.get("")
    async def list_models() -> ShownModels:
        """List the models that were ever used and are kept."""
        rows = await change.rows()
        return ShownModels(models=[_shown(row, spaces) for row in rows], usable=list(spaces.names))

    @router.post("/use", status_code=202)
    async def use(wanted: Wanted) -> ShownModel:
        """Change to a model: at once when its vectors are kept, else while everything goes on."""
        return _shown(await change.use(wanted.name), spaces)

    @router.delete("/{name}")
    async def remove(name: str) -> dict[str, int]:
        """Remove a retired model's vectors now."""
        if name not in spaces.names:
            raise Missing(f"There is no model {name}.", cure=", ".join(spaces.names))
        return {"removed": await change.remove(name)}

    return router


def _shown(row: ModelRow, spaces: Spaces) -> ShownModel:
    names = {model: name for name, model in spaces.names.items()}
    is_whole = row.state in {ModelState.LIVE, ModelState.RETIRED, ModelState.VERIFIED}
    return ShownModel(
        name=names.get(row.model, row.model),
        model=row.model,
        dimension=row.dimension,
        state=row.state,
        done=row.done,
        total=row.total,
        progress=1.0 if is_whole else min(row.done / max(row.total, 1), 1.0),
        beside=list(row.report.get("beside", ())),
        report={key: row.report[key] for key in FOUND if key in row.report},
        changed_at=write_moment(row.changed_at),
    )
