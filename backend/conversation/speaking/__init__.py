"""Replies to sound: phrases that can be spoken, voices that speak them, and their pace."""

from backend.conversation.speaking.fares import BudgetFare, Fare
from backend.conversation.speaking.levels import Level, Patience, VoiceLevels
from backend.conversation.speaking.pacing import Heard, Player, SpeakingLine, once
from backend.conversation.speaking.phrases import Phrases
from backend.conversation.speaking.speakable import speakable
from backend.conversation.speaking.voice import Voice

__all__ = [
    "BudgetFare",
    "Fare",
    "Heard",
    "Level",
    "Patience",
    "Phrases",
    "Player",
    "SpeakingLine",
    "Voice",
    "VoiceLevels",
    "once",
    "speakable",
]
