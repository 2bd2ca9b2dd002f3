"""Frames to turns: is it a voice, has it finished, and which words were they."""

from backend.conversation.hearing.endpointing import TurnTaker
from backend.conversation.hearing.evidence import Expected
from backend.conversation.hearing.happenings import (
    HearingEvent,
    UtteranceEnded,
    UtteranceGrew,
    UtterancePaused,
    UtteranceResumed,
    VoiceFaded,
    Why,
)
from backend.conversation.hearing.transcriber import Transcriber
from backend.conversation.hearing.voice_activity import Detector, Ear, Hub, VoiceActivity

__all__ = [
    "Detector",
    "Ear",
    "Expected",
    "HearingEvent",
    "Hub",
    "Transcriber",
    "TurnTaker",
    "UtteranceEnded",
    "UtteranceGrew",
    "UtterancePaused",
    "UtteranceResumed",
    "VoiceActivity",
    "VoiceFaded",
    "Why",
]
