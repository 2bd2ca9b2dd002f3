"""Why Twilio refuses, in words that help: its error codes, what they mean and what cures them."""

from collections.abc import Mapping

_GEO = "Twilio console → Voice → Settings → Geo permissions: allow the country"
_SMS_GEO = "Twilio console → Messaging → Settings → Geo permissions: allow the country"
_TRIAL = "verify the number in the Twilio console, or upgrade the account"
_A2P = "Twilio console → Messaging → Regulatory compliance: register a brand and a campaign (A2P)"

REFUSALS: Mapping[int, tuple[str, str]] = {
    10001: ("The Twilio account is not active.", "look into the Twilio console"),
    13223: ("That is no number that Twilio can ring.", "check the number"),
    13224: ("Twilio can't ring that number.", "check the number"),
    13225: ("Twilio rings no such number.", ""),
    13227: ("Twilio's geographic permissions don't allow that country.", _GEO),
    20003: (
        "Twilio does not take these credentials.",
        "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and RINGBACK_TWILIO__REGION",
    ),
    20005: ("The Twilio account is not active.", "look into the Twilio console"),
    20404: ("Twilio knows no such thing.", ""),
    21201: ("There is no number to ring.", ""),
    21205: ("Twilio can't use our address.", "check RINGBACK_PUBLIC_URL: ringback phone setup"),
    21210: (
        "The companion's number does not belong to this Twilio account.",
        "check TWILIO_PHONE_NUMBER: ringback phone setup",
    ),
    21211: ("That is no valid number.", "check the number"),
    21212: ("The companion's own number is not valid.", "check TWILIO_PHONE_NUMBER"),
    21214: ("That number can't be reached.", "check the number"),
    21215: ("Twilio's geographic permissions don't allow that country.", _GEO),
    21216: ("Twilio does not let this account ring that number.", "ask Twilio's support"),
    21217: ("That is no valid number.", "check the number"),
    21219: ("A trial account rings verified numbers only.", _TRIAL),
    21265: ("That is no number to text.", "check the number"),
    21408: ("Twilio's geographic permissions don't allow texts to that country.", _SMS_GEO),
    21602: ("There is nothing to send.", ""),
    21604: ("There is no number to text.", ""),
    21606: (
        "The companion's number can't send texts.",
        "get a number that can: ringback phone setup",
    ),
    21608: ("A trial account texts verified numbers only.", _TRIAL),
    21610: ("They texted STOP, so they get no texts.", "They can text START."),
    21611: ("Too many texts wait to be sent.", "try later"),
    21612: ("Twilio has no way for texts to that number.", ""),
    21614: ("That number takes no texts.", "use a mobile number"),
    21617: ("The text is too long.", ""),
    30003: ("Their telephone can't be reached.", ""),
    30004: ("They, or their carrier, block texts from this number.", ""),
    30005: ("That number is unknown, or not in use.", "check the number"),
    30006: ("That is a landline, or their carrier can't be reached.", "use a mobile number"),
    30007: ("A carrier filtered the text as unwanted.", _A2P),
    30008: ("The text was not delivered; nobody said why.", ""),
    30032: (
        "The toll-free number is not verified.",
        "Twilio console → Messaging → Regulatory compliance → Toll-free verification",
    ),
    30034: ("A US number has to be registered before it may text.", _A2P),
    30035: ("A US number's registration is not complete yet.", "wait some hours, or ask Twilio"),
    32203: ("Twilio blocks this call: its destination is often used for fraud.", _GEO),
}


def explained(code: int) -> tuple[str, str]:
    """Return why, and what helps; an unknown code is told with Twilio's page on it."""
    known = REFUSALS.get(code)
    if known is not None:
        return known
    page = f"https://www.twilio.com/docs/api/errors/{code}"
    return f"Twilio refuses it (error {code}).", f"see {page}" if code else ""
