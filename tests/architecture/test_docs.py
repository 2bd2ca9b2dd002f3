"""Documents lead somewhere: every link within the repository points at something that is there."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"]
)
def test_the_house_has_its_papers(name: str) -> None:
    assert (ROOT / name).read_text().strip()


def test_every_make_target_that_a_document_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.M))
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"`make (?:-C \S+ )?([a-z-]+)", document.read_text())
    }
    assert named - targets == set()


def test_the_map_names_every_room_and_no_other_place() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    places = re.findall(r"\b(?:backend|mobile_api|sync|tests|workers)/[\w./]+", text)
    assert [place for place in places if not (ROOT / place.rstrip(".")).exists()] == []
    rooms = [
        *(ROOT / "backend").glob("*/__init__.py"),
        *(ROOT / "backend" / "conversation").glob("*/__init__.py"),
        *(ROOT / "backend" / "memory").glob("*/__init__.py"),
        *(ROOT / "backend" / "platform").glob("*/__init__.py"),
    ]
    names = {room.parent.name for room in rooms} - {"settings_doc"}
    assert [name for name in sorted(names) if name not in text] == []
