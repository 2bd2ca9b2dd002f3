"""A Chroma in the home is for one process: the second is refused, and told what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.kernel.errors import Conflict
from backend.memory.vectors.engines.chroma_folder import ChromaFolder
from tests.engines.processes import environment

HOLD = """
import sys
from pathlib import Path
from backend.memory.vectors.engines.chroma_folder import ChromaFolder
ChromaFolder(Path(sys.argv[1])).hold()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_with_the_cure(tmp_path: Path) -> None:
    folder = ChromaFolder(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Conflict, match="Another process") as refused:
            folder.hold()
        assert "CHROMA_URL" in refused.value.cure
        process.kill()
        process.wait()
    folder.hold()  # the kernel let go of it with the process
    folder.hold()
    folder.close()
