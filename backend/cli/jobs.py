"""`ringback jobs`: the work between calls, and the clocks that promise it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from backend.cli.instance import Instance, Json, instance
from backend.cli.output import (
    AsJson,
    ago,
    is_wide,
    short,
    show_json,
    show_lines,
    show_table,
    when,
)
from backend.kernel.errors import Invalid

app = typer.Typer(no_args_is_help=True, add_completion=False)

JobId = Annotated[str, typer.Argument(help="The job's id, or its end: ringback jobs list.")]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1, max=500)]
Name = Annotated[str | None, typer.Option("--name", help="Only jobs named so, as memory.embed.")]
Family = Annotated[str | None, typer.Option("--family", help="Only of this family, as memory.")]
User = Annotated[
    str | None, typer.Option("--user", help="The id of the user whose clock it is; none: ours.")
]

ADVICE = {  # why it died → what helps
    "refused": "it would be refused again: see to what the error says first",
    "broken": "a mistake, likely ours: retry it after an update",
    "timeout": "it took too long: retry it when the machine is less busy",
    "lost": "its worker was killed each time: see ringback logs, then retry it",
    "unavailable": "its server was away: retry it when ringback doctor is well",
    "busy": "a limit of rate: retry it later",
}


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@app.callback()
def jobs() -> None:
    """The work between calls."""


@app.command("list")
def list_jobs(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    name: Name = None,
    family: Family = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs."""
    asked = {"state": state.value if state else None, "name": name, "family": family}
    query = {key: value for key, value in asked.items() if value is not None}
    with instance() as running:
        found = running.get("/v1/jobs", {"limit": limit, **query})
    if as_json:
        show_json(found)
        return
    wide = is_wide()
    rows = [
        (
            _id(job, wide=wide),
            job["name"],
            _state(job),
            _made(job, "created_at", wide=wide),
            job.get("attempts", 0),
            _error(job, wide=wide),
        )
        for job in found["jobs"]
    ]
    columns = ("Id", "Job", "State", "Made" if wide else "Age", "Tries", "Last error")
    show_table(columns, rows, empty="No job fits." if query else "There are no jobs.")


@app.command()
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show one job: where it stands, what came of it, how its earlier lives ended."""
    with instance() as running:
        job = running.get(_path(job_id))
    if as_json:
        show_json(job)
        return
    lines = [
        f"{job['name']}  {_state(job)}",
        f"  id        {job['id']}",
        f"  made      {when(job['created_at'])}",
        f"  due       {when(job['not_before'])}",
        f"  started   {when(job['started_at'])}",
        f"  finished  {when(job['finished_at'])}",
        f"  tries     {job['attempts']} of {job['attempts_max']}",
    ]
    if job["lease_holder"]:
        lines.append(f"  held by   {job['lease_holder']} until {when(job['lease_until'])}")
    if job["error"]:
        lines.append(f"  error     {job['error']} ({job['error_kind'] or 'unknown'})")
    result = dict(job["result"] or {})
    history = result.pop("history", [])
    for key, value in result.items():
        lines += _told(key, value)
    lines += [
        f"  before    {life.get('state')} {when(life.get('ended_at'))}: {life.get('error') or '-'}"
        for life in history
    ]
    if job["state"] in (State.DEAD, State.CANCELLED):
        lines.append(f"Have it run again: ringback jobs retry {job['id']}")
    show_lines(lines)


@app.command()
def dead(name: Name = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Show the jobs that were given up, why, and what helps."""
    query: dict[str, str | int] = {"state": "dead", "limit": limit}
    with instance() as running:
        found = running.get("/v1/jobs", query | ({"name": name} if name else {}))
    if as_json:
        show_json(found)
        return
    wide = is_wide()
    rows = [
        (
            _id(job, wide=wide),
            job["name"],
            _made(job, "finished_at", wide=wide),
            _error(job, wide=wide),
            ADVICE.get(job.get("error_kind") or "", "see ringback logs"),
        )
        for job in found["jobs"]
    ]
    columns = ("Id", "Job", "When" if wide else "Ago", "Error", "What helps")
    show_table(columns, rows, empty="No job was given up.")
    if rows:
        names = sorted({job["name"] for job in found["jobs"]})
        show_lines(["", "The whole error: ringback jobs show ID."])
        show_lines(["Run one again: ringback jobs retry ID. All of a kind:"])
        show_lines([f"  ringback jobs retry --all-dead {each}" for each in names])


@app.command()
def retry(
    job_id: Annotated[str | None, typer.Argument(help="The job's id, or its end.")] = None,
    all_dead: Annotated[
        str | None, typer.Option("--all-dead", help="All that died, of the jobs named so.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a job that was given up or called off a new life, with all its tries."""
    if (job_id is None) == (all_dead is None):
        raise Invalid(
            "Say which: one job by its id, or all of a name.",
            cure="ringback jobs retry ID, or ringback jobs retry --all-dead memory.embed",
        )
    with instance() as running:
        if job_id is not None:
            done = running.post(_path(job_id, "retry"))
            told = "✓ It runs again. See: ringback jobs show " + job_id
        else:
            done = running.post("/v1/jobs/retry", {"name": all_dead})
            count = done["retried"]
            told = f"✓ {count} of them run again." if count else f"No {all_dead} was given up."
    _tell(done, [told], as_json=as_json)


@app.command()
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Call a job off; what it had begun to write is undone."""
    with instance() as running:
        done = running.post(_path(job_id, "cancel"))
    is_over = done["state"] == State.CANCELLED
    told = "✓ Called off." if is_over else "✓ It runs, and ends within seconds."
    _tell(done, [told], as_json=as_json)


@app.command()
def run(
    what: Annotated[str, typer.Argument(help="A clock's name, or the id of a job that waits.")],
    user: User = None,
    as_json: AsJson = False,
) -> None:
    """Run now what a clock would promise later, or a job that waits for its time."""
    with instance() as running:
        if "." not in what:  # a clock is named for its job: room.verb
            done = running.post(_path(what, "run"))
            job_id = what
        else:
            done = running.post(_clock(what, "run", user))
            job_id = done["job_id"]
    _tell(done, [f"✓ On the way. See: ringback jobs show {job_id}"], as_json=as_json)


@app.command()
def schedule(
    pause: Annotated[str | None, typer.Option(help="Stop the clock named so.")] = None,
    resume: Annotated[str | None, typer.Option(help="Let the clock named so go on.")] = None,
    user: User = None,
    as_json: AsJson = False,
) -> None:
    """Show every clock: what it promises, how often, when next. Pause one, or resume it."""
    with instance() as running:
        for name, verb in ((pause, "pause"), (resume, "resume")):
            if name is not None:
                running.post(_clock(name, verb, user))
        found = _listed(running)
    if as_json:
        show_json(found)
        return
    wide = is_wide()
    told = when if wide else ago
    rows = [
        (
            clock["name"],
            clock["rhythm"],
            clock["zone"],
            "paused" if clock["is_paused"] else told(clock["next_at"]),
            told(clock["last_at"]),
            (clock["user_id"] if wide else short(clock["user_id"])) or "-",
        )
        for clock in found["clocks"]
    ]
    columns = ("Clock", "How often", "Zone", "Next", "Last" if wide else "Last, ago", "User")
    show_table(columns, rows, empty="No clock was wound yet: is a process with --role workers up?")


def _listed(running: Instance) -> Json:
    return running.get("/v1/jobs/schedule")


def _tell(answer: Json, lines: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
    else:
        show_lines(lines)


def _state(job: Json) -> str:
    is_running = job["state"] == State.LEASED and 0 < job.get("progress", 0) < 1
    return f"{job['state']} {job['progress']:.0%}" if is_running else str(job["state"])


def _id(job: Json, *, wide: bool) -> str:
    return str(job["id"]) if wide else short(str(job["id"]))


def _made(job: Json, moment: str, *, wide: bool) -> str:
    return when(job.get(moment)) if wide else ago(job.get(moment))


def _error(job: Json, *, wide: bool) -> str:
    """Return why the last attempt came to nothing: its kind where a sentence has no room."""
    error, kind = job.get("error") or "", job.get("error_kind") or ""
    return (error if wide else kind or error) or "-"


def _told(key: str, value: Json) -> list[str]:
    """Return a part of a result as lines."""
    if not isinstance(value, list):
        return [f"  {key}: {value}"]
    if not all(isinstance(each, dict) for each in value):
        return [f"  {key}: {', '.join(map(str, value)) or '-'}"]
    rows = [
        " · ".join(str(part) for part in each.values() if part not in ("", None)) for each in value
    ]
    return [f"  {key}:", *(f"    {row}" for row in rows)]


def _path(job_id: str, verb: str = "") -> str:
    path = f"/v1/jobs/{quote(job_id, safe='')}"
    return f"{path}/{verb}" if verb else path


def _clock(name: str, verb: str, user: str | None) -> str:
    whose = f"?user_id={quote(user, safe='')}" if user else ""
    return f"/v1/jobs/schedule/{quote(name, safe='')}/{verb}{whose}"
