"""A mail's HTML as it stands in its frame: what is quoted in it is folded."""

import re

# nh3 closes each that it leaves open. In a value of an attribute, where the words could stand too,
# what is put in does no harm: it has no quote that would end the value.
_QUOTE = re.compile("<(/?)blockquote(?=[ >])")
_MARKUP = re.compile("<[^<>]*+>")


def folded(html: str, title: str) -> str:
    """The HTML with its outermost quotes folded under a title; open where they are all there is.
    `html` comes from `sanitize`, `title` is text of ours without a character that means markup."""
    parts: list[str] = []
    at, depth, says_something = 0, 0, False
    for tag in _QUOTE.finditer(html):
        if not tag[1]:
            depth += 1
            if depth == 1:
                before = html[at : tag.start()]
                says_something = says_something or bool(_MARKUP.sub("", before).strip())
                state = "" if says_something else " open"
                parts += (before, f"<details{state}><summary>{title}</summary>")
                at = tag.start()
        elif depth:
            depth -= 1
            if depth == 0:
                end = html.find(">", tag.end()) + 1
                parts += (html[at:end], "</details>")
                at = end
    return "".join((*parts, html[at:]))
