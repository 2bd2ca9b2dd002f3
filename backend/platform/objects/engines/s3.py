"""Objects on Cloudflare R2 or any S3 that keeps the promises of conditional writes."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Conflict, Missing, NotConfigured, RingbackError, Unavailable
from backend.platform.objects.port import CHUNK_BYTES, ObjectInfo, checked_key
from backend.platform.settings import R2Settings
from backend.platform.tasks import unbroken

PART_BYTES = 8 << 20  # R2 wants equal parts, S3 at least 5 MiB; ten thousand of them are 80 GB
CONNECT_S = 5.0
READ_S = 60.0
ATTEMPTS = 3
PROBE = "probe"

Call = Callable[..., Any]  # Any: boto3 makes its methods when it runs

_MISSING = {"NoSuchKey", "404", "NotFound"}
_REFUSED = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
_NOT_OURS = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "NoSuchBucket",
    "403",
    "401",
}
_CONDITION: Final = {"IfNoneMatch": "*"}


class S3Objects:
    """Keeps objects in one bucket; boto3 works in threads."""

    def __init__(self, settings: R2Settings) -> None:
        self._bucket = settings.bucket
        # R2's region is "auto" and this is its other name; other stores know only this one.
        self._client: Any = boto3.client(  # Any: boto3 makes its methods when it runs
            "s3",
            endpoint_url=settings.endpoint,
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=settings.secret_access_key.get_secret_value(),
            region_name="us-east-1",
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"max_attempts": ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": "path"},
                # R2 refuses the checksums that boto3 adds by itself (seen over HTTPS only).
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    async def start(self) -> None:
        """Prove that the store can be written, and that it refuses to replace when it is asked to.

        A store that ignores the condition would let two writers each believe they were first.
        """
        key = f"{PROBE}/{uuid.uuid4().hex}"
        await self.put(key, b"1", is_new=True)
        try:
            await self.put(key, b"2", is_new=True)
        except Conflict:
            return
        finally:
            await self.delete(key)
        raise NotConfigured(
            "This object store ignores conditional writes, so backups are not safe on it.",
            cure="use Cloudflare R2, AWS S3, MinIO or versitygw; or unset R2_ENDPOINT",
        )

    async def stop(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._client.close)

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        """Keep an object: in one request when it is small, else in parts that appear together."""
        checked_key(key)
        condition = _CONDITION if is_new else {}
        parts = _parts(chunks)
        first = await anext(parts, b"")
        if len(first) < PART_BYTES:
            await self._call("put_object", key, Body=first, **condition)
            return len(first)
        return await self._put_parts(key, first, parts, condition)

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object's bytes; one that is replaced meanwhile is read to its old end."""
        answer = await self._call("get_object", checked_key(key))
        body = answer["Body"]
        try:
            while chunk := await _guarded(body.read, CHUNK_BYTES):
                yield chunk
        finally:
            body.close()

    async def list(self, prefix: str = "") -> list[ObjectInfo]:
        """Return what is kept under a prefix, page by page."""
        found: list[ObjectInfo] = []
        more: dict[str, str] = {}
        while True:
            page = await _guarded(
                self._client.list_objects_v2, Bucket=self._bucket, Prefix=prefix, **more
            )
            found += [_info(entry) for entry in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                return sorted(found, key=lambda info: info.key)
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def delete(self, key: str) -> None:
        """Delete an object; S3 does not mind when there is none."""
        with suppress(Missing):
            await self._call("delete_object", checked_key(key))

    async def exists(self, key: str) -> bool:
        """Say whether there is such an object."""
        try:
            await self._call("head_object", checked_key(key))
        except Missing:
            return False
        return True

    async def _put_parts(
        self, key: str, first: bytes, rest: AsyncIterator[bytes], condition: dict[str, str]
    ) -> int:
        upload = {"UploadId": (await self._call("create_multipart_upload", key))["UploadId"]}
        try:
            made = [await self._part(key, upload, 1, first)]
            size = len(first)
            async for part in rest:
                made.append(await self._part(key, upload, len(made) + 1, part))
                size += len(part)
            ending = {**upload, **condition, "MultipartUpload": {"Parts": made}}
            await unbroken(self._call("complete_multipart_upload", key, **ending))
        except BaseException:  # cancelled or failed: no part may stay behind and cost money
            with suppress(RingbackError):
                await unbroken(self._call("abort_multipart_upload", key, **upload))
            raise
        return size

    async def _part(
        self, key: str, upload: dict[str, str], number: int, body: bytes
    ) -> dict[str, Any]:  # Any: as the completion wants it
        made = await self._call("upload_part", key, PartNumber=number, Body=body, **upload)
        return {"PartNumber": number, "ETag": made["ETag"]}

    async def _call(self, verb: str, key: str, **arguments: object) -> Any:  # Any: boto3's answer
        call = getattr(self._client, verb)
        return await _guarded(call, Bucket=self._bucket, Key=key, **arguments)


async def _guarded(call: Call, *args: object, **arguments: object) -> Any:  # Any: boto3's answer
    """Call boto3 in a thread; its own time limits end it, and its errors become ours."""
    try:
        return await asyncio.to_thread(partial(call, *args, **arguments))
    except ClientError as refusal:
        raise _translated(refusal) from refusal
    except (BotoCoreError, OSError) as failure:
        raise Unavailable(
            "The object store does not answer.", cure="check R2_ENDPOINT and the network"
        ) from failure


async def _parts(chunks: AsyncIterator[bytes] | bytes) -> AsyncIterator[bytes]:
    """Yield pieces of PART_BYTES, only the last of them shorter."""
    rest = bytearray()
    async for chunk in _pieces(chunks):
        rest += chunk
        while len(rest) >= PART_BYTES:
            yield bytes(rest[:PART_BYTES])
            del rest[:PART_BYTES]
    if rest:
        yield bytes(rest)


async def _pieces(chunks: AsyncIterator[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(chunks, bytes):
        yield chunks
        return
    async for chunk in chunks:
        yield chunk


def _info(entry: dict[str, Any]) -> ObjectInfo:  # Any: boto3's answer
    at = Instant(int(entry["LastModified"].timestamp() * SECOND))
    return ObjectInfo(entry["Key"], int(entry["Size"]), at)


def _translated(refusal: ClientError) -> RingbackError:
    code = str(refusal.response.get("Error", {}).get("Code", ""))
    if code in _MISSING:
        return Missing("There is no such object.")
    if code in _REFUSED:
        return Conflict("There is an object of this key.")
    if code in _NOT_OURS:
        return NotConfigured(
            f"The object store refuses us ({code}).",
            cure="check R2_BUCKET, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY",
        )
    return Unavailable(f"The object store failed ({code}).")
