"""Where settings come from: the environment, `.env`, `buzon.toml`, files of secrets."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource
from pydantic_settings.sources import DotEnvSettingsSource, TomlConfigSettingsSource

from buzon.errors import SettingsError

PREFIX = "BUZON_"
OF_COMPOSE = "METABASE_ENCRYPTION_KEY"  # stands in no .env but the one for compose.yaml


class SecretFiles(PydanticBaseSettingsSource):
    """`BUZON_SMTP_PASSWORD_FILE=/run/secrets/smtp`: the secret is the file's content."""

    def __init__(
        self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]
    ) -> None:
        super().__init__(settings_cls)
        self.variables = variables

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{PREFIX}{field_name.upper()}_FILE"
        path = self.variables.get(name.lower())
        if not path or field_name not in secrets(self.settings_cls):
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{name} names {path}, which can't be read ({error}).", "Correct the path."
            ) from error

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def env_is_composes(settings_cls: type[BaseSettings]) -> bool:
    """Whether `.env` is that of compose.yaml. It names hosts of its containers, and a mailbox that
    they read; who starts Buzón beside it wants another one."""
    return OF_COMPOSE.lower() in DotEnvSettingsSource(settings_cls).env_vars


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting comes from, and what it is called there."""

    kind: Literal["environment", ".env", "buzon.toml", "pages", "default"]
    name: str = ""


def origin(given: BaseSettings, chosen: Collection[str], name: str) -> Origin:
    """Where a setting comes from that is `given` by none of the pages, or `chosen` there."""
    if name not in given.model_fields_set:
        return Origin("pages" if name in chosen else "default")
    variable = f"{PREFIX}{name}".lower()
    if variable in EnvSettingsSource(type(given)).env_vars:
        return Origin("environment", variable.upper())
    if variable in _dotenv(type(given)):
        return Origin(".env", variable.upper())
    return Origin("buzon.toml", name)


def refuse_unknown(settings_cls: type[BaseSettings]) -> None:
    """A slip of the pen in a name must not silently mean the default. Raises SettingsError."""
    fields = settings_cls.model_fields
    known = {PREFIX + name.upper() for name in fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in secrets(settings_cls)}
    for name in map(str.upper, variables(settings_cls)):
        if name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_"):
            _refuse_unless_known(name, known)
    for name in TomlConfigSettingsSource(settings_cls).toml_data:
        _refuse_unless_known(name, fields.keys(), " in buzon.toml")


def _refuse_unless_known(name: str, known: Collection[str], place: str = "") -> None:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else "Remove it; .env.example lists them all."
        raise SettingsError(f"{name}{place} is not a setting of Buzón.", hint)


def variables(settings_cls: type[BaseSettings]) -> dict[str, str | None]:
    """What the environment and, behind it, `.env` say, by name in lower case."""
    return {**_dotenv(settings_cls), **EnvSettingsSource(settings_cls).env_vars}


def _dotenv(settings_cls: type[BaseSettings]) -> Mapping[str, str | None]:
    return {} if env_is_composes(settings_cls) else DotEnvSettingsSource(settings_cls).env_vars


def secrets(*models: type[BaseModel]) -> set[str]:
    fields = [pair for model in models for pair in model.model_fields.items()]
    return {name for name, field in fields if "SecretStr" in str(field.annotation)}
