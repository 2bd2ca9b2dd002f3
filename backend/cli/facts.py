"""`ringback facts`: what is held to be true, how it is known, and putting it right."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from backend.cli.instance import instance
from backend.cli.live import channel_said
from backend.cli.output import AsJson, day, is_wide, short, show_json, show_lines, show_table, when
from backend.kernel.errors import Invalid
from backend.memory.facts.predicates import told

app = typer.Typer(no_args_is_help=True, add_completion=False)

Shown = Mapping[str, Any]  # Any: JSON, as the instance gave it
FactId = Annotated[str, typer.Argument(help="The fact's id, or its end: ringback facts list.")]


@app.callback()
def facts() -> None:
    """What is held to be true, and how it is known."""


@app.command("list")
def list_facts(
    about: Annotated[str, typer.Option(help='A name; "me" is whose memory it is.')] = "",
    at: Annotated[str, typer.Option(help="As it was on a day: 2026-05-01.")] = "",
    history: Annotated[bool, typer.Option("--history", help="What is over as well.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many.", min=1, max=200)] = 50,
    namespace: Annotated[str, typer.Option(help="Only what was imported under this name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what holds now: what was learnt last first."""
    query: dict[str, str | int] = {"limit": limit}
    given = {"about": about, "at": at, "namespace": namespace}
    query |= {name: value for name, value in given.items() if value}
    if history:
        query["history"] = "true"
    with instance() as running:
        found = running.get("/v1/facts", query)
    if as_json:
        show_json(found)
        return
    rows = [
        (short(fact["id"]), _statement(fact), _since(fact), _state(fact), _known_from(fact))
        for fact in found["facts"]
    ]
    empty = "Nothing is known yet. Tell the companion something: ringback talk"
    show_table(("Id", "What", "Since", "State", "Known from"), rows, empty=empty)


@app.command()
def show(fact: FactId, as_json: AsJson = False) -> None:
    """Show one fact: from whose words it is known, what became of it, what was true before."""
    with instance() as running:
        found = running.get(f"/v1/facts/{fact}")
    if as_json:
        show_json(found)
        return
    show_lines([_statement(found), f"  {_state(found)} · since {_since(found)}"])
    for source in found["sources"]:
        where = f"{when(source['when'])}, {channel_said(source['channel']) or 'by hand'}"
        sound = f" · {source['second']:.0f} s into the recording" if source["audio"] else ""
        show_lines([f"  “{source['quote']}” — {source['speaker'] or 'you'}, {where}{sound}"])
    rows = [
        (short(change["id"]), when(change["when"]), change["kind"], _by(change["by"]))
        for change in found["history"]
    ]
    show_table(("Id", "When", "What became of it", "By"), rows, empty="")
    for fact_before in found["former"]:
        until = day(fact_before["until"])
        show_lines([f"  before: {_statement(fact_before)} (until {until})"])


@app.command()
def correct(
    fact: FactId,
    value: Annotated[str, typer.Argument(help="What is true instead.")] = "",
    subject: Annotated[str, typer.Option(help="Of whom it is true instead.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a fact right: the old value was never true; `facts show` still knows of it."""
    if not value and not subject:
        raise Invalid("Say what is true instead.", cure="ringback facts correct FACT VALUE")
    body = {"object": value or None, "subject": subject or None}
    _change(f"/v1/facts/{fact}/correct", body, "Corrected.", as_json=as_json)


@app.command()
def deny(fact: FactId, as_json: AsJson = False) -> None:
    """Say that a fact was never true."""
    _change(f"/v1/facts/{fact}/deny", None, "It is not believed any more.", as_json=as_json)


@app.command()
def pin(fact: FactId, as_json: AsJson = False) -> None:
    """Keep a fact always at hand; only you can change it then."""
    _change(f"/v1/facts/{fact}/pin", None, "It is pinned.", as_json=as_json)


@app.command()
def unpin(fact: FactId, as_json: AsJson = False) -> None:
    """Let go of a pinned fact."""
    _change(f"/v1/facts/{fact}/unpin", None, "It is not pinned any more.", as_json=as_json)


@app.command()
def merge(
    kept: Annotated[str, typer.Argument(help="The name that stays.")],
    merged: Annotated[str, typer.Argument(help="The name that means the same.")],
    kept_which: Annotated[str, typer.Option(help="Which of several: sister, from work.")] = "",
    merged_which: Annotated[str, typer.Option(help="Which of several: sister, from work.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that two names are one: what is known of either is known of the kept one."""
    body = {
        "kept": {"name": kept, "qualifier": kept_which},
        "merged": {"name": merged, "qualifier": merged_which},
    }
    with instance() as running:
        done = running.post("/v1/facts/merge", body)
    if as_json:
        show_json(done)
        return
    show_lines(
        [
            f"✓ {merged} is {kept}.",
            f"  Undo it with: ringback facts undo --merge {short(done['id'])}",
        ]
    )


@app.command("merges")
def list_merges(as_json: AsJson = False) -> None:
    """Show which names were said to be one; each is undone by its id."""
    with instance() as running:
        found = running.get("/v1/facts/merges")
    if as_json:
        show_json(found)
        return
    rows = [
        (
            short(each["id"]),
            f"{_which(each, 'merged')} is {_which(each, 'kept')}",
            when(each["when"]),
            "undone" if each["undone"] else "",
        )
        for each in found["merges"]
    ]
    empty = "No two names were said to be one: ringback facts merge KEPT MERGED"
    show_table(("Id", "What", "When", "State"), rows, empty=empty)


@app.command()
def undo(
    change: Annotated[str, typer.Argument(help="The change's id: ringback facts show.")] = "",
    merge_id: Annotated[str, typer.Option("--merge", help="A merge: ringback facts merges.")] = "",
    as_json: AsJson = False,
) -> None:
    """Undo one change, or a merge."""
    if bool(change) == bool(merge_id):
        cure = "ringback facts show FACT, ringback facts merges"
        raise Invalid("Name a change or a merge.", cure=cure)
    path = f"changes/{change}" if change else f"merges/{merge_id}"
    _change(f"/v1/facts/{path}/undo", None, "Undone.", as_json=as_json)


def _change(path: str, body: Shown | None, said: str, *, as_json: bool) -> None:
    with instance() as running:
        done = running.post(path, body)
    if as_json:
        show_json(done)
        return
    lines = [f"✓ {said}"]
    if done["changes"] and not path.endswith("/undo"):
        lines.append(f"  Undo it with: ringback facts undo {short(done['changes'][0]['id'])}")
    show_lines(lines)


def _statement(fact: Shown) -> str:
    which = f" ({fact['qualifier']})" if fact["qualifier"] else ""
    said = fact["statement"]
    if not fact["subject"]:  # whoever asks at this keyboard
        is_past = fact["state"] in {"superseded", "ended"}
        said = told("", fact["predicate"], fact["object"], oneself="You", is_past=is_past)
    return f"{said}{which}"


def _which(merge: Shown, side: str) -> str:
    return f"{merge[side]} ({merge[f'{side}_which']})" if merge[f"{side}_which"] else merge[side]


def _since(fact: Shown) -> str:
    """Return since when it is so; of what was only said to be over, nobody has told it."""
    return day(fact["since"]) if fact["since_known"] else "not known"


def _by(actor: str) -> str:
    """Return who it was: as what, and in a narrow table no more than the end of their id."""
    kind, _, identifier = actor.partition(":")
    return actor if is_wide() or not identifier else f"{kind}:{short(identifier)}"


def _state(fact: Shown) -> str:
    if fact["state"]:
        return str(fact["state"])
    return "pinned" if fact["pinned"] else "holds"


def _known_from(fact: Shown) -> str:
    if not fact["sources"]:
        return "-"
    source = fact["sources"][0]
    more = len(fact["sources"]) - 1
    told = f"{source['speaker'] or 'you'}, {day(source['when'])}"
    return f"{told} and {more} more" if more else told
