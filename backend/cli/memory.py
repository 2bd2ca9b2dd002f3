"""`ringback memory`: what is remembered."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, day, show_json, show_table, when

app = typer.Typer(no_args_is_help=True, add_completion=False)
_BECAME = {
    "corrected": "corrected later",
    "denied": "denied later",
    "superseded": "otherwise since",
    "ended": "over since",
}


@app.callback()
def memory() -> None:
    """What is remembered."""


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for, in your own words.")],
    k: Annotated[int, typer.Option("--k", help="How many at most.", min=1, max=100)] = 5,
    namespace: Annotated[str, typer.Option(help="Only what was imported under this name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Look for what was said."""
    with instance() as running:
        wanted = {"query": query, "k": k, "namespace": namespace}
        found = running.post("/v1/memory/search", wanted)
    if as_json:
        show_json(found)
        return
    rows = [
        (f"{result['score']:.2f}", when(result["when"]), result["speaker"], _as_it_became(result))
        for result in found["results"]
    ]
    empty = "Nothing like that is remembered. What is on its mind: ringback memory recent"
    show_table(("Score", "When", "Who", "What"), rows, empty=empty)


def _as_it_became(found: Mapping[str, Any]) -> str:  # Any: an answer's fields are of several types
    """Return what was said, with what became of it since."""
    became = _BECAME.get(found.get("became", ""), "")
    return f"{found['text']} ({became})" if became else str(found["text"])


@app.command()
def recent(
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=200)] = 20,
    in_order: Annotated[
        bool, typer.Option("--in-order", help="As it happened, not by its weight.")
    ] = False,
    conversation: Annotated[str, typer.Option(help="Only of this conversation.")] = "",
    namespace: Annotated[str, typer.Option(help="Only what was imported under this name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what is on the companion's mind: the last 24 hours, the weightiest first."""
    order = "time" if in_order else "weight"
    query = urlencode(
        {"limit": limit, "order": order, "conversation": conversation, "namespace": namespace}
    )
    with instance() as running:
        found = running.get(f"/v1/memory/recent?{query}")
    if as_json:
        show_json(found)
        return
    rows = [
        (f"{each['weight']:.2f}", each["kind"], when(each["when"]), each["text"])
        for each in found["recent"]
    ]
    empty = "Nothing was said in the last 24 hours. Say something: ringback talk"
    show_table(("Weight", "What", "When", "Text"), rows, empty=empty)


@app.command()
def path(
    start: Annotated[str, typer.Argument(help="Somebody or something that was spoken of.")],
    end: Annotated[str, typer.Argument(help="Somebody or something else.")],
    at: Annotated[str, typer.Option(help="As it was at a moment, as 2026-05-01.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how two names are linked, relation by relation."""
    query = urlencode({"start": start, "end": end, **({"at": at} if at else {})})
    with instance() as running:
        found = running.get(f"/v1/memory/graph/path?{query}")
    if as_json:
        show_json(found)
        return
    rows = [
        (step["subject"], step["predicate"], step["object"], day(step["since"]))
        for step in found["steps"]
    ]
    empty = f"Nothing that was said links {start} and {end}. What is known: ringback facts list"
    show_table(("Who", "How", "Whom", "Since"), rows, empty=empty)
