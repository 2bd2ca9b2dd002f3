"""Fetching by hand goes where the product looks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.processes import environment


@pytest.mark.parametrize("flags", [(), ("--folder", "chosen")])
def test_weights_are_looked_for_where_the_settings_say(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    folder = tmp_path / "models"
    done = subprocess.run(
        [sys.executable, "-m", "backend.platform.weights", *flags],
        env=environment(
            RINGBACK_HOME=str(tmp_path),
            RINGBACK_MODELS__FOLDER=str(folder),
            RINGBACK_MODELS__IS_OFFLINE="true",
        ),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"not in {tmp_path / flags[1] if flags else folder}, " in done.stderr
    assert "→ ringback models pull" in done.stderr
