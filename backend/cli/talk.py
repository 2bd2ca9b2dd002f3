"""`ringback talk`: a conversation by keyboard, by a WAV file or by the microphone."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.keyboard import chat
from backend.cli.late import is_installed, load
from backend.cli.live import source_said
from backend.cli.output import Answer, AsJson, show_json, show_lines
from backend.kernel.errors import Invalid, NotConfigured

app = typer.Typer(add_completion=False)


@app.command()
def talk(
    wav: Annotated[Path | None, typer.Option(help="Say what is in this WAV file.")] = None,
    mic: Annotated[bool, typer.Option("--mic", help="Speak into the microphone.")] = False,
    out: Annotated[Path | None, typer.Option(help="Save both sides as a stereo WAV.")] = None,
    play: Annotated[bool, typer.Option("--play", help="Hear the reply.")] = False,
    as_json: AsJson = False,
) -> None:
    """Talk with the companion: type, speak, or let a file speak. An empty line ends it."""
    if wav is not None and mic:
        raise Invalid("Either a file speaks or you do: --wav or --mic.")
    if mic and not is_installed("sounddevice"):
        raise NotConfigured(
            "The microphone needs one more package.", cure="pip install 'ringback[mic]'"
        )
    if wav is None and not mic and (out is not None or play):
        raise Invalid("At the keyboard there is nothing to hear.", cure="Add --wav FILE or --mic.")
    with instance() as running:
        if wav is None and not mic:
            told: Answer = chat(running, as_json=as_json)
        else:
            spoken = load("talk")(running.socket_url, running.token, wav=wav, out=out, play=play)
            told = asyncio.run(spoken)
    if as_json:
        show_json(told)
    elif wav is not None:
        show_lines(_lines(told))


def _lines(told: Answer) -> list[str]:
    lines = []
    for turn in told["turns"]:
        lines += [f"You       {turn['heard']}", f"Ringback  {turn['said']}"]
        lines += [f"          ({source_said(source)})" for source in turn["sources"]]
    if told.get("out"):
        lines.append(f"Saved: {told['out']} (left you, right Ringback)")
    return lines
