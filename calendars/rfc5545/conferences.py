"""Where people meet online: the address that a source names, or a known one inside a text.

Only http and https addresses are kept, because pages make links of them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

LONGEST = 2000  # what browsers and mail programs pass on
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")
# Bidirectional and invisible controls can make an address look like another one.
_DECEPTIVE = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# The services whose addresses Google Calendar, Outlook and Thunderbird recognise, too.
_MEETING = re.compile(
    r"https://(?:"
    r"meet\.google\.com/[a-z]{3}-?[a-z]{4}-?[a-z]{3}"
    r"|(?:[\w-]{1,60}\.){0,3}zoom(?:gov)?\.(?:us|com)/(?:j|my|s|w|wc)/"
    r"|teams\.(?:microsoft|live)\.com/(?:l/meetup-join|meet)/"
    r"|(?:[\w-]{1,60}\.){1,3}webex\.com/"
    r"|(?:meet\.jit\.si|whereby\.com|8x8\.vc|chime\.aws|join\.skype\.com|meet\.goto\.com"
    r"|global\.gotomeeting\.com/join|facetime\.apple\.com/join)[/#]"
    r")[^\s<>\"'\\]{0,1900}",
    re.IGNORECASE,
)
_SENTENCE_END = ".,;:!?)]}*_"


def web_address(text: str) -> str:
    """Return the text if it's a whole http or https address without credentials, otherwise ""."""
    address = text.strip()
    if len(address) > LONGEST or _UNSAFE.search(address) or _DECEPTIVE.search(address):
        return ""
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts[1]
        _ = parts.port  # raises ValueError if it isn't a number
    except ValueError:
        return ""
    return address if is_web else ""


def meeting_address(texts: Iterable[str]) -> str:
    """Return the first address of a known meeting service in the texts, which may be HTML."""
    for text in texts:
        if "https://" not in text:
            continue
        for found in _MEETING.finditer(text):
            if address := web_address(html.unescape(found[0]).rstrip(_SENTENCE_END)):
                return address
    return ""
