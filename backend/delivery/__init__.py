"""How the companion reaches people, and when it may not.

The first rule of it is here: whoever texts STOP gets no text until they text START.
"""

from backend.delivery.consent import Consent

__all__ = ["Consent"]
