"""Fetches the weights that a spoken talk needs, with progress for people."""

import argparse
import asyncio
import sys
from pathlib import Path

from backend.kernel.errors import RingbackError
from backend.platform.clock import SystemClock
from backend.platform.settings import load_settings
from backend.platform.weights import CATALOGUE, HUB_URL, NEEDED, Hub, Weights


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def _ensure(given: argparse.Namespace) -> None:
    models = load_settings().settings.models
    weights = Weights(
        given.folder or models.folder,
        clock=SystemClock(),
        hub=Hub(given.hub),
        progress=_say,
        is_offline=models.is_offline and not given.names,  # who names a set wants it fetched
    )
    for name in given.names or NEEDED:
        path = await weights.ensure(name)
        if given.verify:
            await weights.verify(name)
        _say(f"{name}: {path}")


def main() -> int:
    """Fetch what is named, or all that the default settings need."""
    parser = argparse.ArgumentParser(prog="python -m backend.platform.weights", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CATALOGUE))
    parser.add_argument("--folder", type=Path, help="where to; default: RINGBACK_MODELS__FOLDER")
    parser.add_argument("--hub", default=HUB_URL, help="address of the model hub; '' asks none")
    parser.add_argument("--verify", action="store_true", help="read every byte again")
    try:
        asyncio.run(_ensure(parser.parse_args()))
    except RingbackError as failure:
        _say(f"{failure.message}\n→ {failure.cure}" if failure.cure else failure.message)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
