""".env.example names every setting."""

import re
from pathlib import Path

from buzon import config
from buzon.config import Settings


def test_the_example_names_every_setting_with_its_help_and_default(repository: Path) -> None:
    lines = (repository / ".env.example").read_text().splitlines()
    shown = {
        match[1]: (match[2], lines[number - 1].removeprefix("# "))
        for number, line in enumerate(lines)
        if (match := re.fullmatch(r"#BUZON_(\w+)=(.*)", line))
    }
    settings = Settings.model_fields.items()
    # Several mailboxes stand in buzon.toml: the environment has no tables.
    wanted = {
        name.upper(): (_shown(field.default), field.description)
        for name, field in settings
        if name != "mailbox"
    }
    assert shown == wanted


def test_the_example_is_good_as_it_stands_once_its_lines_count(repository: Path) -> None:
    example = (repository / ".env.example").read_text()
    Path(".env").write_text(example.replace("#BUZON_", "BUZON_"))
    assert config.load() == Settings(_env_file=None)


def _shown(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    return str(getattr(default, "get_secret_value", lambda: default)())
