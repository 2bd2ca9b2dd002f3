"""The numbers that shape a call: benches vary them, people never meet them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceTuning:
    """When somebody speaks, when they have finished, and how far ahead we speak."""

    # Hysteresis: a voice must be clear to begin, and may fade a little without ending.
    voice_begins_probability: float = 0.45
    voice_holds_probability: float = 0.3
    voice_begins_ms: int = 80  # of voice within a frame or two's gap: clicks are shorter
    voice_gap_ms: int = 40  # a stop consonant does not restart the count
    speech_min_ms: int = 120  # less voice than this in all is no word ("no" takes 200 ms)
    preroll_ms: int = 300  # soft beginnings that the detector recognises only later
    tail_ms: int = 320  # kept behind the last voice: soft endings ("notes") and room for the ear
    turn_end_silence_ms: int = 700
    short_answer_silence_ms: int = 400  # when a "yes" or "no" is expected and was short
    short_answer_voice_ms: int = 900
    utterance_max_ms: int = 28_000  # Whisper hears 30 s at once and wants room to spare

    playback_lead_ms: int = 400  # sent ahead of the heard position: a stall of ours stays unheard
    playback_slice_ms: int = 100
    speech_ahead_ms: int = 15_000  # made but not yet sent
    mark_grace_ms: int = 2_000  # a mark that comes later than this was lost
