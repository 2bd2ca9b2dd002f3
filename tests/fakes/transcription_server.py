"""A scripted provider of transcription on a socket: OpenAI's `/audio/transcriptions`.

It reads the form as it was sent, checks that a WAV file came, answers as `json` or `verbose_json`
was asked for, and breaks in the ways that real ones break:

    with TranscriptionServer() as server:
        server.script(Heard("Buy some milk."), Heard(status=429))
        … OPENAI_BASE_URL=server.openai_url
"""

import json
import math
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.fakes.http_server import ProviderHandler, ProviderServer


@dataclass(frozen=True)
class Heard:
    """How one request is answered."""

    text: str = "All right."
    status: int = 200
    before_s: float = 0.0  # silence before the answer
    probability: float = 0.9
    no_speech: float = 0.01
    is_cut: bool = False  # the connection breaks in the middle of the answer
    closes_quietly: bool = False  # keeps the connection, then closes it without a word
    body: bytes | None = None  # sent as it is


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    fields: dict[str, str]
    wav: bytes


class TranscriptionServer(ProviderServer[Heard]):
    """Hears what its script says, whatever the recording holds."""

    def __init__(self) -> None:
        super().__init__(Heard())
        self.requests: list[Asked] = []

    def answer_to(self, asked: Asked) -> Heard:
        self.requests.append(asked)
        return self.next_answer()


class _Handler(ProviderHandler):
    def post(self) -> None:
        asked = self._asked(self.sent())
        answer = self.server.owner.answer_to(asked)
        self.server.owner.pause(answer.before_s)
        if answer.closes_quietly:
            self.cut()
            return
        told = answer.body if answer.body is not None else json.dumps(_told(asked, answer)).encode()
        half = told[: len(told) // 2]
        self.answer(answer.status, half if answer.is_cut else told, length=len(told))
        if answer.is_cut:
            self.wfile.flush()
            self.cut()

    def _asked(self, body: bytes) -> Asked:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        fields, wav = {}, b""
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            content = part.get_payload(decode=True)
            if not isinstance(content, bytes):
                continue
            if name == "file":
                wav = content
            else:
                fields[name] = content.decode()
        headers = self.small_headers()
        return Asked(self.path, headers, fields, wav)


def _told(asked: Asked, answer: Heard) -> dict[str, Any]:
    if answer.status != 200:
        return {"error": {"message": "scripted failure", "type": "scripted"}}
    told: dict[str, Any] = {"text": answer.text}
    doubt = math.log(answer.probability)
    if asked.fields.get("response_format") == "verbose_json":
        segment = {
            "id": 0,
            "text": answer.text,
            "avg_logprob": doubt,
            "no_speech_prob": answer.no_speech,
        }
        told |= {"language": "english", "duration": 1.0, "segments": [segment]}
    elif asked.fields.get("include[]") == "logprobs":
        told["logprobs"] = [{"token": word, "logprob": doubt} for word in answer.text.split()]
    return told


TranscriptionServer.handler = _Handler
