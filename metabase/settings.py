"""What the environment says."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from trouble import WrongSettings

LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Settings:
    """`wait`: seconds; `database`: Buzón's, as the server of Metabase reaches it."""

    url: str
    email: str
    password: str
    language: str
    wait: float
    key_file: Path
    database: dict[str, object]


def from_environment() -> Settings:
    """Raises WrongSettings, which names the variable."""
    return Settings(
        url=_url(_text("METABASE_URL", "http://127.0.0.1:3000")),
        email=_text("METABASE_EMAIL"),
        password=_secret("METABASE_PASSWORD"),
        language=_language(_text("METABASE_LANGUAGE", "es")),
        wait=_number("METABASE_WAIT", "300"),
        key_file=Path(_text("METABASE_KEY_FILE", "var/metabase.key")),
        database={
            "host": _text("METABASE_DB_HOST", "127.0.0.1"),
            "port": _number("METABASE_DB_PORT", "5432"),
            "dbname": _text("METABASE_DB_NAME", "buzon"),
            "user": "buzon_bi",
            "password": _secret("BUZON_BI_PASSWORD"),
            "ssl": _yes_or_no("METABASE_DB_SSL", "false"),
        },
    )


def _text(name: str, default: str = "") -> str:
    if value := os.environ.get(name, "").strip() or default:
        return value
    raise WrongSettings(f"{name} is not set.", "metabase/README.md says what it is.")


def _secret(name: str) -> str:
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return _text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{name}_FILE can't be read ({error}).", "Correct the path.") from error


def _url(value: str) -> str:
    if urlsplit(value).scheme not in ("http", "https"):
        raise WrongSettings(f"METABASE_URL is {value!r}.", "Write http://host:port.")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise WrongSettings(f"METABASE_LANGUAGE is {value!r}.", f"Write {' or '.join(LANGUAGES)}.")
    return value


def _yes_or_no(name: str, default: str) -> bool:
    value = _text(name, default)
    if value not in ("true", "false"):
        raise WrongSettings(f"{name} is {value!r}.", "Write true or false.")
    return value == "true"


def _number(name: str, default: str) -> int:
    value = _text(name, default)
    if not value.isdigit():
        raise WrongSettings(f"{name} is {value!r}.", "Write a whole number.")
    return int(value)
