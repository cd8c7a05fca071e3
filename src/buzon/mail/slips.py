"""What is wrong with braces that can't be read: where, and in plain words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from buzon.errors import TextRefused

CLOSES = {"{{": "}}", "{%": "%}"}
MARK = re.compile(r"\{\{|\}\}|\{%|%\}")
CONDITIONS = "Write {{ name }}, or {%% if name %%}…{%% else %%}…{%% endif %%}."


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between braces: the mark that opens them, and the words in between."""

    line: int
    opens: str
    inside: str
    closed: bool = True

    @property
    def word(self) -> str:
        return self.inside.partition(" ")[0]

    @property
    def whole(self) -> str:
        return f"{self.opens} {self.inside} {CLOSES[self.opens]}"


def slip(source: str, error: TemplateSyntaxError, names: str) -> TextRefused:
    """The first thing that a person has to mend. `names`: the variables that there are."""
    parts = list(_parts(source))
    return (
        _left_open(parts)
        or _strange_word(parts)
        or _unbalanced(parts)
        or _no_name(parts, names)
        or TextRefused(
            "Line %(line)s: the braces can't be understood.", CONDITIONS, line=error.lineno
        )
    )


def _parts(source: str) -> Iterator[Part]:
    opened: re.Match[str] | None = None
    for mark in MARK.finditer(source):
        if mark[0] in CLOSES:
            if opened:
                yield _part(source, opened, mark.start(), closed=False)
            opened = mark
        elif opened and mark[0] == CLOSES[opened[0]]:
            yield _part(source, opened, mark.start(), closed=True)
            opened = None
    if opened:
        yield _part(source, opened, len(source), closed=False)


def _part(source: str, opened: re.Match[str], end: int, *, closed: bool) -> Part:
    inside = " ".join(source[opened.end() : end].strip("-").split())
    return Part(source.count("\n", 0, opened.start()) + 1, opened[0], inside, closed)


def _left_open(parts: list[Part]) -> TextRefused | None:
    for part in parts:
        if not part.closed:
            return TextRefused(
                "Line %(line)s: what begins with “%(opens)s” is not closed.",
                "Close it with “%(closes)s”.",
                line=part.line,
                opens=part.opens,
                closes=CLOSES[part.opens],
            )
    return None


def _strange_word(parts: list[Part]) -> TextRefused | None:
    for part in parts:
        if part.opens == "{%" and part.word not in {"if", "elif", "else", "endif"}:
            return TextRefused(
                "Line %(line)s: “%(whole)s” means nothing here.",
                CONDITIONS,
                line=part.line,
                whole=part.whole,
            )
    return None


def _unbalanced(parts: list[Part]) -> TextRefused | None:
    """A condition without an end, or an end without a condition."""
    begun: list[Part] = []
    for part in (part for part in parts if part.opens == "{%"):
        if part.word == "if":
            begun.append(part)
        elif not begun:
            return TextRefused(
                "Line %(line)s: there is no {%% if … %%} that “%(whole)s” could belong to.",
                CONDITIONS,
                line=part.line,
                whole=part.whole,
            )
        elif part.word == "endif":
            begun.pop()
    if begun:
        return TextRefused(
            "Line %(line)s: “%(whole)s” has no end.",
            "Write {%% endif %%} where it ends.",
            line=begun[-1].line,
            whole=begun[-1].whole,
        )
    return None


def _no_name(parts: list[Part], names: str) -> TextRefused | None:
    """Braces with nothing, or with more than a name, in between."""
    for part in parts:
        if _reads(part):
            continue
        what = (
            "Line %(line)s: “%(inside)s” is not the name of a variable."
            if part.inside.removeprefix("if")
            else "Line %(line)s: between the braces the name of a variable is missing."
        )
        inside = part.inside.removeprefix("if").strip()
        return TextRefused(what, "There are %(names)s.", line=part.line, inside=inside, names=names)
    return None


def _reads(part: Part) -> bool:
    """Whether it makes sense by itself."""
    if part.word in {"else", "endif"}:
        return True
    source = part.whole
    if part.opens == "{%":
        source = source.replace("elif", "if", 1) + "{% endif %}"
    try:
        Environment().parse(source)  # noqa: S701 - nothing is rendered
    except TemplateSyntaxError:
        return False
    return True
