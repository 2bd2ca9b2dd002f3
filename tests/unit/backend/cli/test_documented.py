"""What a document says to type can be typed: each command and each of its options exists."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from backend.cli.main import app

ROOT = Path(__file__).parents[4]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"```sh\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
CALL = re.compile(r"\s*(?:\S+=\S+ )*(?:\S*/)?ringback (?P<words>.*)")
WORD = re.compile(r"[a-z-]+(?:\|[a-z-]+)*")
OPTION = re.compile(r"(?<!\S)\[?(--[a-z-]+)")


def calls(text: str) -> Iterator[list[str]]:
    """Find what is typed: each call of ours in the code of a document."""
    for code in CODE.finditer(text):
        for line in (code["block"] or code["span"]).split("\n"):
            for part in re.split(r"[;&]| \| ", line.split("  #")[0]):
                if called := CALL.match(part):
                    yield called["words"].split()


def unknown(words: Sequence[str]) -> list[str]:
    """Return what there is not among the words of a call: `list|show` are two commands."""
    command = typer.main.get_command(app)
    context = typer.Context(command)
    for at, word in enumerate(words):
        if not isinstance(command, TyperGroup) or not WORD.fullmatch(word):
            break
        found = {each: command.get_command(context, each) for each in word.split("|")}
        if missing := [each for each, there in found.items() if there is None]:
            return missing
        if len(found) > 1:
            return []
        command = found[word] or command
        words = [*words[:at], "", *words[at + 1 :]]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return sorted(set(OPTION.findall(" ".join(words))) - known - {"--help"})


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_says_to_type_exists(document: Path) -> None:
    assert {" ".join(words): unknown(words) for words in calls(document.read_text())} == {
        " ".join(words): [] for words in calls(document.read_text())
    }


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`ringback facts list|sing`", ["sing"]),
        ("`ringback memory search it --loud`", ["--loud"]),
        ("```sh\nA=1 .venv/bin/ringback dance  # at night\n```", ["dance"]),
        ('`ringback call "Hello." --out a.wav`', []),
    ],
)
def test_what_does_not_exist_is_noticed(text: str, wrong: list[str]) -> None:
    assert [each for words in calls(text) for each in unknown(words)] == wrong
