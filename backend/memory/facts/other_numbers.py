"""Says what is written with digits and is no secret: dates, amounts, flights, products."""

import re

from backend.memory.facts.language.lexicon import word_set

_UNITS = word_set("""
    st nd rd th s am pm h hr hrs hour hours min mins minute minutes sec secs second seconds day
    days week weeks month months year years yr yrs digit digits character characters char chars
    letter letters word words bit bits byte bytes kb mb gb tb k m km cm mm kg g mg ml l eur euro
    euros usd gbp dollars factor fa step steps time times x part parts way fold percent story
    inch inches ghz mhz kbps mbps p room man person people door key
""")
_EITHER = "|".join(sorted(_UNITS, key=lambda unit: (-len(unit), unit)))
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",  # a mailbox
        r"[a-z]{2,10}://\S+|(?:[\w-]{1,63}\.){1,4}[a-z]{2,10}(?:/\S*)?",  # an address on the web
        rf"[$\u20ac\u00a3]?\d[\d.,:]{{0,20}}-?(?:%|\u20ac|\$|\u00a3|{_EITHER})(?:-[a-z]{{1,20}}){{0,3}}",
        r"[$\u20ac\u00a3]\d[\d.,]{0,20}",
        r"\d{4}-\d\d-\d\d(?:t[\d:.]{4,20}(?:z|[+-][\d:]{2,6})?)?",
        r"\d{1,2}[./]\d{1,2}[./](?:\d{2}){1,2}",
        rf"\d{{1,2}}-?{_MONTH}-?\d{{0,4}}|{_MONTH}-?\d{{1,4}}|[qh][1-4]-?\d{{2,4}}|fy\d{{2,4}}",
        r"\d{1,2}:\d\d(?::\d\d)?(?:am|pm)?",
        # Products and measures whose names have digits.
        r"(?:i(?:phone|pad|os|pados|mac)|win(?:dows)?|macos|android|galaxy|pixel|office|ps|xbox"
        r"|covid|spf|mp|web|http|python|php|java|es|ipv|wpa|sha|md|aes|rsa|base|utf|oauth|fido|ftp|usb"
        r"|keepass|mac|wifi|gpt|rtx|core|ryzen|level|room|page|step|part|chapter|section|type|gate"
        r"|version|v|no|nr|flat|unit|floor|block|zone|line|platform|terminal)-?\d[\d.]{0,6}[a-z]?",
        r"1passwords?|2fa|u2f|[a-z]{1,3}2[a-z]{1,3}",
        r"\+\d[\d-]{3,20}",  # a telephone
        r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}",  # an account: it is there to be told
    )
)
_BRANDS = word_set("""
    macbook iphone ipad imac icloud itunes whatsapp youtube paypal ebay linkedin github gitlab wifi
    onedrive onenote lastpass keepass keepassxc bitwarden facetime tiktok playstation openai
    chatgpt facebook airbnb fritzbox fritz!box dropbox javascript powershell homekit homepod airtag
    carplay wordpress mastercard postgresql mysql sqlite mongodb protonmail nordvpn
""")
# What a number behind them belongs to; it opens nothing.
_OF_ANOTHER = word_set("""
    flight room gate seat page train bus line section chapter version model road highway platform
    terminal locker number nr no building house apartment flat unit floor ticket order invoice part
    article item phone telephone mobile call dial tel ring zip postcode case issue street hotel
    reference booking tracking serial level step track channel bug commit build sku registration
    plate vehicle conference class course iban bic swift account vat passport isbn error
""")
_BETWEEN = word_set("is was number no nr : = to from called")


def is_something_else(text: str, before: str, earlier: str) -> bool:
    """Say whether a token is a date, an amount or the like, or what the word ahead of it counts."""
    counts = before.strip("#") in _OF_ANOTHER or (earlier in _OF_ANOTHER and before in _BETWEEN)
    return counts or text.lower() in _BRANDS or any(form.fullmatch(text) for form in _FORMS)
