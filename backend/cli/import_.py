"""`ringback import`: our own export, and histories of ChatGPT, Claude, mem0 and plain JSONL."""

import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.instance import Instance, instance
from backend.cli.output import AsJson, day, note, show_json, show_lines
from backend.kernel.errors import Invalid, RingbackError, Unavailable

UPLOAD_S_MAX = 3600.0
LOOK_EVERY_S = 0.5
OVER = frozenset({"done", "dead", "cancelled"})

app = typer.Typer(add_completion=False)

Shown = Mapping[str, Any]  # Any: JSON, as the instance gave it


class From(StrEnum):
    """Whose file it is."""

    AUTO = "auto"
    RINGBACK = "ringback"
    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    MEM0 = "mem0"
    JSONL = "jsonl"


class Unfinished(RingbackError):
    """An import came to no good end."""

    code = "import_failed"


@app.command("import")
def import_(  # noqa: PLR0913, PLR0917 - each is a word of the command line
    file: Annotated[Path, typer.Argument(help="The file, or its ZIP file.")],
    from_: Annotated[From, typer.Option("--from", help="Whose file it is.")] = From.AUTO,
    namespace: Annotated[str, typer.Option(help="Keep it apart, under this name.")] = "",
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Pass over what can't be read.")
    ] = False,
    read_with_model: Annotated[
        bool,
        typer.Option(
            "--read-with-model",
            help="Have the language model read every message for facts, within the day's budget;"
            " else rules do.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Bring back what was forgotten here before.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would come.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Bring in what was said elsewhere, with its dates. Again it changes nothing."""
    query = {
        "from": from_.value,
        "namespace": namespace,
        "lenient": str(lenient).lower(),
        "read_with_model": str(read_with_model).lower(),
        "again": str(again).lower(),
        "dry_run": str(dry_run).lower(),
    }
    with instance() as running:
        try:
            with file.open("rb") as stream:
                found = running.send("/v1/import", stream, query, seconds_max=UPLOAD_S_MAX)
        except OSError as failure:
            raise Invalid(f"{file} can't be read: {failure.strerror}.") from None
        except Unavailable as failure:
            raise Unfinished(
                "The upload broke off. The same command sends it again: what has come by then is"
                " passed over.",
                cure=f"ringback import {file}",
            ) from failure
        told: dict[str, Any] = dict(found)  # Any: JSON
        # What was started for this command ends with it: it must be done by then.
        if not dry_run and wait:
            told["job"] = _followed(running, str(found["job_id"]))
    if as_json:
        show_json(told)
        return
    show_lines(_lines(told))


def _followed(running: Instance, job_id: str) -> Shown:
    note("Bringing it in … Ctrl-C leaves it to the instance, which goes on where it stands.")
    shown = -1
    while True:
        try:
            job: Shown = running.get(f"/v1/jobs/{job_id}")
        except Unavailable as failure:
            raise Unfinished(
                "The instance does not answer any more. The file is there: it goes on where it"
                " stood as soon as it runs.",
                cure=f"ringback up; ringback jobs show {job_id}",
            ) from failure
        percent = int(job["progress"] * 100)
        if percent > shown:
            shown = percent
            note(f"  {percent} %")
        if job["state"] in OVER:
            break
        time.sleep(LOOK_EVERY_S)
    if job["state"] != "done":
        raise Unfinished(
            f"The import is {job['state']}: {job['error']}",
            cure=f"ringback jobs retry {job_id}, and it goes on where it stood",
        )
    return job


def _lines(told: Shown) -> list[str]:
    lines = [f"{told['kind']}: {told['messages']} messages" + _span(told)]
    if told["assistants"]:
        lines.append(f"  {told['assistants']} of an assistant: kept, never learnt from")
    if told["memories"]:
        lines.append(f"  {told['memories']} memories")
    if told["undated"]:
        lines.append(
            f"  {told['undated']} without a date of their own that can be read: they take the one"
            " of what they stand in"
        )
    lines += [f"  {count} {name}" for name, count in told["tables"].items() if count]
    lines += [f"  ✗ line {each['line']}: {each['why']}" for each in told["shown"]]
    if told["problems"] > len(told["shown"]):
        lines.append(f"  … and {told['problems'] - len(told['shown'])} more")
    result = (told.get("job") or {}).get("result") or {}
    if result.get("called_off"):
        lines.append("✗ Called off: what it might have brought was forgotten meanwhile.")
    elif result:
        lines += _result(result, told["kind"])
    elif told["dry_run"]:
        lines.append("Nothing was imported: leave out --dry-run for that.")
    else:
        lines.append(f"✓ It goes on by itself: ringback jobs show {told['job_id']}")
    return lines


def _result(result: Shown, kind: str) -> list[str]:
    added = ", ".join(f"{count} {name}" for name, count in result["added"].items())
    lines = [f"✓ New: {added or 'nothing'}. Here before: {result['known']}."]
    if result["conflicts"]:
        where = ", ".join(str(line) for line in result["conflicts_at"])
        more = ", …" if result["conflicts"] > len(result["conflicts_at"]) else ""
        lines.append(
            f"  ✗ {result['conflicts']} have an id that is here in other words, which stay:"
            f" line {where}{more}"
        )
    if result["forgotten"]:
        way = "" if kind == "ringback" else "; --again brings them back"
        lines.append(f"  {result['forgotten']} were forgotten here, and stay so{way}.")
    if result["unconfirmed"]:
        lines.append(f"  {result['unconfirmed']} numbers wait for you: ringback people list")
    return lines


def _span(told: Shown) -> str:
    conversations = f" in {told['conversations']} conversations" if told["conversations"] else ""
    dates = f", {day(told['first'])} to {day(told['last'])}" if told["first"] else ""
    return conversations + dates
