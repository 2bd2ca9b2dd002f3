"""A process that brings a file in until it is killed: `python -m … URL HOME`."""

import asyncio
import sys
from pathlib import Path

from tests.contract.memory.porting_house import house_at


async def main(url: str, folder: str) -> None:
    async with house_at(url, Path(folder)) as house:
        await house.work("memory.import")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
