"""`ringback doctor`: what works, what does not, and the command that cures it."""

from dataclasses import asdict
from typing import Annotated, Any, NamedTuple

import typer

from backend.cli.called import here
from backend.cli.checks import Finding, look
from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_lines, show_table, when
from backend.cli.ports_map import places
from backend.kernel.errors import RingbackError
from backend.platform.settings import load_settings

DAYS = 30
CARRYING = "jobs"  # an instance is ready without them, but nothing stands in for them

Told = dict[str, Any]  # Any: JSON, as the instance gave it


class _Inside(NamedTuple):
    """What the instance says of itself."""

    findings: list[Finding]  # of parts that it uses
    uptimes: list[Told]
    has_dummy_engines: bool = False


app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    integrity: Annotated[
        bool, typer.Option("--integrity", help="Compare the projections with the truth, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything: ✓ works, ✗ does not, ! does not but something stands in, · is not needed.

    Ends with 1 when any ✗.
    """
    settings = load_settings().settings
    findings, inside = look(settings), _Inside([], [])
    if not any(_is_bad(finding) for finding in findings):
        inside = _inside(integrity=integrity)
        if inside.has_dummy_engines:  # it was started so; our own settings don't know of it
            settings = settings.model_copy(update={"dummy_engines": True})
            findings = look(settings)
    uptimes, every = inside.uptimes, [*findings, *inside.findings]
    is_well = not any(_is_bad(finding) for finding in every)
    map_ = [asdict(place) for place in places(settings)]
    if as_json:
        checks = [asdict(finding) for finding in every]
        show_json({"ok": is_well, "checks": checks, "ports": map_, "uptime": uptimes})
    else:
        show_lines(line for finding in findings for line in _lines(finding, spare="·"))
        show_lines(line for finding in inside.findings for line in _lines(finding, spare="!"))
        show_lines([""])
        rows = [(place["port"], place["engine"], place["why"]) for place in map_]
        show_table(("Port", "In use", "Why"), rows, empty="")
        if uptimes:
            show_lines([""])
            is_alone = len({told["process"] for told in uptimes}) == 1
            columns = ("Part", "Now", "Since", f"Up in {DAYS} days", "Breaks", "Seen by")
            shown = len(columns) - is_alone
            show_table(columns[:shown], [_uptime(told)[:shown] for told in uptimes], empty="")
    if not is_well:
        raise typer.Exit(1)


def _inside(*, integrity: bool) -> _Inside:
    """Ask the instance itself; when none runs, that one can be started is a check of its own."""
    query = {"integrity": "true"} if integrity else None
    try:
        with instance() as running:
            told = running.get("/v1/doctor", query)
            uptimes = running.get("/v1/health/uptime", {"days": DAYS})["parts"]
    except RingbackError as failure:
        silent = Finding("instance", ok=False, detail=failure.message, cure=failure.cure)
        return _Inside([silent], [])
    findings = [_told(check) for check in told["checks"]]
    return _Inside(findings, uptimes, bool(told.get("has_dummy_engines")))


def _uptime(told: Told) -> tuple[str, ...]:
    share = told.get("uptime")
    return (
        str(told["part"]),
        "works" if told["ok"] else "broken",
        when(told["since"]),
        "-" if share is None else f"{_floor(share):.3f} %",
        str(told["breaks"]),
        str(told["process"]).partition("@")[0],
    )


def _floor(share: float) -> float:
    """Return a share in percent, never rounded up: 100 means that it never broke."""
    return int(share * 100_000) / 1_000


def _told(check: Told) -> Finding:
    return Finding(
        name=str(check["name"]),
        ok=bool(check["ok"]),
        detail=str(check.get("detail", "")),
        cure=str(check.get("cure", "")),
        is_vital=bool(check.get("is_vital", True)),
    )


def _is_bad(finding: Finding) -> bool:
    return not finding.ok and (finding.is_vital or finding.name == CARRYING)


def _lines(finding: Finding, *, spare: str) -> list[str]:
    """Return a finding in words; `spare` is the sign of what can be done without."""
    sign = "✓" if finding.ok else "✗" if _is_bad(finding) else spare
    lines = [f"{sign} {finding.name}: {finding.detail}"]
    if not finding.ok and finding.cure:
        lines.append(f"    → {here(finding.cure)}")
    return lines
