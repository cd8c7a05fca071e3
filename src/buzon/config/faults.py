"""What is wrong with settings, in words."""

from typing import Any

from pydantic import ValidationError

from buzon.config.reading import Mailbox
from buzon.config.settings import Settings
from buzon.config.sources import PREFIX, secrets


def faults(error: ValidationError) -> dict[str, tuple[str, str, object]]:
    """What is wrong, as WrongSettings tells it."""
    found: dict[str, tuple[str, str, object]] = {}
    for fault in error.errors():
        limits = [v for v in fault.get("ctx", {}).values() if isinstance(v, int | float)]
        found[str(fault["loc"][0])] = (fault["type"], _words(fault), next(iter(limits), 0))
    return found


def sentence(error: ValidationError) -> str:
    """All of it, with the values unless these may be secret."""
    return "; ".join(map(_fault, error.errors())) + "."


def _fault(fault: Any) -> str:
    """What is wrong with one setting, with its value unless that may be a secret."""
    field, value = fault["loc"][-1], fault["input"]
    public = (Settings.model_fields | Mailbox.model_fields).keys() - secrets(Settings, Mailbox)
    shown = f"={value}" if field in public and isinstance(value, str | int | float) else ""
    words = _words(fault)
    if fault["type"] == "extra_forbidden":
        words = f"there are {', '.join(Mailbox.model_fields)}"
    return f"{_place(fault['loc'])}{shown}: {words}"


def _words(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _place(loc: tuple[int | str, ...]) -> str:
    if len(loc) == 1:
        return f"{PREFIX}{loc[0]}".upper()
    _, number, *field = loc
    return ", ".join((f"[[mailbox]] {int(number) + 1}", *map(str, field)))
