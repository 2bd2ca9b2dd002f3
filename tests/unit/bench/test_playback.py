"""The load caller's telephone plays as Twilio's does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.errors import Invalid
from bench.calling.playback import FRAME_BYTES, FRAME_S, Playback, is_voiced
from bench.calling.script import Actor, Turn, plan

SILENT = b"\xff" * FRAME_BYTES
LOUD = b"\x10\x90" * (FRAME_BYTES // 2)


def test_silence_is_no_voice_and_speech_is_one() -> None:
    assert not is_voiced(SILENT)
    assert is_voiced(SILENT[:-1] + b"\x10")


def test_sound_is_heard_when_what_came_before_was_played() -> None:
    playback = Playback()
    assert playback.play(10.0, LOUD * 5) == 10.0
    assert playback.play(10.0, SILENT * 3 + LOUD) == pytest.approx(10.0 + 8 * FRAME_S)
    assert playback.ends == pytest.approx(10.0 + 9 * FRAME_S)
    assert [len(playback.stretches), playback.late_ms] == [2, [0.0]]


def test_a_message_after_the_buffer_ran_dry_is_late() -> None:
    playback = Playback()
    playback.play(0.0, LOUD)
    playback.play(0.1, LOUD)
    assert playback.late_ms == [pytest.approx(80.0)]


def test_a_message_after_a_pause_is_a_new_reply_and_never_late() -> None:
    playback = Playback()
    playback.play(0.0, LOUD)
    playback.play(2.0, LOUD)
    assert playback.late_ms == []


def test_a_mark_is_due_once_all_before_it_was_heard() -> None:
    playback = Playback()
    playback.play(0.0, LOUD * 10)
    playback.mark(0.0, "first")
    assert playback.due(0.19) == []
    assert playback.due(0.21) == ["first"]


def test_clear_drops_what_was_not_heard_and_gives_the_marks_back() -> None:
    playback = Playback()
    playback.play(0.0, LOUD * 50)
    playback.mark(0.0, "first")
    playback.clear(0.3)
    assert playback.due(0.3) == ["first"]
    assert playback.quiet_since(0.0) == pytest.approx(0.3)
    playback.play(0.5, LOUD)
    assert playback.late_ms == []


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 9)), max_size=20))
def test_the_buffer_never_plays_two_sounds_at_once(messages: list[tuple[float, int]]) -> None:
    playback, now, sounded = Playback(), 0.0, 0.0
    for pause, frames in messages:
        now += pause
        playback.play(now, LOUD * frames)
        sounded += frames * FRAME_S
    total = sum(stretch.ends - stretch.begins for stretch in playback.stretches)
    gaps = len(messages) * FRAME_S  # that are too short to be one
    assert sounded - 1e-6 <= total <= sounded + gaps
    edges = [edge for stretch in playback.stretches for edge in (stretch.begins, stretch.ends)]
    assert edges == sorted(edges)


def test_what_nobody_can_do_is_refused() -> None:
    with pytest.raises(Invalid):
        plan("greet,sing")


def test_a_caller_speaks_waits_for_the_answer_and_hears_it_out() -> None:
    now, playback = 100.0, Playback()
    actor = Actor(plan("say"), playback, lambda: now, utterances=[[LOUD] * 3])
    sent = []
    for tick in actor.ticks():
        sent.append(tick)
        now += FRAME_S
        if len(sent) == 10:
            actor.turns[0].answered = actor.turns[0].heard = now
            playback.play(now, LOUD * 10)
    assert sent[:4] == [LOUD, LOUD, LOUD, None]
    assert actor.turns[0].ended_ms == 60
    assert actor.turns[0].wait_ms() == pytest.approx((10 - 2) * FRAME_S * 1000)
    assert now - playback.ends == pytest.approx(1.2, abs=2 * FRAME_S)


def test_a_turn_that_was_never_answered_has_no_wait() -> None:
    assert Turn("say", began=1.0, ended=2.0).wait_ms() is None
