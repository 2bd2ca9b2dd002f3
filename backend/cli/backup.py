"""`ringback backup`: makes and lists backups, and shows the key that opens them."""

import typer

from backend.cli.called import here
from backend.cli.instance import instance, own_home
from backend.cli.output import AsJson, show_json, show_lines, show_table, when
from backend.kernel.errors import Missing

KEY_FILE = "recovery.key"
MAKE_S_MAX = 1800.0

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def backup() -> None:
    """Backups: everything in one sealed archive."""


@app.command()
def now(as_json: AsJson = False) -> None:
    """Make a backup and wait until it is kept."""
    with instance() as running:
        made = running.post("/v1/backups", seconds_max=MAKE_S_MAX)
    if as_json:
        show_json(made)
    else:
        show_lines([f"✓ Backup {made['id']} is kept.", here("  Its key: ringback backup key")])


@app.command("list")
def list_backups(as_json: AsJson = False) -> None:
    """Show the backups that are kept."""
    with instance() as running:
        found = running.get("/v1/backups")
    if as_json:
        show_json(found)
        return
    rows = [
        (made["id"], when(made.get("at") or made.get("made_at")), _size(made.get("size", 0)))
        for made in found["backups"]
    ]
    show_table(("Id", "Made", "Size"), rows, empty="There is no backup yet: ringback backup now")


@app.command()
def key(as_json: AsJson = False) -> None:
    """Show the recovery key. Who has it and a backup has everything: keep it apart, on paper."""
    home = own_home()
    kept = home.secret(KEY_FILE)
    if kept is None:
        raise Missing("There is no recovery key in this home yet.", cure="ringback up")
    file = str(home.path / KEY_FILE)
    if as_json:
        show_json({"recovery_key": kept, "file": file})
    else:
        show_lines([kept, f"It lies in {file}. Keep a copy away from this machine."])


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
