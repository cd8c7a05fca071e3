"""What a browser calls itself, in words that its owner knows it by.

Every browser's User-Agent names others too, for the sake of old sites; the first of these names
that it holds is its own (MDN, "Browser detection using the user agent string").
"""

from dataclasses import dataclass

BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet", "Firefox/": "Firefox",
    "FxiOS/": "Firefox", "CriOS/": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "Mac OS X": "macOS", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and the system it runs on; "" where that isn't known."""

    browser: str
    system: str


def device(user_agent: str) -> Device:
    """The device of a User-Agent header; of another program, such as curl, its own name."""
    browser = _first(BROWSERS, user_agent) or user_agent.partition("/")[0].strip()[:40]
    return Device(browser, _first(SYSTEMS, user_agent))


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
