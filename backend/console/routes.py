"""Health for everybody who may ask, and what only the operator sees."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

from fastapi import APIRouter, Depends, Request, Response

from backend.console.integrity import Integrity
from backend.platform.health import Finding, Health
from backend.platform.settings import Settings
from backend.platform.telemetry.metrics import CONTENT_TYPE, Metrics
from backend.trust.guard import Guard

OPERATE = "operate"


class Readiness(Protocol):
    """Knows which vital parts are not well; the monitor, from its last look."""

    async def not_ready(self) -> list[Finding]:
        """Return the vital parts that are not well: none means ready."""
        ...

    @property
    def findings(self) -> Mapping[str, Finding]:
        """Return what the last look at each part saw."""
        ...


def health_router(
    *, health: Readiness, metrics: Metrics, guard: Guard, settings: Settings
) -> APIRouter:
    """Return what watches the process: served by every role."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @routes.get("/health/ready")
    async def ready(response: Response) -> dict[str, object]:
        missing = await health.not_ready()
        response.status_code = 503 if missing else 200
        limping = [found.name for found in health.findings.values() if not found.ok]
        # Names only: the reasons are the operator's.
        return {
            "status": "not ready" if missing else "degraded" if limping else "ready",
            "not_ready": [found.name for found in missing],
            "degraded": sorted(set(limping) - {found.name for found in missing}),
        }

    @routes.get("/metrics")
    async def figures(request: Request) -> Response:
        if not settings.is_bound_to_loopback:
            await guard.require(OPERATE)(request)
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    return routes


def router(
    *, health: Health, guard: Guard, projections: Integrity, settings: Settings
) -> APIRouter:
    """Return what only the operator sees."""
    routes = APIRouter(tags=["console"], dependencies=[Depends(guard.require(OPERATE))])

    @routes.get("/v1/doctor")
    async def examine(integrity: bool = False) -> dict[str, object]:
        findings = await health.report()
        if integrity:
            findings += await projections.examine()
        is_well = all(found.ok for found in findings if found.is_vital)
        return {
            "ok": is_well,
            "checks": [asdict(found) for found in findings],
            # A flag of its start, which whoever asks can't read from the environment.
            "has_dummy_engines": settings.dummy_engines,
        }

    return routes
