"""What is made of weights is made once, elsewhere, and never half."""

from pathlib import Path

import pytest

from backend.kernel.errors import NotConfigured, Unavailable
from backend.platform.weights import derive

SILERO_GRAPH = "backend.conversation.hearing.engines.silero_graph"


async def test_a_maker_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    folder = tmp_path / "made"
    with pytest.raises(Unavailable, match="silero_graph failed"):
        await derive(folder, SILERO_GRAPH, source, needs="onnx")
    assert list(folder.iterdir()) == []


async def test_a_maker_whose_package_is_missing_names_the_cure(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    with pytest.raises(NotConfigured) as failure:
        await derive(tmp_path, SILERO_GRAPH, source, needs="no_such_package")
    assert "ringback[voice]" in failure.value.cure


async def test_a_folder_that_can_not_be_written_is_said_clearly(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    blocked = source / "inside a file"
    with pytest.raises(NotConfigured, match="can't be written"):
        await derive(blocked, SILERO_GRAPH, source, needs="onnx")
