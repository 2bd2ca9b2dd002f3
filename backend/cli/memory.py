"""`ringback memory`: what is remembered."""

from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_table

app = typer.Typer(no_args_is_help=True, add_completion=False)


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
        (f"{result['score']:.2f}", result["when"] or "-", result["speaker"], result["text"])
        for result in found["results"]
    ]
    show_table(("Score", "When", "Who", "What"), rows, empty="Nothing like that is remembered.")
