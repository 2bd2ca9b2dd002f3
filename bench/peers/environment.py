"""Makes the peers' own environment, once for each list of their packages."""

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.instance import NotMeasured

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDER = Path.home() / ".cache/ringback/bench"
INSTALL_S_MAX = 300.0
UV = Path(sys.executable).with_name("uv")


def peers_python(*, requirements: Path = REQUIREMENTS, seconds_max: float = INSTALL_S_MAX) -> Path:
    """Return the interpreter of the peers; raise NotMeasured when they can't be installed."""
    name = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    home = FOLDER / f"peers-{name}"
    python, done = home / "bin/python", home / "complete"
    if not done.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _call("venv", "--clear", "--python", sys.executable, str(home), seconds_max=seconds_max)
        into = ("--python", str(python), "--require-hashes", str(requirements))
        _call("pip", "sync", *into, seconds_max=seconds_max)
        done.touch()
    return python


def _call(*arguments: str, seconds_max: float) -> None:
    try:
        done = subprocess.run(
            [str(UV), "--quiet", *arguments],
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise NotMeasured(f"the peers can't be installed: {failure}") from failure
    if done.returncode:
        raise NotMeasured(f"the peers can't be installed: {done.stderr[-300:]}")
