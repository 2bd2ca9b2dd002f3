"""Serves the talk page: the exported folder of clients/web, or how to build it."""

import base64
import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from threading import Lock

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from backend.kernel.errors import Corrupt, Missing
from backend.platform.web_layers import content_security_policy

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "clients" / "web" / "out"
FILE_BYTES_MAX = 8 << 20  # all of a page lies in memory: a folder of something else does not fit
FOLDER_BYTES_MAX = 64 << 20
GZIP_BYTES_MIN = 1024

PAGE_METHODS = ("GET", "HEAD")
DOORS = ("/v1/", "/phone/", "/sms/", "/sync/", "/health/")

FOREVER = "public, max-age=31536000, immutable"  # its name changes with its content
ASK_AGAIN = "no-cache"  # kept by the browser, but asked for by its ETag each time

CONTENT_TYPES: Mapping[str, str] = {  # a machine's own table may lack or bend these
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
PACKED_ALREADY = frozenset({".ico", ".jpg", ".png", ".woff2"})

NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ringback</title>
<main>
<h1>Ringback is running.</h1>
<p>Only its page is not built yet. With Node 20 or newer, run this in the program's folder:</p>
<pre>make web</pre>
<p>Then reload. Until then the phone works, and so does <code>ringback talk</code>.</p>
</main>
</html>
"""


@dataclass(frozen=True)
class Page:
    """One file of the page, as it is sent."""

    name: str
    content: bytes
    headers: Mapping[str, str]

    @cached_property
    def packed(self) -> bytes | None:
        """Return it compressed, where that helps."""
        if len(self.content) < GZIP_BYTES_MIN or Path(self.name).suffix in PACKED_ALREADY:
            return None
        return gzip.compress(self.content, mtime=0)


class Pages:
    """The whole folder, read once: no path from outside ever reaches the disk."""

    def __init__(self, folder: Path | None = None, *, origins: Iterable[str] = ()) -> None:
        self._folder = folder or DEFAULT_FOLDER
        self._origins = tuple(origins)
        self._pages: Mapping[str, Page] = {}
        self._reading = Lock()
        self.load()

    @property
    def is_built(self) -> bool:
        """Say whether there is a page to show."""
        return bool(self._pages)

    def load(self) -> None:
        """Read the folder; one that is not there yet is looked for again with each visit."""
        with self._reading:
            if not self._pages and (self._folder / "index.html").is_file():
                self._pages = _read(self._folder, self._origins)

    def router(self) -> APIRouter:
        """Return the route of everything that no other route serves: mount it last."""
        router = APIRouter(include_in_schema=False, route_class=PageRoute)

        # No coroutine, so that reading and compressing happen off the loop.
        @router.api_route("/{path:path}", methods=list(PAGE_METHODS))
        def page(path: str, request: Request) -> Response:
            return self.answer(path, request.headers)

        return router

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """Return the file of a path, as far as the browser does not have it already."""
        if not self._pages:
            self.load()
        page = self._pages.get(path or "index.html") or self._pages.get(f"{path}.html")
        if page is not None:
            return _send(page, headers, status=200)
        if "text/html" not in headers.get("accept", ""):
            raise Missing
        if not self._pages:
            return Response(
                NOT_BUILT,
                status_code=404 if path else 200,
                media_type="text/html",
                headers={"Cache-Control": "no-store"},
            )
        missing = self._pages.get("404.html")
        if missing is None:
            raise Missing
        return _send(missing, headers, status=404)


class PageRoute(APIRoute):
    """Fits whatever a browser may open, and nothing under a door of ours.

    So an unknown path there is answered as every error is, and by no method does a page stand in
    for what is not there.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether this is asked for a page."""
        is_door = str(scope["path"]).startswith(DOORS)
        if is_door or scope.get("method") not in PAGE_METHODS:
            return Match.NONE, {}
        return super().matches(scope)


def _read(folder: Path, origins: tuple[str, ...]) -> Mapping[str, Page]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sizes = [file.stat().st_size for file in files]
    if sum(sizes) > FOLDER_BYTES_MAX or max(sizes) > FILE_BYTES_MAX:
        raise Corrupt(f"{folder} is too large to be the talk page.", cure="make web")
    pages = (_page(file, file.relative_to(folder).as_posix(), origins) for file in files)
    return {page.name: page for page in pages}


def _page(file: Path, name: str, origins: tuple[str, ...]) -> Page:
    content = file.read_bytes()
    headers = {
        "Content-Type": CONTENT_TYPES.get(file.suffix, "application/octet-stream"),
        "Cache-Control": FOREVER if name.startswith("_next/static/") else ASK_AGAIN,
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Vary": "Accept-Encoding",
    }
    if file.suffix == ".html":
        scripts = [_hash(script) for script in inline_scripts(content.decode())]
        headers["Content-Security-Policy"] = content_security_policy(origins, scripts)
    return Page(name, content, headers)


def _send(page: Page, asked: Mapping[str, str], *, status: int) -> Response:
    if status == 200 and _is_known(page.headers["ETag"], asked.get("if-none-match", "")):
        # The browser takes these for the file it has: without the page's own policy among them,
        # the one that every answer gets would shut out the page's scripts.
        kept = {name: value for name, value in page.headers.items() if name != "Content-Type"}
        return Response(status_code=304, headers=kept)
    if "gzip" in asked.get("accept-encoding", "") and page.packed is not None:
        # Another form of the same file needs an ETag of its own; a weak one stands for both.
        headers = {**page.headers, "Content-Encoding": "gzip", "ETag": f"W/{page.headers['ETag']}"}
        return Response(page.packed, status_code=status, headers=headers)
    return Response(page.content, status_code=status, headers=dict(page.headers))


def _is_known(tag: str, known: str) -> bool:
    return known.strip() == "*" or tag in (
        part.strip().removeprefix("W/") for part in known.split(",")
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def inline_scripts(html: str) -> list[str]:
    """Return the scripts that stand in a page itself: only these may run besides our files."""
    reader = _ScriptReader()
    reader.feed(html)
    reader.close()
    return list(dict.fromkeys(reader.scripts))


class _ScriptReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self._parts: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "src" not in dict(attrs):
            self._parts = []

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self.scripts.append("".join(self._parts))
            self._parts = None
