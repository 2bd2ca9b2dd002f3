"""Pairing: a short code, shown or scanned, makes a phone one of somebody's devices."""

from mobile_api.pairing.routes import pairing_router
from mobile_api.pairing.service import Pairing

__all__ = ["Pairing", "pairing_router"]
