"""Turn → reply: what was meant, what is known about it, and who answers.

`understanding` reads the intent by rules, `context` gathers what a mind may know, `port` is the
mind itself. Heavy minds (`graph`) are loaded by the composition, never from here.
"""

from backend.conversation.reasoning.context import Context, Line, Trace
from backend.conversation.reasoning.port import Mind
from backend.conversation.reasoning.understanding import Intent, Understanding, understand

__all__ = ["Context", "Intent", "Line", "Mind", "Trace", "Understanding", "understand"]
