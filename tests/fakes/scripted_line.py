"""The app's socket, answered as a test tells it: a greeting, then an echo of each turn."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

SPEECH = b"\x02\x00\x00\x00\x00\x00\x00\x00" + b"\x10\x10" * 1600  # 100 ms
VOICE = b"\x00\x40"  # a sample that is no silence
SILENT_FRAMES_MIN = 25


class ScriptedLine:
    """Answers typed turns at once, spoken ones after half a second of silence."""

    def __init__(
        self,
        *,
        goodbye: str = "goodbye",
        refusal: dict[str, str] | None = None,
        cuts_off: str = "",  # why, at the first thing said
        cut_off_code: int = 4429,
        last_words: str = "",  # captioned only after the turn has ended, as they may be
    ) -> None:
        self.url = ""
        self.heard: list[dict[str, object]] = []
        self.marks: list[str] = []
        self._goodbye, self._refusal = goodbye, refusal
        self._cuts_off, self._cut_off_code = cuts_off, cut_off_code
        self._last_words = last_words
        self._voiced = self._silent = 0

    def serve(self, connection: ServerConnection) -> None:
        self._connection = connection
        try:
            for message in connection:
                if isinstance(message, bytes):
                    self._listen(message[8:])
                else:
                    self._take(json.loads(message))
        except ConnectionClosed:
            return

    def _take(self, message: dict[str, str]) -> None:
        self.heard.append(dict(message))
        kind = message["type"]
        if kind == "hello" and self._refusal is not None:
            self._tell("error", **self._refusal)
            self._connection.close(4401)
        elif kind == "hello":
            self._tell("welcome", wire=1, conversation_id="c1", name="Kim")
            self._speak("Hello.")
        elif kind == "text" and self._cuts_off:
            self._connection.close(self._cut_off_code, self._cuts_off)
        elif kind == "text":
            self._answer(message["text"])
        elif kind == "mark":
            self.marks.append(message["name"])
        elif kind == "bye":
            self._tell("closed", reason="caller")
            self._connection.close()

    def _listen(self, pcm: bytes) -> None:
        if VOICE in pcm:
            if not self._voiced:
                self._tell("voice_started")
            self._voiced, self._silent = self._voiced + 1, 0
        elif self._voiced:
            self._silent += 1
            if self._silent == SILENT_FRAMES_MIN:
                self._voiced = 0
                self._answer("spoken")

    def _answer(self, text: str) -> None:
        self._tell("heard", turn_id="t", text=text)
        self._speak(f"You said {text}.")
        sources = [{"message_id": "m", "text": "x", "when": "2026-01-01", "channel": "phone"}]
        said = f"You said {text}. {self._last_words}".strip()
        self._tell("turn_ended", turn_id="t", heard=text, said=said, sources=sources)
        if self._last_words:
            self._speak(self._last_words)
        if text == self._goodbye:
            self._tell("closed", reason="goodbye")
            self._connection.close()

    def _speak(self, text: str) -> None:
        self._tell("said", turn_id="t", text=text, index=0)
        self._connection.send(SPEECH)
        self._tell("mark", name=f"after {text}")

    def _tell(self, kind: str, **fields: object) -> None:
        self._connection.send(json.dumps({"type": kind, **fields}))


@contextmanager
def scripted_line(line: ScriptedLine) -> Iterator[ScriptedLine]:
    """Serve the line until the test is over."""
    with serve(line.serve, "127.0.0.1", 0) as server:
        line.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield line
        server.shutdown()
        thread.join()
