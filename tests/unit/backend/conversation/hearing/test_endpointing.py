"""When somebody has finished."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing import (
    Expected,
    HearingEvent,
    TurnTaker,
    UtteranceEnded,
    UtteranceGrew,
    UtterancePaused,
    UtteranceResumed,
    VoiceFaded,
    Why,
)
from backend.conversation.tuning import VoiceTuning
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import VoiceStarted
from backend.kernel.speech import Utterance

TUNING = VoiceTuning()
PATIENCE = TUNING.patience
PROBABILITIES = {"v": 0.9, "s": 0.2, ".": 0.0}
BREAD = "We bought some bread and butter on the market."
SAID = "....." + "v" * 10


class Line:
    """A taker whose speaker's words are known as soon as they pause."""

    def __init__(self, *texts: str, tuning: VoiceTuning = TUNING) -> None:
        self.taker = TurnTaker(tuning)
        self.texts = list(texts)
        self.told: list[tuple[int, HearingEvent]] = []
        self.at_ms = 0

    def hears(self, pattern: str, *, frames: int = 5) -> "Line":
        """Each letter is 100 ms: v for voice, s for a soft sound, a dot for silence."""
        for letter in pattern:
            for _ in range(frames):
                self._frame(PROBABILITIES[letter])
        return self

    def _frame(self, probability: float) -> None:
        pcm = bytes([self.at_ms // FRAME_MS % 251, 0]) * (FRAME_BYTES // 2)
        event = self.taker.push(Frame(pcm, self.at_ms), probability)
        self.at_ms += FRAME_MS
        if event is None:
            return
        self.told.append((self.at_ms, event))
        if isinstance(event, UtterancePaused) and self.texts:
            self.taker.read(event.utterance, self.texts.pop(0))

    @property
    def ended(self) -> list[UtteranceEnded]:
        return [event for _, event in self.told if isinstance(event, UtteranceEnded)]

    @property
    def paused(self) -> list[Utterance]:
        return [event.utterance for _, event in self.told if isinstance(event, UtterancePaused)]

    @property
    def kinds(self) -> list[type]:
        return [type(event) for _, event in self.told if not isinstance(event, UtteranceGrew)]


def test_silence_means_nothing() -> None:
    assert Line().hears("." * 160).told == []


def test_voice_is_announced_soon_and_its_end_after_a_pause() -> None:
    line = Line().hears(SAID + "." * 16)
    assert [
        (at, type(event)) for at, event in line.told if not isinstance(event, UtteranceGrew)
    ] == [
        (580, VoiceStarted),
        (1500 + TUNING.pause_ms, UtterancePaused),
        (1500 + PATIENCE.unread_ms, UtteranceEnded),
    ]


def test_a_short_pause_keeps_the_turn_open() -> None:
    line = Line().hears("vvvvv......vvvvv" + "." * 16)
    assert len(line.ended) == 1


def test_an_utterance_holds_its_soft_beginning_and_the_pause_that_it_was_read_in() -> None:
    (ended,) = Line().hears(SAID + "." * 16).ended
    utterance = ended.utterance
    assert utterance.started_ms == 500 - TUNING.preroll_ms
    assert utterance.ended_ms == 1500
    assert len(utterance.pcm) // 32 == 1500 - utterance.started_ms + TUNING.pause_ms


def test_what_was_read_in_the_pause_is_what_was_said() -> None:
    line = Line().hears(SAID + "." * 16)
    assert line.ended[0].utterance is line.paused[0]


def test_a_soft_ending_is_told_again_and_belongs_to_what_was_said() -> None:
    line = Line().hears(SAID + "..s" + "." * 16)
    (ended,) = line.ended
    assert len(line.paused) == 2
    assert ended.utterance is line.paused[1]
    assert len(ended.utterance.pcm) > len(line.paused[0].pcm)


def test_a_click_in_the_pause_neither_ends_it_nor_is_lost() -> None:
    line = Line().hears(SAID + "..").hears("vv", frames=1).hears("." * 16)
    assert line.kinds == [VoiceStarted, UtterancePaused, UtterancePaused, UtteranceEnded]
    assert line.ended[0].utterance is line.paused[1]


def test_a_sound_that_nobody_has_read_yet_belongs_to_what_ended() -> None:
    line = Line(BREAD).hears(SAID + "..").hears("vv", frames=1).hears("." * 16)
    (ended,) = line.ended
    assert len(ended.utterance.pcm) > len(line.paused[0].pcm)


def test_a_line_that_never_settles_is_not_read_for_ever() -> None:
    line = Line("My number is").hears(SAID + "..")
    for _ in range(12):
        line.hears("v.", frames=2).hears(".", frames=6)
    assert 1 < len(line.paused) <= 3
    assert len(line.hears("." * 30).ended) == 1


def test_whoever_goes_on_after_a_pause_is_heard_whole() -> None:
    line = Line().hears("vvvvv.....vvvvv" + "." * 16)
    assert line.kinds == [
        VoiceStarted,
        UtterancePaused,
        UtteranceResumed,
        UtterancePaused,
        UtteranceEnded,
    ]
    assert line.ended[0].utterance is line.paused[1]


def test_a_complete_sentence_ends_early() -> None:
    (ended,) = Line(BREAD).hears(SAID + "." * 16).ended
    assert (ended.why, ended.silence_ms) == (Why.COMPLETE, PATIENCE.complete_ms)


def test_words_that_come_late_end_it_with_the_next_frame() -> None:
    line = Line().hears(SAID + "......")
    line.taker.read(line.paused[0], BREAD)
    assert line.hears(".", frames=1).ended[0].silence_ms == 620


def test_words_of_an_earlier_pause_decide_nothing() -> None:
    line = Line().hears("vvvvv...vvvvv...")
    line.taker.read(line.paused[0], BREAD)
    assert line.hears("..").ended == []


def test_an_unfinished_sentence_is_waited_for() -> None:
    line = Line("I would like to buy bread and").hears(SAID + "." * 12)
    assert line.ended == []
    assert line.hears("." * 3).ended[0].why == Why.UNFINISHED


def test_a_telephone_number_survives_pauses_of_more_than_a_second() -> None:
    line = Line("My number is 415.", "My number is 415 555.", "My number is 415 555 1234.")
    line.hears("vvvvv" + "." * 13 + "vvvvv" + "." * 13 + "vvvvv" + "." * 16)
    (ended,) = line.ended
    assert (ended.why, ended.silence_ms) == (Why.WHOLE_NUMBER, PATIENCE.whole_number_ms)


def test_where_digits_are_expected_the_words_are_waited_for() -> None:
    line = Line()
    line.taker.expect(Expected.DIGITS)
    assert line.hears(SAID + "." * 13).ended == []


def test_an_expected_short_answer_needs_less_silence() -> None:
    line = Line("Yes.")
    line.taker.expect(Expected.SHORT_ANSWER)
    (ended,) = line.hears(".....vvvv" + "." * 9).ended
    assert (ended.why, ended.silence_ms) == (Why.SHORT_ANSWER, PATIENCE.short_answer_ms)


def test_a_caller_who_was_cut_off_is_given_more_time() -> None:
    line = Line(*[BREAD] * 9)
    for _ in range(4):
        line.hears("vvvvv.....")
    usual = line.ended[0].silence_ms
    assert line.hears("vvvvv" + "." * 15).ended[-1].silence_ms > usual


def test_a_click_is_no_voice() -> None:
    assert Line().hears("..").hears("v", frames=1).hears("." * 20).told == []


def test_what_was_too_short_for_a_word_fades_soon() -> None:
    line = Line().hears("v" + "." * 3)
    assert line.kinds == [VoiceStarted, VoiceFaded]


def test_a_voice_that_fades_a_little_is_still_the_same_voice() -> None:
    taker = TurnTaker(TUNING)
    for index in range(20):
        taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.9)
    for index in range(20, 40):
        assert taker.push(Frame(bytes(FRAME_BYTES), index * FRAME_MS), 0.4) is None
    assert taker.hears_voice


def test_an_utterance_that_grows_is_told_now_and_then() -> None:
    line = Line().hears("v" * 40)
    grown = [event.utterance for _, event in line.told if isinstance(event, UtteranceGrew)]
    assert len(grown) == 4000 // TUNING.partial_every_ms
    assert all(later.pcm.startswith(earlier.pcm) for earlier, later in pairwise(grown))


def test_an_endless_speaker_is_cut_at_the_longest_utterance() -> None:
    (ended,) = Line().hears("v" * 300).ended
    assert ended.why == Why.LONGEST
    assert len(ended.utterance.pcm) // 32 == TUNING.utterance_max_ms


def test_two_turns_are_two_utterances() -> None:
    line = Line().hears(("vvvvv" + "." * 16) * 2)
    assert line.kinds == [VoiceStarted, UtterancePaused, UtteranceEnded] * 2
    first, second = (event.utterance for event in line.ended)
    assert first.started_ms + len(first.pcm) // 32 <= second.started_ms


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 40)), max_size=60))
def test_events_come_in_order_and_no_sound_is_lost_or_told_twice(
    runs: list[tuple[float, int]],
) -> None:
    taker, at, state = TurnTaker(TUNING), 0, "silent"
    after = {
        VoiceStarted: ({"silent"}, "speaking"),
        UtteranceGrew: ({"speaking"}, "speaking"),
        UtterancePaused: ({"speaking", "pausing"}, "pausing"),
        UtteranceResumed: ({"pausing"}, "speaking"),
        UtteranceEnded: ({"speaking", "pausing"}, "silent"),
        VoiceFaded: ({"speaking"}, "silent"),
    }
    told_to_ms = 0
    for probability in (probability for probability, count in runs for _ in range(count)):
        event = taker.push(Frame(bytes(FRAME_BYTES), at * FRAME_MS), probability)
        at += 1
        if event is None:
            continue
        allowed, following = after[type(event)]
        assert state in allowed
        state = following
        assert taker.hears_voice == (state != "silent")
        if isinstance(event, UtteranceEnded):
            utterance = event.utterance
            sound_ms = len(utterance.pcm) // 32
            assert sound_ms <= TUNING.utterance_max_ms + TUNING.preroll_ms
            assert told_to_ms <= utterance.started_ms < utterance.ended_ms
            assert utterance.ended_ms <= utterance.started_ms + sound_ms
            told_to_ms = utterance.started_ms + sound_ms
            assert event.silence_ms <= PATIENCE.max_ms + 100
