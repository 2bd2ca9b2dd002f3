"""`ringback people`: who the companion knows, and by which number."""

import sys
from typing import Annotated

import typer

from backend.cli import forget_member
from backend.cli.forget_member import DryRun, Yes
from backend.cli.instance import instance, person_named
from backend.cli.output import Answer, AsJson, show_json, show_lines, show_table
from backend.kernel.errors import Invalid

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def people() -> None:
    """Who the companion knows, and by which number."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Their name; the owner's adds an own number.")],
    number: Annotated[str | None, typer.Option(help="In international form: +14155550123.")] = None,
    member: Annotated[
        bool, typer.Option("--member", help="Give them a memory of their own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Enrol somebody. Without --member they speak to the owner's memory."""
    if not name.strip():
        raise Invalid("Somebody needs a name.", cure="ringback people add NAME --number +…")
    with instance() as running:
        added = running.post("/v1/people", {"name": name, "number": number, "member": member})
    if as_json:
        show_json(added)
        return
    numbers = f" from {', '.join(added['numbers'])}" if added["numbers"] else ""
    show_lines([f"✓ {added['name']} speaks{numbers} to {added['memory']}."])
    if not member and added["role"] == "household":
        show_lines(["  For a memory that nobody else sees, remove them and add --member."])


@app.command("list")
def list_people(as_json: AsJson = False) -> None:
    """Show everybody."""
    with instance() as running:
        found = running.get("/v1/people")
    if as_json:
        show_json(found)
        return
    rows = [
        (person["name"], person["role"], ", ".join(_numbers(person)) or "-", person["memory"])
        for person in found["people"]
    ]
    show_table(("Name", "Role", "Numbers", "Speaks to"), rows, empty="Nobody is known yet.")
    if any(person["unconfirmed"] for person in found["people"]):
        show_lines(
            [
                "",
                "* Named by an import: nothing answers to it or rings it until you confirm it:",
                "  ringback people add NAME --number NUMBER",
            ]
        )


@app.command()
def pin(
    name: Annotated[str, typer.Argument(help="Whose PIN.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the PIN away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set the PIN by which somebody proves on the telephone who they are.

    It is asked for, or read from the input: never given as an argument, which others could see.
    """
    with instance() as running:
        person = person_named(running, name)
        path = f"/v1/people/{person['id']}/pin"
        if remove:
            running.delete(path)
        else:
            running.put(path, {"pin": _asked_pin()})
    if as_json:
        show_json({"person": person["name"], "has_pin": not remove})
    elif remove:
        show_lines([f"✓ {person['name']} has no PIN any more."])
    else:
        show_lines([f"✓ {person['name']} may say it or key it in on a call, five tries at most."])


def _numbers(person: Answer) -> list[str]:
    return [*person["numbers"], *(f"{number} *" for number in person["unconfirmed"])]


def _asked_pin() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True))
    given = sys.stdin.readline().strip()
    if not given:
        raise Invalid("No PIN was given.", cure="ringback people pin NAME")
    return given


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Their name.")],
    forget: Annotated[
        bool, typer.Option("--forget", help="A member's memory too: there is no way back.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove somebody: their numbers and credentials stop working at once."""
    with instance() as running:
        person = person_named(running, name)
        is_member = person["role"] == "member"
        if (forget or dry_run) and not is_member:
            cure = f"ringback forget person {person['name']}"
            raise Invalid(f"{person['name']} has no memory of their own.", cure=cure)
        if dry_run:
            forget_member.weigh(running, person, as_json=as_json)
            return
        if forget and not yes:
            forget_member.weigh(running, person, as_json=False)
            forget_member.confirm()
        running.delete(f"/v1/people/{person['id']}")
        if forget:
            forget_member.end(running, person, as_json=as_json)
            return
    if as_json:
        show_json({"removed": person})
        return
    show_lines([f"✓ {person['name']} is removed."])
    if is_member:
        show_lines(
            [
                "  What they told the companion stays in the database; nobody can reach it.",
                f"  To have it forgotten, unread: ringback forget member {person['name']}",
            ]
        )
