"""An S3 server with right conditional writes: versitygw, on a plain folder."""

import os
from pathlib import Path

from tests.engines.processes import Server, is_listening, program

CURE = "go install github.com/versity/versitygw/cmd/versitygw@v1.8.0"


class S3Server(Server):
    """An object store; every test takes a fresh bucket of it."""

    name = "s3"
    ready_s = 20.0
    access_key = "ringback-tests"
    secret_key = "not-a-secret-but-long-enough"

    @property
    def url(self) -> str:
        """Return what R2_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, bucket: str) -> dict[str, str]:
        """Return the variables that point the product here; the bucket is made."""
        self.make_bucket(bucket)
        return {
            "R2_ENDPOINT": self.url,
            "R2_BUCKET": bucket,
            "R2_ACCESS_KEY_ID": self.access_key,
            "R2_SECRET_ACCESS_KEY": self.secret_key,
        }

    def make_bucket(self, name: str) -> str:
        """Make an empty bucket: to this server a folder is one."""
        (self.folder / "root" / name).mkdir(exist_ok=True)
        return name

    def prepare(self) -> None:
        """Make its folders, once."""
        for name in ("root", "iam", "sidecar"):
            (self.folder / name).mkdir(exist_ok=True)

    def command(self) -> list[str]:
        """Run it in the foreground; attributes go into a folder where the disk has none."""
        gopath = os.environ.get("GOPATH")
        bin_folders = [Path.home() / "go" / "bin", *([Path(gopath) / "bin"] if gopath else [])]
        sidecar = [] if self._keeps_attributes() else ["--sidecar", str(self.folder / "sidecar")]
        return [
            *(program("versitygw", CURE, folders=bin_folders), "--quiet"),
            *("--port", f"127.0.0.1:{self.port}", "--iam-dir", str(self.folder / "iam")),
            *("--access", self.access_key, "--secret", self.secret_key),
            *("posix", *sidecar, str(self.folder / "root")),
        ]

    def is_ready(self) -> bool:
        """Expect it to listen; its first answer needs nothing more."""
        return is_listening(self.port)

    def _keeps_attributes(self) -> bool:
        try:
            os.setxattr(self.folder / "root", "user.ringback", b"1")
        except OSError:
            return False
        return True
