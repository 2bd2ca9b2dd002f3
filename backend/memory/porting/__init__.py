"""What is brought in from elsewhere, and what is taken along: open formats, both ways.

`readers` know other programs' files, `export` writes our own, `bringing` reads that one back with
its ids; `service.Porting` is the face of the room.
"""

from backend.memory.porting.service import Porting, PortingParts

__all__ = ["Porting", "PortingParts"]
