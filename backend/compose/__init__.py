"""The only room that knows concrete classes: settings in, a whole instance out.

Every part is built when it is first asked for, so a process with one role builds only what that
role needs. Read in order: `engines` (the table), `machine`, `knowledge`,
`thinking`, `reaching`, `exchange`, `checks`, `parts`.
"""

from backend.compose.engines import ENGINES, engine
from backend.compose.parts import Parts
from backend.compose.restoring import restore

__all__ = ["ENGINES", "Parts", "engine", "restore"]
