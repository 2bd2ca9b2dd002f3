"""Fetches weight files from their model hub, and gives up on it quickly and only once."""

import asyncio
import hashlib
from pathlib import Path

import httpx2

from backend.kernel.errors import Corrupt, Unavailable
from backend.platform.weights.types import Progress, WeightFile, WeightSet

HUB_URL = "https://huggingface.co"

# A machine that is cut off must not make its owner wait: the first answer comes soon or never.
ANSWER_S_MAX = 5.0
STALL_S_MAX = 15.0  # a download that stands still for so long is over
FILE_S_MAX = 1800.0
CHUNK_BYTES = 1 << 20
ANNOUNCED_BYTES = 20_000_000  # how much arrives between two lines of progress


class Hub:
    """The model hub, asked by plain HTTPS: hashes are known, so nothing more is needed."""

    def __init__(self, url: str = HUB_URL) -> None:
        self._url = url.rstrip("/")
        self._answers = bool(url)

    @property
    def answers(self) -> bool:
        """Whether it is worth asking: false once it failed to answer in this run."""
        return self._answers

    async def fetch(self, weights: WeightSet, folder: Path, progress: Progress) -> None:
        """Put every file of a set into the folder, or raise with the reason."""
        timeout = httpx2.Timeout(STALL_S_MAX, connect=ANSWER_S_MAX)
        async with httpx2.AsyncClient(timeout=timeout, follow_redirects=True) as client:
            for file in weights.files:
                url = f"{self._url}/{weights.hub_repository}/resolve/main/{file.hub_path}"
                try:
                    async with asyncio.timeout(FILE_S_MAX):
                        await self._fetch_file(client, url, file, folder, progress)
                except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as failure:
                    self._answers = False
                    reason = str(failure) or type(failure).__name__
                    raise Unavailable(f"The model hub does not answer: {reason}.") from failure

    async def _fetch_file(
        self,
        client: httpx2.AsyncClient,
        url: str,
        file: WeightFile,
        folder: Path,
        progress: Progress,
    ) -> None:
        request = client.build_request("GET", url)
        async with asyncio.timeout(ANSWER_S_MAX):
            response = await client.send(request, stream=True)
        try:
            response.raise_for_status()
            await _store(response, file, folder / file.name, progress)
        finally:
            await response.aclose()


async def _store(
    response: httpx2.Response, file: WeightFile, path: Path, progress: Progress
) -> None:
    digest, arrived, announced = hashlib.sha256(), 0, 0
    with path.open("wb") as target:
        async for chunk in response.aiter_bytes(CHUNK_BYTES):
            arrived += len(chunk)
            if arrived > file.size_bytes:
                raise Corrupt(f"The hub's copy of {file.name} is larger than it should be.")
            digest.update(chunk)
            await asyncio.to_thread(target.write, chunk)
            if arrived - announced >= ANNOUNCED_BYTES:
                announced = arrived
                progress(f"  {file.name}: {arrived >> 20} of {file.size_bytes >> 20} MB")
    if digest.hexdigest() != file.sha256:
        raise Corrupt(f"The hub's copy of {file.name} is not the one we know.")
