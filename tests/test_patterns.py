"""Regular expressions on what strangers write: none takes more than linear time.

Each pattern is attacked with what it is made of: its own literals and classes, grown where it
repeats, before a character that it refuses. Time is the processor's, where it counts.
"""

import ast
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # the only ones that read one
from types import ModuleType
from typing import Any

import pytest

import buzon

OWN_TEXT = {"buzon.errors", "buzon.config"}  # read what Buzón and who runs it wrote
SCREENED = 1_500  # characters of the first look at each attack
FAST = 0.0003  # seconds: of so many characters no quadratic one takes so little
WORST = 3  # attacks of a pattern that are grown
MOST = 200  # attacks of a pattern
SIZES = (8_000, 64_000)
TOLD = 0.02  # seconds: shorter times are not told well by a clock of the processor that ticks
AT_MOST, FOREVER = 1.0, float("inf")  # seconds of one try
GROWTH = 20.0  # for eight times the size: 8 is linear, 64 quadratic
CALLS: dict[str, Callable[[Any, Any], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "sub": lambda pattern, text: pattern.sub("", text),
    "split": lambda pattern, text: pattern.split(text),
    "findall": lambda pattern, text: pattern.findall(text),
    "finditer": lambda pattern, text: list(pattern.finditer(text)),
}
CANDIDATES = "a0 <>\"'&=;:,.()/\\-@#\n\t\r_[]{}?!*+%|~^`$é·\x00\x01\x80\u200b\u2028\U0001f000"


@dataclass(frozen=True)
class Used:
    """A pattern, and how the program calls it."""

    name: str
    pattern: re.Pattern[Any]
    calls: frozenset[str]


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(buzon.__path__, "buzon."):
        part = ".".join(found.name.split(".")[:2])
        if part not in OWN_TEXT and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for module in modules():
        assert module.__file__
        yield module.__name__, ast.parse(Path(module.__file__).read_text("utf-8"))


def used() -> list[Used]:
    calls = _calls()
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            held = value.values() if isinstance(value, dict) else (value,)
            for pattern in held:
                if isinstance(pattern, re.Pattern):
                    private = f"{module.__name__}.{name}" if name.startswith("_") else name
                    how = calls.get(private, frozenset(CALLS))
                    found.setdefault((pattern, how), Used(private, pattern, how))
    return list(found.values())


def _calls() -> dict[str, frozenset[str]]:
    """By name, and a private one by its module's too, the methods that are called."""
    calls: dict[str, set[str]] = {}
    for module, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in CALLS:
                name = _last_name(node.value)
                name = f"{module}.{name}" if name.startswith("_") else name
                calls.setdefault(name, set()).add(node.attr)
    return {name: frozenset(methods) for name, methods in calls.items()}


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class Attacks:
    """Texts that a pattern nearly matches, of any length."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.examples: list[str] = []
        self.around: dict[tuple[str, str], None] = {}  # what is before, and what is repeated
        source = pattern.pattern
        text = source.decode("latin-1") if isinstance(source, bytes) else source
        self.tree = _parser.parse(text, pattern.flags & ~re.UNICODE)
        self.examples.append(self._walk(self.tree, ""))

    def all(self) -> list[Callable[[int], str]]:
        whole = self.examples[-1]
        starts = {whole[:end] for end in range(1, len(whole) + 1)} if len(whole) < 60 else {whole}
        pumps = dict.fromkeys((*((before, more) for before, more in self.around),
                               *(("", start) for start in sorted(starts))))  # fmt: skip
        singles = sorted({more for _, more in self.around if len(more) == 1})[:8]
        pumps |= dict.fromkeys(("", one + two) for one in singles for two in singles)
        pumps |= dict.fromkeys((before + more[:1], more) for before, more in list(pumps))
        made = [_grown(*pump, tail) for pump in pumps if pump[1] for tail in ("\x01", "")]
        return made[:: len(made) // MOST + 1]

    def _walk(self, items: Any, before: str) -> str:
        """An example of these, in whose making each repetition is noted."""
        made = ""
        for code, value in items:
            made += self._one(str(code), value, before + made)
        return made

    def _one(self, code: str, value: Any, before: str) -> str:
        match code:
            case "LITERAL":
                return chr(value)
            case "NOT_LITERAL":
                return "b" if value == ord("a") else "a"
            case "ANY":
                return "a"
            case "IN":
                choices = _members(value)
                self.around |= dict.fromkeys((before, choice) for choice in choices)
                return choices[0]
            case "SUBPATTERN":
                return self._walk(value[3], before)
            case "ATOMIC_GROUP":
                return self._walk(value, before)
            case "BRANCH":
                made = [self._walk(branch, before) for branch in value[1]]
                self.around |= dict.fromkeys((before, each) for each in made)
                return max(made, key=len)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, _, inside = value
                made = self._walk(inside, before)
                self.around[before, made] = None
                return made * max(1, least)
            case "ASSERT":
                direction, inside = value
                return self._walk(inside, before) if direction > 0 else ""
            case "GROUPREF" | "AT" | "ASSERT_NOT":
                return ""
        raise NotImplementedError(code)


def _grown(before: str, more: str, tail: str) -> Callable[[int], str]:
    return lambda size: before + more * (size // len(more)) + tail


def _members(items: Any) -> list[str]:
    """Some characters of a class: of each of its ranges the first, of others what belongs."""
    members = [
        chr(value[0] if code is _constants.RANGE else value)
        for code, value in items
        if code in (_constants.RANGE, _constants.LITERAL)
    ]
    pattern = _class(items)
    belonging = [char for char in CANDIDATES if pattern(char)]
    negated = any(code is _constants.NEGATE for code, _ in items)
    return (belonging if negated else [*dict.fromkeys([*belonging, *members])])[:24] or ["a"]


def _class(items: Any) -> Callable[[str], bool]:
    categories = {
        "CATEGORY_DIGIT": str.isdigit, "CATEGORY_SPACE": str.isspace,
        "CATEGORY_WORD": lambda c: c.isalnum() or c == "_",
    }  # fmt: skip

    def belongs(char: str) -> bool:
        found, negated = False, False
        for code, value in items:
            if code is _constants.NEGATE:
                negated = True
            elif code is _constants.RANGE:
                found |= value[0] <= ord(char) <= value[1]
            elif code is _constants.LITERAL:
                found |= ord(char) == value
            else:
                name = str(value)
                found |= categories[name.replace("NOT_", "")](char) != ("NOT_" in name)
        return found != negated

    return belongs


def seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """The lesser of two times, or FOREVER where it takes more than AT_MOST."""
    taken = []
    for _ in range(2):
        start = clock()
        signal.setitimer(signal.ITIMER_PROF, AT_MOST)
        try:
            call()
        except TooLong:
            return FOREVER
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        taken.append(clock() - start)
    return min(taken)


class TooLong(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def ending_what_never_ends() -> Iterator[None]:
    def end(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, end)
    yield
    signal.signal(signal.SIGPROF, before)


def slowest(
    pattern: re.Pattern[Any], how: str, attacks: list[Callable[[int], str]]
) -> list[Callable[[int], str]]:
    """Those which are worth being grown."""
    screened = []
    for number, attack in enumerate(attacks):
        text = of_kind(pattern, attack(SCREENED))
        # The clock on the wall, for that of the processor may tick too slowly to tell these apart.
        taken = seconds(lambda text=text: CALLS[how](pattern, text), time.perf_counter)
        if taken > FAST:
            screened.append((taken, number))
        if taken == FOREVER:
            break
    return [attacks[number] for _, number in sorted(screened, reverse=True)[:WORST]]


def growth(pattern: re.Pattern[Any], how: str, attack: Callable[[int], str]) -> str:
    """How the time grows, where it grows more than linearly; "" else. It stops at the first size
    that takes long."""
    taken: list[float] = []
    for size in SIZES:
        text = of_kind(pattern, attack(size))
        taken.append(seconds(lambda text=text: CALLS[how](pattern, text), time.process_time))
        if taken[-1] == FOREVER:
            break
    else:
        if taken[-1] <= GROWTH * max(TOLD, taken[0]):
            return ""
    told = ", ".join(f"{size}: {s:.4f} s" for size, s in zip(SIZES, taken, strict=False))
    return f"{how} of {attack(12)!r}… takes {told}"


def of_kind(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


USED = used()


@pytest.mark.parametrize("each", USED, ids=lambda each: each.name)
def test_no_pattern_takes_more_than_linear_time(each: Used) -> None:
    attacks = Attacks(each.pattern).all()
    for how in sorted(each.calls):
        for attack in slowest(each.pattern, how, attacks):
            assert growth(each.pattern, how, attack) == ""


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        (r"url\s*\(\s*[\"']?\s*//", "findall"),
        (r"(?:a|aa)*c", "match"),
        (r"\s+$", "sub"),
        (r"<[^>]*>", "finditer"),
        (r"\S+@", "search"),
        (r"([^,;]+)*,x", "search"),
    ],
)
def test_a_pattern_that_is_not_linear_is_found(pattern: str, how: str) -> None:
    with pytest.raises(AssertionError, match=f"{how} of"):
        test_no_pattern_takes_more_than_linear_time(Used("", re.compile(pattern), frozenset({how})))


def test_every_pattern_is_compiled_where_this_test_finds_it() -> None:
    """By a name in a module: an expression within a function would not be attacked."""
    found = [
        f"{module}: re.{node.func.attr} in line {node.lineno}"
        for module, tree in trees()
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        and function.name != "_whole_words"  # makes those of a module
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _last_name(node.func.value) == "re"
        and node.func.attr in {*CALLS, "compile", "subn"}
    ]
    assert found == []
    assert len(USED) > 60
