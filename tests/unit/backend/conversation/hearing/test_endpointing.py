"""When somebody has finished."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing import (
    ShortAnswerExpected,
    TurnTaker,
    UtteranceEnded,
    UtterancePaused,
    VoiceFaded,
)
from backend.conversation.hearing.endpointing import HearingEvent
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import VoiceStarted

TUNING = VoiceTuning()


def told(taker: TurnTaker, pattern: str) -> list[tuple[int, HearingEvent]]:
    """Each letter is 100 ms: v for voice, anything else for silence."""
    events = []
    for index in range(len(pattern) * 5):
        at_ms = index * FRAME_MS
        probability = 0.9 if pattern[index // 5] == "v" else 0.0
        frame = Frame(bytes([index % 251]) * FRAME_BYTES, at_ms)
        if (event := taker.push(frame, probability)) is not None:
            events.append((at_ms + FRAME_MS, event))
    return events


def utterances(events: list[tuple[int, HearingEvent]]) -> list[UtteranceEnded]:
    return [event for _, event in events if isinstance(event, UtteranceEnded)]


def test_silence_means_nothing() -> None:
    assert told(TurnTaker(TUNING), "." * 100) == []


def test_voice_is_announced_soon_and_its_end_after_a_pause() -> None:
    events = told(TurnTaker(TUNING), "....." + "v" * 10 + "." * 10)
    assert [(at, type(event)) for at, event in events] == [
        (580, VoiceStarted),
        (1500 + TUNING.tail_ms, UtterancePaused),
        (2200, UtteranceEnded),
    ]


def test_a_short_pause_keeps_the_turn_open() -> None:
    events = told(TurnTaker(TUNING), "vvvvv......vvvvv" + "." * 10)
    assert len(utterances(events)) == 1


def test_an_utterance_holds_its_soft_beginning_and_a_little_of_its_end() -> None:
    (ended,) = utterances(told(TurnTaker(TUNING), "....." + "v" * 10 + "." * 10))
    utterance = ended.utterance
    assert utterance.started_ms == 500 - TUNING.preroll_ms
    assert utterance.ended_ms == 1500
    assert len(utterance.pcm) // 32 == 1500 - utterance.started_ms + TUNING.tail_ms


def test_what_was_said_is_known_as_soon_as_its_tail_has_passed() -> None:
    events = [event for _, event in told(TurnTaker(TUNING), "....." + "v" * 10 + "." * 10)]
    paused, ended = events[1], events[2]
    assert isinstance(paused, UtterancePaused)
    assert isinstance(ended, UtteranceEnded)
    assert paused.utterance == ended.utterance


def test_whoever_goes_on_after_a_pause_is_heard_whole() -> None:
    events = [event for _, event in told(TurnTaker(TUNING), "vvvvv.....vvvvv" + "." * 10)]
    paused = [event.utterance for event in events if isinstance(event, UtterancePaused)]
    (ended,) = (event.utterance for event in events if isinstance(event, UtteranceEnded))
    assert len(paused) == 2
    assert paused[0] != ended
    assert paused[1] == ended


def test_a_click_is_no_voice() -> None:
    taker = TurnTaker(TUNING)
    events = [
        taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.9 if index == 10 else 0.0)
        for index in range(100)
    ]
    assert not any(events)


def test_what_was_too_short_for_a_word_fades() -> None:
    taker = TurnTaker(TUNING)
    events = [
        taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.9 if index < 5 else 0.0)
        for index in range(100)
    ]
    assert [type(event) for event in events if event] == [VoiceStarted, VoiceFaded]


def test_a_voice_that_fades_a_little_is_still_the_same_voice() -> None:
    taker = TurnTaker(TUNING)
    for index in range(20):
        taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.9)
    for index in range(20, 100):
        assert taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.4) is None
    assert taker.hears_voice


def test_an_endless_speaker_is_cut_at_the_longest_utterance() -> None:
    (ended,) = utterances(told(TurnTaker(TUNING), "v" * 300))
    assert len(ended.utterance.pcm) // 32 == TUNING.utterance_max_ms


def test_an_expected_short_answer_needs_less_silence() -> None:
    usual, quick = TurnTaker(TUNING), TurnTaker(TUNING)
    quick.evidence = ShortAnswerExpected(TUNING)
    answer, story = "vvvv" + "." * 9, "v" * 15 + "." * 9
    assert told(usual, answer)[-1][0] == 400 + TUNING.turn_end_silence_ms
    assert told(quick, answer)[-1][0] == 400 + TUNING.short_answer_silence_ms
    assert told(quick, story)[-1][0] == 1500 + TUNING.turn_end_silence_ms


def test_two_turns_are_two_utterances() -> None:
    events = told(TurnTaker(TUNING), ("vvvvv" + "." * 8) * 2)
    kinds = [VoiceStarted, UtterancePaused, UtteranceEnded]
    assert [type(event) for _, event in events] == kinds * 2


@given(st.lists(st.floats(0, 1), max_size=400))
def test_events_alternate_and_no_utterance_is_ever_too_long(probabilities: list[float]) -> None:
    taker, begun = TurnTaker(TUNING), False
    for index, probability in enumerate(probabilities):
        event = taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), probability)
        if isinstance(event, VoiceStarted):
            assert not begun
            begun = True
        elif event is not None:
            assert begun
            begun = isinstance(event, UtterancePaused)
        if isinstance(event, UtteranceEnded):
            sound_ms = len(event.utterance.pcm) // 32
            assert sound_ms <= TUNING.utterance_max_ms + TUNING.preroll_ms
            assert 0 <= event.utterance.started_ms < event.utterance.ended_ms
