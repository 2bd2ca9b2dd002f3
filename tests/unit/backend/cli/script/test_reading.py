"""A script is read as people write it, and what is wrong with it is said in its own words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cli.script import Script, read_script
from backend.cli.script.types import pieces_of
from backend.kernel.errors import Invalid

WHOLE = """
name: A birthday
caller: {vouched: true, voice: espeak}
steps:
  - expect: {says: ringback, within: 300 ms}
  - say: Remember this.
  - cough
  - interrupt: {say: Stop., after: 1.5 s}
  - expect: {stops within: 0.5 s, says not: [no, never], goes on: false}
  - keys: 0123#
  - wait: 2
  - hang up
"""


def script(tmp_path: Path, text: str) -> Script:
    file = tmp_path / "a-first-call.yaml"
    file.write_text(text)
    return read_script(file)


def test_every_kind_of_step_is_read(tmp_path: Path) -> None:
    read = script(tmp_path, WHOLE)
    assert read.caller.vouched
    assert read.spoken() == ["Remember this.", "Stop."]
    greeting, _, cough, interruption, expected, keys, wait, hang_up = read.steps
    assert keys.keys == "0123#"
    assert greeting.expect is not None
    assert greeting.expect.within == 0.3
    assert cough.cough is not None
    assert interruption.interrupt is not None
    assert interruption.interrupt.after == 1.5
    assert expected.expect is not None
    assert expected.expect.says_not == ["no", "never"]
    assert expected.expect.goes_on is False
    assert wait.wait == 2
    assert hang_up.hang_up


def test_a_call_without_a_name_is_called_like_its_file(tmp_path: Path) -> None:
    assert script(tmp_path, "steps: [hang up]").name == "a first call"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [sing]", "step 1: “sing” can't be understood here"),
        ("steps: [{say: x, wait: 1}]", "step 1: a step is exactly one of"),
        ("steps: [{say: x}, {expect: {within: soon}}]", "step 2, expect, within: a duration reads"),
        ("steps: [{expect: {}}]", "step 1, expect: an expectation without anything"),
        ("steps: [{expect: {says: /(/}}]", "step 1, expect: /(/ is no pattern"),
        ("steps: [{expect: {syas: x}}]", "step 1, expect, syas: there is no such word"),
        ("steps: [{keys: 12a}]", "step 1, keys"),
        ("steps: [{say: 'a [pause long] b'}]", "step 1, say: a pause reads like"),
        ("steps: [{say: '[pause 1 s]'}]", "step 1, say: there is nothing to say"),
        ("steps: []", "steps: "),
        ("name: x", "steps: "),
        ("- 1", "holds no call"),
        ("steps: [say: x", "(line 1)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        script(tmp_path, text)
    assert said in caught.value.message


def test_a_silence_may_stand_among_the_words() -> None:
    assert pieces_of("five five [pause 1.2 s] nine [pause 300 ms]") == [
        "five five",
        1.2,
        "nine",
        0.3,
    ]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        read_script(tmp_path / "none.yaml")


def test_yaml_can_make_nothing_but_values(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        script(tmp_path, "steps: [!!python/object/apply:os.system ['true']]")


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_a_trace(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    file = tmp_path_factory.mktemp("garbage") / "x.yaml"
    file.write_bytes(raw)
    with pytest.raises(Invalid):
        read_script(file)
