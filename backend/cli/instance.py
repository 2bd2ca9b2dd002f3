"""The instance that a command speaks to: the running one, or one started for this command."""

import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar

import httpx2

from backend.cli.output import note
from backend.kernel.errors import Missing, NotConfigured, RingbackError, Unauthorised, Unavailable
from backend.platform.clock import SystemClock
from backend.platform.home import Home
from backend.platform.settings import load_settings, process_environment

TOKEN_FILE = "cli.token"  # noqa: S105 (its name; what it holds is secret)
ANSWER_S_MAX = 60.0
START_S_MAX = 120.0
STOP_S_MAX = 20.0
LOOK_EVERY_S = 0.1

Json = Any  # what the instance answers; each command knows its own shape
Query = Mapping[str, str | int]


class Remote(RingbackError):
    """The instance refused."""

    code: ClassVar[str] = "remote"

    def __init__(self, code: str, message: str, cure: str) -> None:
        super().__init__(message, cure=cure)
        self.remote_code = code


class Instance:
    """A running instance, spoken to as its owner by the token in its home."""

    def __init__(self, url: str, token: str) -> None:
        # Certificates are read where they are needed: 30 of a command's 200 milliseconds.
        self.url, self.token = url.rstrip("/"), token
        self._client = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,  # a proxy has no business between us and our own machine
            verify=self.url.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def __enter__(self) -> "Instance":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def socket_url(self) -> str:
        """Return the origin of the app's socket, which a process of its own may serve."""
        where = self.get("/v1/where")
        is_elsewhere = where["mobile_api"] != where["backend"]
        origin = str(where["mobile_api"]) if is_elsewhere else self.url
        return origin.replace("http", "ws", 1)

    def get(self, path: str, query: Query | None = None) -> Json:
        """Read something."""
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Json = None, *, seconds_max: float = ANSWER_S_MAX) -> Json:
        """Make something, however long it may take."""
        return self._ask("POST", path, body=body, seconds_max=seconds_max)

    def put(self, path: str, body: Json) -> Json:
        """Set something."""
        return self._ask("PUT", path, body=body)

    def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return self._ask("PATCH", path, body=body)

    def delete(self, path: str) -> Json:
        """Take something away."""
        return self._ask("DELETE", path)

    def lines(self, path: str, after: str = "") -> Iterator[str]:
        """Read an answer that goes on, line by line, behind the event that was seen last."""
        headers = {"Last-Event-ID": after} if after else {}
        with self._streaming(path, headers) as answer:
            try:
                yield from answer.iter_lines()
            except httpx2.HTTPError as failure:
                raise self._silent() from failure

    def send(
        self, path: str, file: IO[bytes], query: Query, *, seconds_max: float = ANSWER_S_MAX
    ) -> Json:
        """Send a file as it is, piece by piece."""
        return self._ask("POST", path, query=query, content=file, seconds_max=seconds_max)

    def save(self, path: str, file: IO[bytes], *, seconds_max: float = ANSWER_S_MAX) -> int:
        """Write an answer's bytes into a file; return how many they were."""
        size = 0
        with self._streaming(path, {}, seconds_max) as answer:
            try:
                for chunk in answer.iter_bytes():
                    size += file.write(chunk)
            except httpx2.HTTPError as failure:
                raise self._silent() from failure
        return size

    @contextmanager
    def _streaming(
        self, path: str, headers: dict[str, str], seconds_max: float = ANSWER_S_MAX
    ) -> Iterator[httpx2.Response]:
        try:
            opened = self._client.stream("GET", path, headers=headers, timeout=seconds_max)
            with opened as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise _refusal(answer)
                yield answer
        except httpx2.ConnectError as failure:
            raise self._silent() from failure

    def _silent(self) -> Unavailable:
        return Unavailable(f"The instance at {self.url} does not answer.", cure="ringback doctor")

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        content: IO[bytes] | None = None,
        seconds_max: float = ANSWER_S_MAX,
    ) -> Json:
        sent: dict[str, Any] = {"json": body} if content is None else {"content": content}
        try:
            answer = self._client.request(method, path, params=query, timeout=seconds_max, **sent)
        except httpx2.HTTPError as failure:
            raise Unavailable(
                f"The instance at {self.url} does not answer.", cure="ringback doctor"
            ) from failure
        if answer.status_code >= 400:
            raise _refusal(answer)
        if answer.status_code == 204 or not answer.content:
            return {}
        try:
            return answer.json()
        except ValueError as failure:
            raise Unavailable(
                f"What answers at {self.url} is not Ringback.", cure="ringback up --port 0"
            ) from failure


@contextmanager
def instance(home: Home | None = None, *, only_running: bool = False) -> Iterator[Instance]:
    """Open the running instance of this home, or one that lives as long as the command.

    What outlives the command, a link or a code, makes sense only with an instance that does too.
    """
    home = home or own_home()
    running = home.running()
    if running is None and only_running:
        raise Unavailable(f"Nothing runs in {home.path}.", cure="ringback up")
    if running is not None:
        with Instance(running.url, _token(home)) as opened:
            yield opened
        return
    with _started(home) as url, Instance(url, _token(home)) as opened:
        yield opened


def person_named(running: Instance, name: str) -> dict[str, Any]:
    """Return the person whom this name or id means."""
    for person in running.get("/v1/people")["people"]:
        if name.casefold() in {person["name"].casefold(), person["id"]}:
            found: dict[str, Any] = person
            return found
    raise Missing(f"Nobody is called {name}.", cure="ringback people list")


def ourselves() -> list[str]:
    """Return the words that start us: by the script, since `-m` would prefer the current folder."""
    script = Path(sys.executable).with_name("ringback")
    return [str(script)] if script.exists() else [sys.executable, "-m", "backend.cli"]


def own_home() -> Home:
    """Return the home that the settings name."""
    return Home(load_settings().settings.home)


@contextmanager
def _started(home: Home) -> Iterator[str]:
    note("Nothing is running yet: starting Ringback for this command …")
    home.make()
    with tempfile.TemporaryFile("w+", dir=home.path) as said:
        process = subprocess.Popen(  # noqa: S603 (ourselves)
            [*ourselves(), "up", "--port", "0", "--home", str(home.path), "--while-stdin"],
            stdin=subprocess.PIPE,  # closes with us, however we end: it never outlives its command
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=_loopback(process_environment()),
            start_new_session=True,  # Ctrl-C is ours: we end the command first, then stop it
        )
        try:
            yield _ready(home, process, said)
        finally:
            _stop(process)


def _loopback(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of an instance that only this command reaches."""
    return environment | {"RINGBACK_BIND": "127.0.0.1"}


def _ready(home: Home, process: subprocess.Popen[bytes], said: IO[str]) -> str:
    clock = SystemClock()
    deadline = clock.monotonic() + START_S_MAX
    while clock.monotonic() < deadline:
        running = home.running()
        if running is not None and running.pid == process.pid and _answers(running.url):
            return running.url
        with suppress(subprocess.TimeoutExpired):  # it lives: look again
            process.wait(LOOK_EVERY_S)
            raise _failed_start(said)
    raise Unavailable(f"Ringback did not start in {START_S_MAX:g} s.", cure="ringback up")


def _answers(url: str) -> bool:
    try:
        answer = httpx2.get(f"{url}/health/live", timeout=5, trust_env=False)
    except httpx2.HTTPError:
        return False
    return answer.status_code == 200


def _failed_start(said: IO[str]) -> RingbackError:
    """Return the reason that the child gave in its own last words."""
    said.seek(0)
    lines = [line for line in said.read().splitlines() if line.strip()]
    message = f"Ringback could not be started: {lines[-1].strip()}" if lines else ""
    cure = "ringback up"
    for line in lines:
        if line.startswith("✗ "):
            message = line.removeprefix("✗ ")
        elif line.startswith("  → "):
            cure = line.removeprefix("  → ")
    return Unavailable(message, cure=cure)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _token(home: Home) -> str:
    token = home.secret(TOKEN_FILE)
    if not token:
        raise NotConfigured(
            f"There is no {TOKEN_FILE} in {home.path}.",
            cure="Run this as the user that runs `ringback up`, with the same RINGBACK_HOME.",
        )
    return token


def _refusal(answer: httpx2.Response) -> RingbackError:
    if answer.status_code == Unauthorised.status:
        return Unauthorised(
            "The instance does not know this command line.",
            cure=f"Restart it: `ringback up` renews {TOKEN_FILE} in its home.",
        )
    try:
        error = answer.json()["error"]
        return Remote(str(error["code"]), str(error["message"]), str(error.get("cure") or ""))
    except (ValueError, KeyError, TypeError):
        return Unavailable(f"The instance answered {answer.status_code}.", cure="ringback logs")
