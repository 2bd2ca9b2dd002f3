"""Frames to turns: is it a voice, has it finished, and which words were they."""

from backend.conversation.hearing.endpointing import (
    Evidence,
    ShortAnswerExpected,
    SilenceOnly,
    TurnTaker,
    UtteranceEnded,
    UtterancePaused,
    VoiceFaded,
)
from backend.conversation.hearing.transcriber import Transcriber
from backend.conversation.hearing.voice_activity import Detector, Ear, Hub, VoiceActivity

__all__ = [
    "Detector",
    "Ear",
    "Evidence",
    "Hub",
    "ShortAnswerExpected",
    "SilenceOnly",
    "Transcriber",
    "TurnTaker",
    "UtteranceEnded",
    "UtterancePaused",
    "VoiceActivity",
    "VoiceFaded",
]
