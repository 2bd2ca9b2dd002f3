"""`ringback forget`: takes words away for good, everywhere; shows what would go, and receipts."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from backend.cli import output
from backend.cli.forget_member import FORGET_S_MAX, DryRun, Json, Yes, confirm, member
from backend.cli.instance import Instance, instance
from backend.cli.notes import WHICH, meant_note
from backend.cli.output import AsJson, day, plain, show_json, show_lines, show_table, when
from backend.kernel.errors import Invalid, Missing
from backend.platform.clock import SystemClock

app = typer.Typer(no_args_is_help=True, add_completion=False)

ALL = 100  # percent
LOOK_EVERY_S = 0.5
UNCLEAR_SHOWN_MAX = 20


@app.callback()
def forget() -> None:
    """Forget for good, everywhere, also what older backups would bring back."""


@app.command()
def turn(
    turn_id: Annotated[
        str, typer.Argument(help="The turn's id, or the end of it: ringback calls show --json.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget one turn: what was said, what was answered, and what was learnt from it."""
    _forget({"what": "turn", "id": turn_id}, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def fact(
    fact_id: Annotated[
        str, typer.Argument(help="The fact's id, or the end of it: ringback facts list.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget a fact, and the turns that it is known from."""
    _forget({"what": "fact", "id": fact_id}, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def note(
    note_id: Annotated[str, typer.Argument(help=f"{WHICH[:-1]}: ringback notes list.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget a note, on every device."""
    with instance() as running:
        known = _note(running, note_id)
    _forget({"what": "note", "id": known}, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def call(
    call_id: Annotated[str, typer.Argument(help='The id, its beginning, or "last".')],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget a whole call or thread with its sound."""
    with instance() as running:
        known = str(running.get(f"/v1/calls/{call_id}")["id"])
    wish = {"what": "conversation", "id": known}
    _forget(wish, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def message(
    message_id: Annotated[str, typer.Argument(help="The message's id, or the end of it.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget one message, with the turn that it was said in."""
    wish = {"what": "message", "id": message_id}
    _forget(wish, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def delivery(
    delivery_id: Annotated[str, typer.Argument(help="The text's or call's id, or its end.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget whom a text or a call reached, and what it said."""
    wish = {"what": "delivery", "id": delivery_id}
    _forget(wish, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def person(
    name: Annotated[str, typer.Argument(help="Their name, as you say it.")] = "",
    concept: Annotated[str, typer.Option("--id", help="Of several with one name: which.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget somebody: every turn that names them, and every fact about them."""
    if not (name.strip() or concept):
        raise Invalid("Who is to be forgotten?", cure="ringback forget person NAME")
    wish = {"what": "person", "name": name, "id": concept}
    _forget(wish, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def period(
    since: Annotated[str, typer.Option(help="A day or a moment: 2026-11-20, 2026-11-20T18:00.")],
    until: Annotated[
        str, typer.Option(help="A day, all of it; or a moment, up to it. Else: until now.")
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget everything that was said within some time."""
    begins = _moment(since, ends_day=False)
    ends = _moment(until, ends_day=True) if until else SystemClock().now()
    if begins >= ends:
        end = f"before {until}" if until else "in the past: without --until it ends now"
        raise Invalid("A period ends after it begins.", cure=f"give a --since {end}")
    wish = {"what": "period", "since": begins, "until": ends}
    _forget(wish, dry_run=dry_run, yes=yes, as_json=as_json)


app.command("member")(member)


@app.command()
def everything(dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget all of your memory. Your account, people and settings stay."""
    _forget({"what": "everything"}, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def show(
    receipt: Annotated[str, typer.Argument(help="The receipt's id, or the end of it.")],
    as_json: AsJson = False,
) -> None:
    """Show a receipt: what was removed, where it was looked, and what was found left."""
    with instance() as running:
        found = running.get(f"/v1/forget/{receipt}")
    if as_json:
        show_json(found)
        return
    show_lines(_receipt(found))


@app.command("list")
def list_receipts(as_json: AsJson = False) -> None:
    """Show the newest receipts."""
    with instance() as running:
        found = running.get("/v1/forget")
    if as_json:
        show_json(found)
        return
    rows = [
        (each["id"], day(each["at"]), each["scope"]["what"], each["state"], each["left"])
        for each in found["receipts"]
    ]
    empty = "Nothing was forgotten yet. What is kept of you: ringback forget report"
    show_table(("Id", "When", "What", "State", "Left"), rows, empty=empty)


@app.command()
def report(as_json: AsJson = False) -> None:
    """Show every store that holds something of you, how much, and for how long."""
    with instance() as running:
        found = running.get("/v1/forget/report")
    if as_json:
        show_json(found)
        return
    rows = [
        (each["store"], each["count"], each["holds"], _kept_for(each["days"]), each["forgotten_by"])
        for each in found["stores"]
    ]
    show_table(("Store", "Count", "What it holds", "Kept", "Forgotten by"), rows, empty="Nothing.")


def _note(running: Instance, named: str) -> str:
    """Return the id of the note that is meant; one that the list lacks is looked for by its id."""
    try:
        return str(meant_note(running, named)["id"])
    except Missing:
        return named


def _forget(wish: Json, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    with instance() as running:
        if dry_run or not yes:
            preview = running.post("/v1/forget?dry_run=true", wish, seconds_max=FORGET_S_MAX)
            if dry_run and as_json:
                show_json(preview)
                return
            if not as_json:
                show_lines(_previewed(preview))
            if dry_run or _is_empty(preview):
                return
            confirm()
        done = running.post("/v1/forget", wish, seconds_max=FORGET_S_MAX)
        receipt = _followed(running, str(done["id"]))
    if as_json:
        show_json(receipt)
    else:
        show_lines(_receipt(receipt))


def _followed(running: Instance, receipt_id: str) -> Json:
    """Wait while rows go that were too many for one transaction; servers are not waited for."""
    shown = -1
    while True:
        receipt: Json = running.get(f"/v1/forget/{receipt_id}")
        percent = int(receipt["progress"] * 100)
        if receipt["state"] == "done" or percent >= ALL:
            return receipt
        if shown < 0:
            output.note("It goes in small parts. Ctrl-C leaves the rest to the instance.")
        if percent != shown:
            output.note(f"{percent:>3} % gone")
            shown = percent
        time.sleep(LOOK_EVERY_S)


def _previewed(preview: Json) -> Iterator[str]:
    if _is_empty(preview):
        yield "There is nothing like that." if not preview["things"] else "There is nothing."
        return
    yield "This would go:"
    for name, count in preview["stores"].items():
        yield f"  {count:>7}  {name}"
    if preview["examples"]:
        yield "Among it:"
    for each in preview["examples"]:
        yield f"  {when(each['at'])}  {each['kind']}: {plain(each['text'])}"
    yield from _unclear(preview.get("unclear"))
    if preview["unreached"]:
        away = ", ".join(preview["unreached"])
        yield f"Not reachable just now, and done as soon as it is: {away}."
    yield preview["undo"]


def _is_empty(preview: Json) -> bool:
    """Say whether nothing would go: of everything somebody's name is there even when it is."""
    return not preview["things"] or not (preview["stores"] or preview["unreached"])


def _receipt(receipt: Json) -> Iterator[str]:
    is_done = receipt["state"] == "done"
    yield f"✓ Forgotten: {receipt['scope']['what']}" if is_done else _on_its_way(receipt)
    for name, count in receipt["removed"].items():
        yield f"  {count:>7}  {name}"
    if is_done:
        yield f"  Looked through {len(receipt['scanned'])} stores; {receipt['left']} left."
        yield f"  They are: {', '.join(receipt['scanned'])}."
    if receipt["unreached"]:
        yield f"  Did not answer, and is asked again: {', '.join(receipt['unreached'])}."
    yield from _unclear(receipt.get("unclear"))
    yield f"  Receipt: ringback forget show {receipt['id']}"


def _unclear(unclear: Json | None) -> Iterator[str]:
    """Say what stays because it only says a name that several bear, and how it goes as well."""
    if not unclear or not unclear["count"]:
        return
    yield f"Unclear, and kept: {unclear['count']} that only say a name which several bear."
    yield "Say which of them are meant:"
    for each in unclear["things"][:UNCLEAR_SHOWN_MAX]:
        yield f"  {each['forget']}"


def _on_its_way(receipt: Json) -> str:
    percent = int(receipt["progress"] * 100)
    return "… It is on its way." if percent >= ALL else f"… It is on its way: {percent} % gone."


def _kept_for(days: float | None) -> str:
    if days is None:
        return "-"
    return f"{days:g} days" if days else "for ever"


def _moment(text: str, *, ends_day: bool) -> int:
    """Read a day, of which all counts, or a moment, by this machine's clock."""
    try:
        if len(text) == len("2026-11-20"):
            whole = date.fromisoformat(text) + timedelta(days=int(ends_day))
            moment = datetime(whole.year, whole.month, whole.day).astimezone()
        else:
            moment = datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise Invalid(f"{text} is no moment.", cure="2026-11-20 or 2026-11-20T18:00") from None
    return int(moment.timestamp() * 1_000_000)
