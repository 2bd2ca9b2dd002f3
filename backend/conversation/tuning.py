"""The numbers that shape a call: benches vary them, people never meet them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silence ends what somebody says, by what is known of it; in milliseconds.

    `make bench-turn-end` prints what these cost in waiting and in callers who were cut off.
    """

    nothing_ms: int = 300  # no word at all: what was interrupted goes on
    farewell_ms: int = 320
    short_answer_ms: int = 320  # "yes" to a question that asks for it
    question_ms: int = 320  # who asks or orders something waits for an answer
    complete_ms: int = 360  # who has told something, in a sentence of some length
    brief_ms: int = 900  # a few words are often only the beginning
    whole_number_ms: int = 500  # as many digits as such a number has
    unsure_ms: int = 1_140  # it may be all, or half of it
    # The words are not known yet. Nothing can be answered before they are, so that to wait for them
    # costs no time; only where they never come (broken ears) it does.
    unread_ms: int = 1_500
    unfinished_ms: int = 1_400  # "… and", "my number is", "uh"
    dictating_ms: int = 1_700  # people wait 1.2 s between the groups of a number
    min_ms: int = 300
    max_ms: int = 2_500


@dataclass(frozen=True, slots=True)
class VoiceTuning:
    """When somebody speaks, when they have finished, and how far ahead we speak."""

    # Hysteresis: a voice must be clear to begin, and may fade a little without ending.
    voice_begins_probability: float = 0.45
    voice_holds_probability: float = 0.3
    voice_begins_ms: int = 80  # of voice within a frame or two's gap: clicks are shorter
    voice_gap_ms: int = 40  # a stop consonant does not restart the count
    voice_fades_ms: int = 240  # of silence after what was too short for a word
    voice_resumes_ms: int = 60  # of voice in a pause: a click or a breath is shorter
    speech_min_ms: int = 120  # less voice than this in all is no word ("no" takes 200 ms)
    preroll_ms: int = 300  # soft beginnings that the detector recognises only later
    pause_ms: int = 120  # of silence: what was said may be all, and is read
    tail_ms: int = 320  # behind the last voice in which a soft ending ("notes") may still sound
    soft_probability: float = 0.12  # a sound of the tail, though not clearly a voice
    partial_every_ms: int = 900  # of voice between two glances at an utterance that grows
    utterance_max_ms: int = 28_000  # Whisper hears 30 s at once and wants room to spare
    short_answer_voice_ms: int = 900
    patience: Patience = field(default_factory=Patience)

    # Sent 350 to 600 ms ahead of the heard position, so that a stall of ours stays unheard. Each
    # message costs two wake-ups whatever its size: four a second are enough.
    playback_lead_ms: int = 350
    playback_slice_ms: int = 250
    # A phrase is begun when less than this waits to be sent: sound that lies ready is most of what
    # a call weighs, and whoever interrupts never hears it. Four seconds outlast a slow voice.
    phrase_ahead_ms: int = 4_000
    speech_ahead_ms: int = 15_000  # made but not yet sent, of a phrase that is longer than that
    mark_grace_ms: int = 2_000  # a mark that comes later than this was lost
