"""The HTML of a mail so that it can be shown: it runs nothing, fetches nothing, sends nothing.

nh3 reads it as a browser does (html5ever) and keeps what is named here. Two of that parser's ways
are quadratic: deep nesting (31 s for 100,000 <div>) and many attributes in one tag (2 s for
100,000). So what is longer than anybody writes by hand is cut, as Gmail does at 102 kB; with these
limits the worst mails that we know of take less than a second.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import nh3

LIMIT = 300_000  # characters, embedded pictures not counted
TAGS_LIMIT = 10_000

# What makes an element: a tag that begins, and two that end what never began.
_TAG = re.compile(r"<(?:[a-z]|/(?:p|br)\b)", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]++", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_REMOTE_IN_STYLE = re.compile(r"url\s*+\(\s*+(?:[\"']\s*+)?(?:https?:)?//", re.IGNORECASE)
# No function but a colour's and no escape: nothing in it can name another resource.
_PLAIN_VALUE = re.compile(r"(?:[\w\s#%.,+\-!'\"/]|\b(?:rgb|hsl)a?\([\d\s.,%/]*\))*", re.ASCII)


def _names(table: str) -> set[str]:
    return set(table.split())


_TAGS = _names("""
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup
    dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img
    ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup
    table tbody td tfoot th thead time tr tt u ul var
""")
_UNREAD = _names("script style title head noscript template svg math object applet select option")
_ATTRIBUTES = {
    "*": _names("align background bgcolor dir height lang style title valign width"),
    "a": {"href"},
    "font": _names("color face size"),
    "img": _names("alt border src"),
    "li": {"value"},
    "ol": _names("start type"),
    "table": _names("border cellpadding cellspacing"),
    "td": _names("colspan nowrap rowspan"),
    "th": _names("colspan nowrap rowspan"),
}
_STYLES = _names("""
    background background-color border border-bottom border-bottom-color border-bottom-style
    border-bottom-width border-collapse border-color border-left border-left-color border-left-style
    border-left-width border-radius border-right border-right-color border-right-style
    border-right-width border-spacing border-style border-top border-top-color border-top-style
    border-top-width border-width clear color direction display float font font-family font-size
    font-style font-variant font-weight height letter-spacing line-height list-style
    list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width
    min-height min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top
    table-layout text-align text-decoration text-indent text-transform vertical-align white-space
    width word-break word-wrap
""")


@dataclass(frozen=True, slots=True)
class Sanitized:
    """HTML to stand in a body. `blocked`: remote images that were left out; `cut`: whether the
    mail went on."""

    html: str
    blocked: int
    cut: bool


def sanitize(source: str, pictures: Mapping[str, str]) -> Sanitized:
    """What can be shown of a mail's HTML. `pictures` are its own images, as `data:` URLs by their
    Content-ID; whatever lies elsewhere is left out and counted."""
    embedded: dict[str, str] = {}

    def set_aside(match: re.Match[str]) -> str:
        embedded[name := f"embedded-{len(embedded)}"] = match[0]
        return f"cid:{name}"

    short, cut = _cut(_EMBEDDED.sub(set_aside, source))
    images = _Images({**pictures, **embedded})
    html = nh3.clean(
        short,
        tags=_TAGS,
        clean_content_tags=_UNREAD,
        attributes=_ATTRIBUTES,
        attribute_filter=images.filter,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer",
    )
    return Sanitized(html, images.blocked, cut)


def _cut(source: str) -> tuple[str, bool]:
    end = LIMIT
    for number, tag in enumerate(_TAG.finditer(source, 0, LIMIT)):
        if number == TAGS_LIMIT:
            end = tag.start()
            break
    return source[:end], len(source) > end


class _Images:
    """Decides on each attribute that is kept by its name, and counts remote images."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self.own = own
        self.blocked = 0

    def filter(self, tag: str, name: str, value: str) -> str | None:
        match name:
            case "src" if tag == "img":
                return self._source(value)
            case "background":
                self.blocked += bool(_REMOTE.match(value))
                return None
            case "style":
                self.blocked += len(_REMOTE_IN_STYLE.findall(value))
                return _style(value)
            case "href":
                return value if _LINK.match(value.strip()) else None
            case "dir":  # "auto" has Chromium look at all the text again with each element
                return value if value.lower() in ("ltr", "rtl") else None
        return value

    def _source(self, value: str) -> str | None:
        if _REMOTE.match(value):
            self.blocked += 1
        scheme, _, id = value.partition(":")
        return self.own.get(unquote(id)) if scheme.lower() == "cid" else None


def _style(value: str) -> str | None:
    """The declarations that are known and plain."""
    kept = []
    for declaration in value.split(";"):
        name, _, what = declaration.partition(":")
        if name.strip().lower() in _STYLES and _PLAIN_VALUE.fullmatch(what):
            kept.append(f"{name.strip()}:{what.strip()}")
    return ";".join(kept) or None
