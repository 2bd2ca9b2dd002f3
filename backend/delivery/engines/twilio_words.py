"""What Twilio's words for the state of a call or text mean, in its answers and in what it posts."""

from collections.abc import Mapping

from backend.delivery.engines.twilio_refusals import explained
from backend.delivery.types import Report, State

CALL_STATES: Mapping[str, State] = {
    "queued": State.ACCEPTED,
    "initiated": State.ACCEPTED,
    "ringing": State.RINGING,
    "in-progress": State.ANSWERED,
    "completed": State.COMPLETED,
    "busy": State.BUSY,
    "no-answer": State.NO_ANSWER,
    "failed": State.FAILED,
    "canceled": State.CANCELLED,
}
TEXT_STATES: Mapping[str, State] = {
    "accepted": State.ACCEPTED,
    "scheduled": State.ACCEPTED,
    "queued": State.ACCEPTED,
    "sending": State.ACCEPTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.CANCELLED,
}
ANSWERED_BY: Mapping[str, str] = {
    "human": "human",
    "unknown": "human",  # a machine that is taken for a person hears us out; the reverse is rude
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
    "fax": "machine",
}


def call_report(fields: Mapping[str, str]) -> Report | None:
    """Understand what Twilio posts about a call of ours; None: nothing that we know."""
    state = CALL_STATES.get(fields.get("CallStatus", ""))
    if state is None:
        return None
    seconds = fields.get("CallDuration", "")
    return Report(
        reference=fields.get("CallSid", ""),
        state=state,
        reason=_sip_reason(fields.get("SipResponseCode", "")) if state is State.FAILED else "",
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() else None,
    )


def text_report(fields: Mapping[str, str]) -> Report | None:
    """Understand what Twilio posts about a text of ours; None: nothing that we know."""
    state = TEXT_STATES.get(fields.get("MessageStatus") or fields.get("SmsStatus", ""))
    if state is None:
        return None
    code = fields.get("ErrorCode", "")
    reason = explained(int(code))[0] if code.isascii() and code.isdigit() else ""
    return Report(fields.get("MessageSid", ""), state, reason if state is State.FAILED else "")


def _sip_reason(code: str) -> str:
    """Return why a call failed, by the network's own answer."""
    return {
        "404": "That number is not in use.",
        "480": "They can't be reached now.",
        "484": "The number is not complete.",
        "503": "The network was not able to connect the call.",
        "603": "The call was declined.",
    }.get(code, "The network was not able to connect the call.")
