"""`ringback tokens`: secrets for programs."""

from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, day, show_json, show_lines, show_table

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def tokens() -> None:
    """Secrets for programs that use the instance."""


@app.command()
def create(
    scope: Annotated[
        list[str], typer.Option(help="memory, documents, voice, feed, jobs or operate.")
    ],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int | None, typer.Option(help="How long it works.", min=1, max=3650)] = None,
    person: Annotated[str | None, typer.Option(help="Whose memory; the owner's if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is shown now and never again."""
    wanted = {"scopes": scope, "name": name, "days": days, "person": person}
    with instance() as running:
        made = running.post("/v1/tokens", wanted)
    if as_json:
        show_json(made)
    else:
        show_lines([made["token"]])


@app.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """Show the tokens that still open something."""
    with instance() as running:
        found = running.get("/v1/tokens")
    if as_json:
        show_json(found)
        return
    rows = [
        (
            token["id"],
            token["name"] or "-",
            " ".join(token["scopes"]),
            day(token["expires_at"]),
            day(token["last_used_at"]),
        )
        for token in found["tokens"]
    ]
    columns = ("Id", "Name", "Scopes", "Ends", "Last used")
    empty = "There are no tokens. Make one: ringback tokens create --scope memory --name …"
    show_table(columns, rows, empty=empty)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="Its id, from the list.")],
    as_json: AsJson = False,
) -> None:
    """Withdraw a token at once."""
    with instance() as running:
        running.delete(f"/v1/tokens/{token_id}")
    if as_json:
        show_json({"revoked": token_id})
    else:
        show_lines(["✓ It opens nothing any more."])
