"""Gives back the memory that calls leave behind, at a moment in which nobody can hear it.

A call's parts know one another, so that only the collector frees them, and it seldom looks: each
look stops all calls. What is free then lies in holes, which the C library keeps for itself.
"""

import ctypes
import gc


def give_back() -> None:
    """Collect what nobody reaches any more, and hand free pages to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc's alone: others give back by themselves
        trim(0)
