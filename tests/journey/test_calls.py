"""Whole calls with real speech, each from a file that anybody can read: tests/journey/calls."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.product import Product, eventually

CALLS = Path(__file__).parent / "calls"
OWN, CLAIMED = "+15005550006", "+15005550007"
PIN = "7294"
REMEMBERED = "Please remember that my sister Anna has her birthday on the fourth of May."
# Which rows a call shows, by the name of its file.
SHOWN = {
    "two-turns": ("VT-01", "IM-02"),
    "interruption": ("IM-06",),
    "cough": ("IM-06",),
}
# Not as a part of a longer number or an identifier: by chance these hold any four digits.
WRITTEN_PIN = re.compile(rb"(?<![0-9a-fA-F.-])" + PIN.encode() + rb"(?![0-9a-fA-F])")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("calls")
    product = Product(folder / "home", {"TWILIO_AUTH_TOKEN": "the-secret-of-the-carrier-0123"})
    try:
        product.start()
        product.command("people", "add", "Sam", "--number", OWN)
        product.command("people", "add", "Kim", "--number", CLAIMED)
        product.command("people", "pin", "Kim", stdin=f"{PIN}\n{PIN}\n")
        product.command("talk", stdin=f"{REMEMBERED}\n")
        yield product
    finally:
        product.stop()


def calls() -> list[Any]:
    return [
        pytest.param(file, id=file.stem, marks=pytest.mark.covers(*SHOWN.get(file.stem, ())))
        if file.stem in SHOWN
        else pytest.param(file, id=file.stem)
        for file in sorted(CALLS.glob("*.yaml"))
    ]


@pytest.mark.parametrize("file", calls())
def test_a_call_goes_as_it_is_written(product: Product, file: Path) -> None:
    product.command("call", "--script", str(file))


def test_a_pin_is_written_nowhere(product: Product) -> None:
    """After both calls with a PIN: not in a transcript, a timeline, a log or an event."""
    kept: Any = product.told("calls", "list")
    said = [json.dumps(product.get(f"/v1/calls/{call['id']}")) for call in kept["calls"]]
    assert said
    for record in said:
        assert not WRITTEN_PIN.search(record.encode())
        assert "seven two nine four" not in record.lower()
    for file in product.home.rglob("*"):
        if file.is_file():
            assert not WRITTEN_PIN.search(file.read_bytes()), file


def test_history_ends_at_the_last_word_that_was_heard(product: Product) -> None:
    def cut() -> list[Any]:
        kept: Any = product.told("calls", "list")
        turns = [
            turn
            for call in kept["calls"]
            for turn in product.get(f"/v1/calls/{call['id']}")["turns"]  # type: ignore[attr-defined]
        ]
        return [turn for turn in turns if turn["unheard"] and turn["said"]]

    for turn in eventually(cut, seconds=5):
        assert turn["unheard"] not in turn["said"]
