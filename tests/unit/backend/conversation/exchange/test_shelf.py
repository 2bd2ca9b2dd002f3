"""Phrases on disk: checked, bounded, private, and never a reason to fail."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.conversation.exchange.shelf import Shelf
from backend.kernel.audio import Sound, WordEnd

TEXT = "Hello, this is Ringback."
SOUND = Sound(
    bytes(range(256)) * 100,
    22_050,
    tuple(WordEnd(word, 100 * n) for n, word in enumerate(TEXT.split(), 1)),
)


def test_what_is_kept_is_found_as_it_was(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "phrases").keep("piper/joe", TEXT, SOUND)
    assert Shelf(tmp_path / "phrases").find("piper/joe", TEXT) == SOUND


def test_another_voice_or_another_text_is_not_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep("piper/joe", TEXT, SOUND)
    assert shelf.find("piper/amy", TEXT) is None
    assert shelf.find("piper/joe", "Hello.") is None


def test_no_word_of_it_is_written_down(tmp_path: Path) -> None:
    Shelf(tmp_path).keep("piper/joe", "Hello Anna, it's Ringback.", SOUND)
    (file,) = tmp_path.iterdir()
    assert b"Anna" not in file.read_bytes()
    assert "Anna" not in file.name
    assert file.stat().st_mode & 0o077 == 0


@given(st.binary(max_size=400), st.integers(0, 400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_damaged_file_is_thrown_away_and_made_again(
    tmp_path: Path, garbage: bytes, at: int
) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep("piper/joe", TEXT, SOUND)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    damaged = whole[:at] + garbage + whole[at + len(garbage) + 1 :]
    file.write_bytes(damaged)
    assert shelf.find("piper/joe", TEXT) in (None, SOUND)
    assert shelf.find("piper/joe", TEXT) is None or damaged == whole
    assert shelf.keep("piper/joe", TEXT, SOUND)
    assert shelf.find("piper/joe", TEXT) == SOUND


def test_the_phrase_used_longest_ago_makes_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, bytes_max=3 * 26_000)
    for number, text in enumerate(("one", "two", "three")):
        shelf.keep("v", text, SOUND)
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (number + 1, number + 1))
    shelf.find("v", "one")  # used now
    shelf.keep("v", "four", SOUND)
    assert [shelf.find("v", text) is not None for text in ("one", "two", "three", "four")] == [
        *(True, False, True, True)
    ]


def test_what_a_crash_left_half_written_goes_first(tmp_path: Path) -> None:
    left = tmp_path / "tmpabc.draft"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    shelf = Shelf(tmp_path)
    shelf.keep("v", TEXT, SOUND)
    assert [file.suffix for file in tmp_path.iterdir()] == [".phrase"]


def test_what_another_process_is_writing_stays_though_room_is_needed(tmp_path: Path) -> None:
    draft = tmp_path / "tmpabc.draft"
    draft.write_bytes(b"half")
    shelf = Shelf(tmp_path, bytes_max=26_000)
    shelf.keep("v", "one", SOUND)
    shelf.keep("v", "two", SOUND)
    assert [shelf.find("v", text) is not None for text in ("one", "two")] == [False, True]
    assert draft.read_bytes() == b"half"


def test_many_who_write_at_once_lose_no_phrase(tmp_path: Path) -> None:
    told: list[str] = []

    def keep(number: int) -> bool:
        return Shelf(tmp_path, on_failure=told.append).keep("v", f"phrase {number}", SOUND)

    with ThreadPoolExecutor(8) as writers:
        assert all(writers.map(keep, range(64)))
    assert told == []
    assert all(Shelf(tmp_path).find("v", f"phrase {number}") for number in range(64))


def test_a_place_that_can_not_be_written_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    told: list[str] = []
    shelf = Shelf(blocked / "phrases", on_failure=told.append)
    assert not shelf.keep("v", TEXT, SOUND)
    assert shelf.find("v", TEXT) is None
    assert told


def test_a_phrase_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, bytes_max=1_000)
    assert not shelf.keep("v", TEXT, SOUND)


def test_clearing_leaves_nothing_and_harms_nothing_else(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep("v", TEXT, SOUND)
    (tmp_path / "else.txt").touch()
    shelf.clear()
    assert [file.name for file in tmp_path.iterdir()] == ["else.txt"]


@pytest.mark.parametrize("text", ["", "one two three four five"])
def test_times_that_do_not_fit_the_words_are_left_out(tmp_path: Path, text: str) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep("v", text, SOUND)
    found = shelf.find("v", text)
    assert found is not None
    assert found.pcm == SOUND.pcm
    assert found.words == ()
