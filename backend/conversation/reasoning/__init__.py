"""Turn → reply: what was meant, what is known about it, and who answers.

`understanding` reads the intent by rules, `context` gathers what a mind may know, `port` is the
mind itself. Heavy minds (`graph`) are loaded by the composition, never from here.
"""

from backend.conversation.reasoning.context import Context, Forward, Handover, Line, Trace
from backend.conversation.reasoning.follow_up import understand_next
from backend.conversation.reasoning.picking import picked
from backend.conversation.reasoning.port import Mind
from backend.conversation.reasoning.recalling import OWN_NAME
from backend.conversation.reasoning.understanding import Intent, Understanding, understand
from backend.conversation.reasoning.wording import called

__all__ = [
    "OWN_NAME",
    "Context",
    "Forward",
    "Handover",
    "Intent",
    "Line",
    "Mind",
    "Trace",
    "Understanding",
    "called",
    "picked",
    "understand",
    "understand_next",
]
