"""The answers that Twilio understands: what to do with a call, what to text back."""

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from backend.delivery.parts import cut

MEDIA_TYPE = "application/xml"


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
    """Text back, in as many parts as the carrier's limit asks for; nothing for an empty text.

    The parts together are the text: nothing of an answer is lost.
    """
    response = MessagingResponse()
    for part in cut(_speakable(text).strip()):
        response.message(part)
    return str(response)


def _speakable(text: str) -> str:
    """Drop the control characters that XML can't carry; a blank of any kind stays one."""
    plain = (
        sign if sign.isprintable() or sign in "\n\t" else " " if sign.isspace() else ""
        for sign in text
    )
    return "".join(plain)
