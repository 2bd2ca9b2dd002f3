"""Fetches the weights that a spoken talk needs, with progress for people."""

import argparse
import asyncio
import sys
from pathlib import Path

from backend.kernel.errors import RingbackError
from backend.platform.clock import SystemClock
from backend.platform.weights import CATALOGUE, HUB_URL, NEEDED, Hub, Weights

DEFAULT_FOLDER = Path.home() / ".cache" / "ringback" / "models"


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def _ensure(names: list[str], folder: Path, hub_url: str, is_verifying: bool) -> None:
    weights = Weights(folder, clock=SystemClock(), hub=Hub(hub_url), progress=_say)
    for name in names:
        path = await weights.ensure(name)
        if is_verifying:
            await weights.verify(name)
        _say(f"{name}: {path}")


def main() -> int:
    """Fetch what is named, or all that the default settings need."""
    parser = argparse.ArgumentParser(prog="python -m backend.platform.weights", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CATALOGUE))
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--hub", default=HUB_URL, help="address of the model hub; '' asks none")
    parser.add_argument("--verify", action="store_true", help="read every byte again")
    given = parser.parse_args()
    try:
        asyncio.run(_ensure(given.names or list(NEEDED), given.folder, given.hub, given.verify))
    except RingbackError as failure:
        _say(f"{failure.message}\n→ {failure.cure}" if failure.cure else failure.message)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
