"""The reference of the manual, out of the program itself: every setting, command and view.

What is written by hand can be wrong, and forgets what is new. Texts are English in the code;
`reference.es.po` gives the Spanish.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer.main
from babel.messages.pofile import read_po

from buzon import config
from buzon.cli.app import app
from buzon.config import CHOSEN, PREFIX, PROVIDERS, SENDING, Settings
from buzon.store import schema
from buzon.web.language import LOCALE

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^# --- ([^:(]+?)(?:[:(].*)?$")
SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$")
VIEW = re.compile(r"COMMENT ON VIEW (v_\w+) IS\s+'((?:[^']|'')*)';")
COLUMN = re.compile(r"COMMENT ON COLUMN (v_\w+)\.(\w+) IS\s+'((?:[^']|'')*)';")

Say = Callable[[str], str]


@cache
def spanish() -> dict[str, str]:
    """What the reference says in Spanish, by the English; what the pages of Buzón say too they say
    in the same words."""
    texts: dict[str, str] = {}
    for path in (LOCALE / "es.po", Path(__file__).with_name("reference.es.po")):
        entries = read_po(path.read_text("utf-8").splitlines(), "es")
        texts |= {str(entry.id): str(entry.string) for entry in entries if entry.id}
    return texts


def sayer(language: str) -> Say:
    return (lambda text: spanish().get(text, text)) if language == "es" else str


# ── settings ───────────────────────────────────────────────────────────────────────────────


def settings(say: Say) -> str:
    """In the order and under the headings of .env.example, which a test holds to be whole."""
    return "\n\n".join(_settings(say))


def _settings(say: Say) -> Iterator[str]:
    text = ""
    for line in (ROOT / ".env.example").read_text("utf-8").splitlines():
        if section := SECTION.match(line):
            yield f"## {say(section[1].strip())}"
        elif setting := SETTING.match(line):
            yield _setting(say, setting[1], text, setting[2])
        elif line.startswith("# "):
            text = line.removeprefix("# ")


def _setting(say: Say, name: str, text: str, default: str) -> str:
    facts = [f"{say('Default')}: `{default}`" if default else say("Not set by default")]
    field = name.removeprefix(PREFIX).lower()
    if name.startswith(PREFIX):
        text = Settings.model_fields[field].description or ""
        if choices := config.choices(field):
            facts.append(f"{say('One of')}: {', '.join(f'`{each}`' for each in choices)}")
        if "SecretStr" in str(Settings.model_fields[field].annotation):
            facts.append(f"{say('Or the file that holds it')}: `{name}_FILE`")
        if field in (*CHOSEN, *SENDING, *PROVIDERS):
            facts.append(say("Can be chosen on the pages"))
    return f"#### `{name}`\n\n{say(text)}\n{{: .text }}\n\n{' · '.join(facts)}\n{{: .facts }}"


# ── commands ───────────────────────────────────────────────────────────────────────────────


def commands(say: Say) -> str:
    """Each with what it takes, in alphabetical order."""
    return "\n\n".join(_command(say, name, command) for name, command in every_command())


def every_command() -> Iterator[tuple[str, Any]]:
    """Full names, such as `buzon token add`, without the groups."""
    yield from _within("buzon", typer.main.get_command(app))


def _within(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for each, inner in sorted(command.commands.items()):
        yield from _within(f"{name} {each}", inner)


def _command(say: Say, name: str, command: Any) -> str:
    kinds = get_type_hints(command.callback)
    taken = [each for each in command.params if not each.hidden]
    arguments = [each for each in taken if each.param_type_name == "argument"]
    options = [each for each in taken if each.param_type_name == "option"]
    usage = " ".join([name, *map(_placeholder, arguments), *(["[…]"] if options else [])])
    parts = [f"## `{name}`", say(_one_line(command.help)), f"```sh\n{usage}\n```"]
    rows = [_row(say, _placeholder(each), each) for each in arguments if each.help]
    rows += [_row(say, _option(each, kinds[each.name]), each) for each in options]
    if rows:
        parts.append("\n".join([f"| | {say('What it is')} |", "| --- | --- |", *rows]))
    return "\n\n".join(parts)


def _placeholder(argument: Any) -> str:
    name = argument.name.rstrip("_").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: Any, kind: Any) -> str:
    names = " / ".join([", ".join(option.opts), *option.secondary_opts])
    return names if option.is_flag else f"{names} {_value(kind)}"


def _value(kind: Any) -> str:
    """What is given with an option: one of a few words, or what it stands for."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(each.value for each in kind)
    inner = [each for each in get_args(kind) if each is not type(None)]
    if inner and all(isinstance(each, str) for each in inner):
        return "|".join(inner)
    if inner:
        return _value(inner[0])
    return {int: "N", float: "N", Path: "FILE"}.get(kind, "TEXT")


def _row(say: Say, what: str, parameter: Any) -> str:
    told, usual = say(_one_line(parameter.help)), parameter.default
    if isinstance(usual, int | float) and not isinstance(usual, bool):
        told += f" {say('Default')}: {usual:g}."
    return f"| `{what}` | {told} |"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


# ── views ──────────────────────────────────────────────────────────────────────────────────


def views(say: Say) -> str:
    """The views for dashboards, by the comments that stand in the schema."""
    text = (schema.FOLDER / "init.sql").read_text("utf-8")
    columns = [(view, column, _unquoted(told)) for view, column, told in COLUMN.findall(text)]
    return "\n\n".join(
        _view(say, view, _unquoted(told), [each[1:] for each in columns if each[0] == view])
        for view, told in VIEW.findall(text)
    )


def _view(say: Say, name: str, told: str, columns: list[tuple[str, ...]]) -> str:
    rows = [f"| `{column}` | {say(text)} |" for column, text in columns]
    head = [f"| {say('Column')} | {say('What it is')} |", "| --- | --- |"]
    return f"## `{name}`\n\n{say(told)}\n\n" + "\n".join([*head, *rows])


def _unquoted(text: str) -> str:
    return text.replace("''", "'")


PARTS: dict[str, Callable[[Say], str]] = {
    "settings": settings,
    "commands": commands,
    "views": views,
}
