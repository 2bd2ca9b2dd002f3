"""The Chroma server of the package that the product's client comes from."""

import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.engines.processes import Server, program


class ChromaServer(Server):
    """A vector server; its import alone takes three seconds, so launch it early."""

    name = "chroma"
    ready_s = 120.0

    @property
    def url(self) -> str:
        """Return what CHROMA_URL is set to."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Run the one beside our own interpreter."""
        chroma = program("chroma", "run make setup", folders=[Path(sys.executable).parent])
        path = str(self.folder / "data")
        return [chroma, "run", "--path", path, "--host", "127.0.0.1", "--port", str(self.port)]

    def variables(self) -> dict[str, str]:
        """Keep it from telling its makers about our tests."""
        return {"ANONYMIZED_TELEMETRY": "False", "CHROMA_TELEMETRY__ENABLED": "false"}

    def is_ready(self) -> bool:
        """Expect a heartbeat."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            line.request("GET", "/api/v2/heartbeat")
            return line.getresponse().status == 200
        except HTTPException:
            return False
        finally:
            line.close()
