"""`GET /v1/health/uptime`: how long each part was up, for the operator."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from backend.console.watch.uptimes import DAYS_MAX, Uptimes
from backend.trust.guard import Guard


def router(*, uptimes: Uptimes, guard: Guard) -> APIRouter:
    """Return the operator's view of the time behind us."""
    routes = APIRouter(tags=["console"], dependencies=[Depends(guard.require("operate"))])

    @routes.get("/v1/health/uptime")
    async def uptime(
        days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 30,
    ) -> dict[str, object]:
        """Reckon how long each part was up within the last days, as each process saw it."""
        parts = await uptimes.report(days)
        return {"days": days, "parts": [asdict(part) for part in parts]}

    return routes
