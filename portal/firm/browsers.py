"""The browser that somebody signs in with, in words that its owner knows it by."""

import re
from dataclasses import dataclass

# The first that fits names it: Edge and Opera say Chrome as well, and Chrome says Safari.
_BROWSERS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|Chromium/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS = (
    (r"iPhone|iPod", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "Mac"),
    (r"Linux|X11", "Linux"),
)
UNKNOWN = "Unknown browser"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session is opened: the browser in words ("Chrome on Windows"), and its address."""

    name: str = ""
    ip_address: str = ""


def browser_of(user_agent: str, ip_address: str = "") -> Browser:
    """What a browser says of itself, in simple words. It may lie: nothing is decided by it."""
    name, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if name and system:
        return Browser(f"{name} on {system}", ip_address)
    return Browser(name or system or UNKNOWN, ip_address)


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, text)), "")
