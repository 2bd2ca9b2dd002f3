"""What a conversation forgets: its turns, its sound, its answers, and what repeats the words."""

from backend.conversation.forgetting.answers import Answers
from backend.conversation.forgetting.echoes import Echoes
from backend.conversation.forgetting.expiring import Expiring
from backend.conversation.forgetting.lines import Lines

__all__ = ["Answers", "Echoes", "Expiring", "Lines"]
