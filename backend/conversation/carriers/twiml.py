"""The answers that Twilio understands: what to do with a call, what to text back."""

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

MEDIA_TYPE = "application/xml"
PART_CHARACTERS_MAX = 1600  # Twilio refuses longer bodies (error 21617)
PARTS_MAX = 5  # what a person still reads as one answer


def connect(stream_url: str, *, token: str, after_url: str) -> str:
    """Join the call to our media socket; when that closes, Twilio asks `after_url` what is next."""
    response = VoiceResponse()
    stream = response.connect(action=after_url, method="POST").stream(url=stream_url)
    stream.parameter(name="token", value=token)
    response.hangup()
    return str(response)


def hang_up(saying: str = "") -> str:
    """End the call, after these words when there are any."""
    response = VoiceResponse()
    if saying:
        response.say(_speakable(saying))
    response.hangup()
    return str(response)


def dial(number: str, *, caller: str, after_url: str, ring_s: int, whisper_url: str = "") -> str:
    """Put the caller through; they hear it ring. What became of it is told to `after_url`.

    With a whisper, whoever picks up is told something first, and the caller hears nothing of it.
    """
    response = VoiceResponse()
    joined = response.dial(
        action=after_url, method="POST", timeout=ring_s, caller_id=caller, answer_on_bridge=True
    )
    if whisper_url:
        joined.number(number, url=whisper_url, method="POST")
    else:
        joined.number(number)
    return str(response)


def whisper(saying: str, *, accept_url: str, wait_s: int) -> str:
    """Say something to whoever picked up, and ask for a key; without one, that is the end."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action=accept_url, method="POST", timeout=wait_s)
    gather.say(_speakable(saying))
    response.hangup()
    return str(response)


def nothing() -> str:
    """Change nothing: what comes next happens."""
    return str(VoiceResponse())


def messages(text: str) -> str:
    """Text back, in as many parts as the carrier's limit asks for; nothing for an empty text."""
    response = MessagingResponse()
    for part in parts(text):
        response.message(part)
    return str(response)


def parts(text: str) -> list[str]:
    """Cut a text at spaces into parts that the carrier takes."""
    rest = _speakable(text).strip()
    cut: list[str] = []
    while rest and len(cut) < PARTS_MAX:
        end = len(rest)
        if end > PART_CHARACTERS_MAX:
            # A word longer than a part has no space to cut at: it is cut where the part is full.
            end = rest.rfind(" ", 1, PART_CHARACTERS_MAX + 1)
            end = end if end > 0 else PART_CHARACTERS_MAX
        cut.append(rest[:end])
        rest = rest[end:].lstrip()
    if rest:
        cut[-1] = cut[-1][: PART_CHARACTERS_MAX - 1] + "…"
    return cut


def _speakable(text: str) -> str:
    """Drop the control characters that XML can't carry."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
