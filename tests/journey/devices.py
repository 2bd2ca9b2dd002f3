"""A person's devices: an unmodified Yjs client and the phone app's seed, processes in Node."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "clients"
YJS_DEVICE = Path(__file__).with_name("yjs_device.mjs")


@dataclass
class YjsDevice:
    """A y-websocket client that holds one document."""

    process: "subprocess.Popen[str]"

    def tell(self, command: str) -> dict[str, object]:
        """Give a command and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the device has died"
        answer: dict[str, object] = json.loads(line)
        return answer

    def notes(self) -> list[str]:
        """Return the notes as this device sees them."""
        found = self.tell("read")["notes"]
        assert isinstance(found, list)
        return [str(note) for note in found]


@contextmanager
def yjs_device(address: str, name: str, token: str, folder: Path) -> Iterator[YjsDevice]:
    """Start a device and end it afterwards."""
    # Node resolves packages from the script's own folder: the workspace of the clients has them.
    script = folder / YJS_DEVICE.name
    script.write_text(YJS_DEVICE.read_text())
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(CLIENTS / "node_modules")
    process = subprocess.Popen(
        ["node", "--preserve-symlinks", str(script), address, name, token],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield YjsDevice(process)
    finally:
        process.kill()
        process.wait()


def phone_app(url: str, code: str, spoken: Path, heard: Path) -> list[dict[str, object]]:
    """Pair, speak a WAV into a live session, and return the captions that came."""
    done = subprocess.run(
        [
            "node",
            str(CLIENTS / "sdk" / "examples" / "talk.mjs"),
            *("--url", url, "--code", code, "--name", "phone"),
            *("--wav", str(spoken), "--out", str(heard)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
