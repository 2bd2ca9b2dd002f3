"""`ringback up` around an application of one route; run as a program, stopped by a signal."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from backend.cli.serving import end_with_stdin, serve
from backend.kernel.errors import NotConfigured
from backend.platform.home import Home
from backend.platform.settings import Settings, load_settings
from backend.platform.settings.sources import Loaded


@asynccontextmanager
async def application(
    loaded: Loaded[Settings], *, home: Home, roles: frozenset[str], url: str
) -> AsyncIterator[FastAPI]:
    if "workers" not in roles:
        raise NotConfigured("This part has no home.", cure="build it")
    app = FastAPI()
    app.state.owner_code = "ABCD2345"

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"url": url}

    yield app
    home.write_secret("ended", "cleanly")


def run(home: str, port: str, *roles: str) -> None:
    if "mobile_api" in roles:  # as good as any: this application has no parts
        end_with_stdin()
    loaded = load_settings({"home": home, "port": port})
    serve(loaded, frozenset(roles), application=application, open_page=False, as_json=True)


if __name__ == "__main__":
    run(*sys.argv[1:])
