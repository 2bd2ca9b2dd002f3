"""How this command line was called: what is to be typed next has to work in the same shell."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

NAME = "ringback"
_COMMAND = re.compile(rf"(?<![\w./-]){NAME}(?= [a-z])")  # as in "ringback up", never "ringback=="


def here(text: str) -> str:
    """Return words with every command of ours as it is typed in this shell."""
    typed = command(sys.argv, found=shutil.which)
    return _COMMAND.sub(lambda _: typed, text)


def command(words: Sequence[str], *, found: Callable[[str], str | None]) -> str:
    """Return what calls us again: the name where a shell finds it, else the file's path."""
    program = Path(words[0]) if words and words[0] else Path(NAME)
    if program.name == "__main__.py":  # python -m backend.cli: our script lies beside Python's
        program = Path(sys.executable).with_name(NAME)
    if program.name != NAME or not program.is_file():
        return NAME
    by_name = found(NAME)
    if by_name is not None and os.path.samefile(by_name, program):
        return NAME
    path = program.absolute()
    folder = Path.cwd()
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return shlex.quote(str(shown))
