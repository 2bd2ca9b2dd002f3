"""Does what the plan says, at the product's own doors, and writes down what was answered."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from backend.kernel.errors import RingbackError
from tests.chaos.plan import Act, Deed
from tests.chaos.promises import Fate, Promises, Word
from tests.chaos.stand import CARRIER_SECRET, OWNERS, Stand
from tests.journey.telephone import Telephone

TRIES_MAX = 6
FOUND_MAX = 3  # a word that nobody else says is found at once, embedded or not
LONG_AGO = datetime(1995, 3, 1, tzinfo=UTC)
SECONDS = 900_000_000  # so many moments long ago are told apart
ERRORS: tuple[type[RingbackError], ...] = (RingbackError, *RingbackError.__subclasses__())
REFUSALS = frozenset(kind.spoken for kind in ERRORS)  # said in place of an answer: nothing was kept
MODELS = ("minilm", "hashed")

Json = Any  # what the doors answer


class CutOff(Exception):
    """Nobody knows what became of it."""


class Caller:
    """Whoever asks; several do at once."""

    def __init__(self, stand: Stand, promises: Promises) -> None:
        self._stand, self._promises = stand, promises

    def do(self, deed: Deed) -> None:
        """Do one deed; who is cut off asks again or never learns what became of it."""
        acts: dict[Act, Callable[[Deed], None]] = {
            Act.TELL: self._tell,
            Act.NOTE: self._note,
            Act.INGEST: self._ingest,
            Act.IMPORT: self._import,
            Act.FORGET: self._forget,
            Act.REPEAT: self._repeat,
            Act.CHANGE: self._change,
        }
        try:
            acts[deed.act](deed)
            outcome = "done"
        except CutOff:
            outcome = "cut off"
        self._promises.note(f"{deed.act}: {' '.join(deed.words[:1])} {outcome}")

    # ── what is said ─────────────────────────────────────────────────────────────────────────
    def _tell(self, deed: Deed) -> None:
        (word,) = deed.words
        sid = f"SM{uuid.uuid5(uuid.NAMESPACE_OID, word).hex}"
        self._promises.say(deed.act, [word], [sid])
        self._text(word, sid, deed)

    def _text(self, word: str, sid: str, deed: Deed) -> None:
        def post() -> str:
            phone = Telephone(self._stand.backend, CARRIER_SECRET, OWNERS)
            return phone.text(f"I love {word}.", sid=sid)

        # The carrier itself asks again with the same sid: the answer must be the same turn's.
        answer = self._knock(post, deed)
        self._promises.note(f"{word} was answered: {answer}")
        if answer and answer not in REFUSALS:  # nothing: what it said back is forgotten already
            self._promises.keep([word])

    def _repeat(self, deed: Deed) -> None:
        word = self._promises.take(deed.chance, Act.TELL)
        if word is not None:
            try:
                self._text(word.text, word.reference, deed)
            finally:
                word.is_taken = False

    def _note(self, deed: Deed) -> None:
        (word,) = deed.words
        self._promises.say(deed.act, [word], [""])
        once = Deed(deed.act, deed.words, asks_again=False, chance=deed.chance)
        made = self._ask("POST", "/v1/notes", once, json={"text": f"buy {word}"})
        self._promises.words[word].reference = made["id"]
        self._promises.keep([word])

    def _ingest(self, deed: Deed) -> None:
        self._promises.say(deed.act, deed.words, deed.words)
        turns = [
            {"id": word, "speaker": "Martin", "text": f"We saw the {word} again."}
            for word in deed.words
        ]
        self._ask("POST", "/v1/memory/ingest", deed, json={"turns": turns})
        self._promises.keep(deed.words)

    def _import(self, deed: Deed) -> None:
        # Each line has a second of its own, by which it can be forgotten alone.
        moments = [LONG_AGO + timedelta(seconds=_number(word)) for word in deed.words]
        self._promises.say(deed.act, deed.words, [moment.isoformat() for moment in moments])
        lines = "\n".join(
            json.dumps(
                {
                    "id": word,
                    "speaker": "Martin",
                    "text": f"The boat {word} is blue.",
                    "timestamp": moment.isoformat(),
                }
            )
            for word, moment in zip(deed.words, moments, strict=True)
        )
        done = self._ask(
            "POST", "/v1/import", deed, content=lines.encode(), params={"from": "jsonl"}
        )
        self._promises.imports[done["job_id"]] = deed.words
        self._promises.keep(deed.words)

    # ── what is taken back, and what is changed ──────────────────────────────────────────────
    def _forget(self, deed: Deed) -> None:
        word = self._promises.take(deed.chance, Act.TELL, Act.NOTE, Act.INGEST, Act.IMPORT)
        if word is None:
            return
        wish = self._wish(word, deed)
        if wish is None:
            word.is_taken = False
            return
        word.fate = Fate.LEAVING
        tries: list[Json] = []

        def forget() -> httpx2.Response:
            tries.append(wish)
            with self._stand.client() as client:
                return client.post("/v1/forget", json=wish)

        answer = self._knock(forget, deed)
        if answer.status_code == 200:
            self._promises.receipts.append(answer.json()["id"])
        else:  # asked twice, it was done the first time
            is_missing = answer.status_code == 404 and len(tries) > 1
            assert is_missing, f"{wish}: {answer.status_code} {answer.text}"
        word.fate = Fate.GONE

    def _wish(self, word: Word, deed: Deed) -> Json:
        """Say what is to be forgotten, as somebody does who has found it; None: not found yet."""
        if word.act is Act.NOTE:
            return {"what": "note", "id": word.reference}
        query = {"query": word.text, "k": FOUND_MAX}
        found = self._ask("POST", "/v1/memory/search", deed, json=query)["results"]
        mine = [each for each in found if word.text in each["text"]]
        if word.act is Act.IMPORT:
            since = _micros(datetime.fromisoformat(word.reference))
            return {"what": "period", "since": since, "until": since + 1} if mine else None
        assert mine, f"{word.text} was acknowledged, and the next question finds {found}"
        if word.act is Act.INGEST:
            return None  # it has no name at the doors but its own program's
        return {"what": "message", "id": mine[0]["id"]}

    def _change(self, deed: Deed) -> None:
        names = {
            each["name"]: each["state"]
            for each in self._ask("GET", "/v1/models/meaning", deed)["models"]
        }
        other = next(name for name in MODELS if names.get(name) != "live")
        answer = self._request("POST", "/v1/models/meaning/use", deed, json={"name": other})
        assert answer.status_code in {202, 409}, answer.text  # 409: it is on its way already

    # ── knocking ─────────────────────────────────────────────────────────────────────────────
    def _ask(self, method: str, path: str, deed: Deed, **more: Json) -> Json:
        answer = self._request(method, path, deed, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _request(self, method: str, path: str, deed: Deed, **more: Json) -> httpx2.Response:
        def send() -> httpx2.Response:
            with self._stand.client() as client:
                return client.request(method, path, **more)

        answer = self._knock(send, deed)
        assert isinstance(answer, httpx2.Response)
        return answer

    def _knock(self, send: Callable[[], Json], deed: Deed) -> Json:
        """Send; where nobody was there wait, and where it was cut off do as the deed says."""
        for _ in range(TRIES_MAX):
            self._stand.await_doors()
            try:
                return send()
            except httpx2.ConnectError:
                continue  # nothing was sent
            except httpx2.TransportError:
                if not deed.asks_again:
                    raise CutOff from None
        raise CutOff


def _number(word: str) -> int:
    return uuid.uuid5(uuid.NAMESPACE_OID, word).int % SECONDS


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
