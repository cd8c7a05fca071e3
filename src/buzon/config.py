"""Every setting once: name, type, default, one line of help.

Read from the environment (`BUZON_…`), then `.env` unless it is Compose's, then `buzon.toml`, in
the working directory; what none of them says may be chosen on the pages. Every secret may also
stand in a file that `…_FILE` names. Only `cli` reads them; a part is handed its own section.
"""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.sources import DotEnvSettingsSource, TomlConfigSettingsSource

from buzon.errors import SettingsError, WrongSettings

PREFIX = "BUZON_"
Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "oauth2"]
Port = Annotated[int, Field(ge=1, le=65535)]

IMAP_PORTS: dict[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
SANDBOX = "sandbox"
SHORTEST_TOKEN = 32
OF_COMPOSE = "METABASE_ENCRYPTION_KEY"  # stands in no .env but the one for compose.yaml
SMTP_PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "none": 25}

# What may be chosen on the pages, where nothing else says it.
CHOSEN = (
    "company", "language", "timezone", "risk", "confidence", "audit", "retrain_at",
    "retrain_after", "answering", "replies_per_hour", "allowed_lists", "keep_raw_days",
    "keep_text_days", "mask", "alarms_to",
)  # fmt: skip


# Shown there, and given by the environment or a file alone. Not the secret.
ELSEWHERE = (
    "oidc_issuer", "oidc_client_id", "oidc_name", "oidc_role", "oidc_domains", "oidc_role_claim",
    "oidc_roles",
)  # fmt: skip

# These too, all together where no server is given.
SENDING = (
    "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password", "smtp_from",
    "smtp_auth",
)  # fmt: skip

# And these, on the page of the providers: what Buzón is called there.
PROVIDERS = (
    "google_client_id", "google_client_secret", "microsoft_client_id", "microsoft_client_secret",
    "microsoft_tenant", "oauth_client_id", "oauth_client_secret", "oauth_authorization_url",
    "oauth_token_url", "oauth_device_url", "oauth_scope", "oauth_hosts",
)  # fmt: skip


IN_CLEAR = "the token would go there in clear; encrypt with tls or starttls"


def _is_in_clear(auth: Auth, security: object, host: str) -> bool:
    return auth == "oauth2" and security == "none" and not is_this_machine(host)


class Mailbox(BaseModel):
    """A mailbox to read: a `[[mailbox]]` table of buzon.toml, or the BUZON_IMAP_… settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    host: str
    port: Port | None = None
    security: Security = "tls"
    user: str
    password: SecretStr
    folder: str = "INBOX"
    after: str = "none"
    auth: Auth = "password"

    @model_validator(mode="before")
    @classmethod
    def _a_token_needs_no_password(cls, value: Any) -> Any:
        by_token = isinstance(value, dict) and value.get("auth") == "oauth2"
        return {"password": "", **value} if by_token else value

    @field_validator("auth")
    @classmethod
    def _token_kept_from_listeners(cls, value: Auth, info: ValidationInfo) -> Auth:
        if _is_in_clear(value, info.data.get("security"), info.data.get("host", "")):
            raise ValueError(IN_CLEAR)
        return value

    @property
    def key(self) -> str:
        """What the events of this mailbox carry in `mailbox`."""
        return self.name or self.user

    @property
    def actual_port(self) -> int:
        return self.port or IMAP_PORTS[self.security]


class Smtp(BaseModel):
    """Where replies go out."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    security: Security
    user: str
    password: SecretStr
    envelope_from: str
    connections: int
    auth: Auth


class Settings(BaseSettings):
    """All settings. The text of each field is its help."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        toml_file="buzon.toml",
        extra="ignore",
        validate_assignment=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 16 or newer. Unset: the embedded PostgreSQL."
    )
    bi_password: SecretStr = Field(
        SecretStr(""),
        description="Password of the database role buzon_bi, as which Metabase signs in. buzon"
        " migrate sets it.",
    )
    data_dir: Path = Field(Path("var"), description="Folder of the embedded database.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Locks the passwords that are kept in the database. Unset: one is made, in"
        " secret.key of the data folder.",
    )
    old_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The key before BUZON_SECRET_KEY, until buzon secrets rotate has run.",
    )
    models_dir: Path = Field(Path("models"), description="Folder of model.joblib.")
    host: str = Field("127.0.0.1", description="Address that the pages and the API listen on.")
    port: Port = Field(8000, description="Port that the pages and the API listen on.")
    api_token: SecretStr = Field(
        SecretStr(""),
        description="A token for the API that works from the first start on, for n8n and scripts."
        " At least 32 characters that nobody guesses.",
    )
    url: str = Field(
        "",
        description="Where people reach the pages, like https://mail.example.com; they answer no"
        " other host then.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.0/8", "::1"),
        description="Addresses or networks of proxies that may say who asks, and if by https.",
    )

    oidc_issuer: str = Field(
        "", description="OpenID provider to sign in at. Unset: by password alone."
    )
    oidc_client_id: str = Field("", description="What the provider calls Buzón.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret that goes with it, where there is one."
    )
    oidc_name: str = Field(
        "", description="What people call the provider. Default: its host's name."
    )
    oidc_role: Literal["none", "viewer", "operator"] = Field(
        "none", description="Role of who comes from there unknown; none: they stay outside."
    )
    oidc_domains: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Domains of the e-mail addresses that get that role; commas between them."
    )
    oidc_role_claim: str = Field(
        "", description="Claim that lists somebody's groups or roles there, such as groups."
    )
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Role here for each of these, such as buzon-admins=administrator; commas"
        " between them.",
    )

    imap_host: str = Field("", description="IMAP server of the mailbox. Unset: the sandbox.")
    imap_port: Port | None = Field(None, description="Default 993 with tls, 143 otherwise.")
    imap_security: Security = Field("tls", description="tls, starttls or none.")
    imap_user: str = Field("", description="User of the mailbox, usually its address.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password of the mailbox.")
    imap_auth: Auth = Field(
        "password", description="How to sign in there: password, or oauth2 with a token."
    )
    imap_folder: str = Field("INBOX", description="Folder to read.")
    imap_after: str = Field(
        "none", description="What happens to a mail once stored: none, seen, or a folder's name."
    )
    mailbox: tuple[Mailbox, ...] = Field(
        (), description="More mailboxes: [[mailbox]] tables of buzon.toml."
    )

    smtp_host: str = Field("", description="SMTP server. Unset: nothing is ever sent.")
    smtp_port: Port | None = Field(None, description="Default 465 with tls, 587 starttls, 25 none.")
    smtp_security: Security = Field("starttls", description="tls, starttls or none.")
    smtp_user: str = Field("", description="User at the SMTP server, where it asks for one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the SMTP server.")
    smtp_auth: Auth = Field(
        "password", description="How to sign in there: password, or oauth2 with a token."
    )
    smtp_from: str = Field("", description="Address that replies come from. Default: the mailbox.")
    smtp_envelope_from: str = Field(
        "", description="Envelope sender of replies. Default: the null sender of RFC 3834."
    )
    smtp_connections: Annotated[int, Field(ge=1, le=64)] = Field(
        8, description="Connections kept to the SMTP server."
    )
    google_client_id: str = Field("", description="What Google calls Buzón, for OAuth2.")
    google_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret that goes with it."
    )
    microsoft_client_id: str = Field("", description="What Microsoft calls Buzón, for OAuth2.")
    microsoft_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret that goes with it, where there is one."
    )
    microsoft_tenant: str = Field(
        "common", description="The organization's directory: its ID or its domain."
    )
    oauth_client_id: str = Field(
        "", description="What another mail provider calls Buzón, for OAuth2."
    )
    oauth_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret that goes with it, where there is one."
    )
    oauth_authorization_url: str = Field(
        "", description="Where that provider asks people whether they let Buzón in."
    )
    oauth_token_url: str = Field("", description="Where it hands out tokens.")
    oauth_device_url: str = Field(
        "", description="Where it hands out codes for devices, if it does (RFC 8628)."
    )
    oauth_scope: str = Field(
        "offline_access", description="What Buzón asks for there; spaces between."
    )
    oauth_hosts: str = Field(
        "",
        description="Its mail servers, or what their names end in: no others get its tokens;"
        " spaces between.",
    )
    sandbox_smtp: str = Field(
        "127.0.0.1:2525", description="Where the sandbox takes mail when no mailbox is set."
    )

    mail: Literal["native", "external"] = Field(
        "native", description="native: Buzón reads and sends. external: n8n does."
    )
    stale: Literal["hand-out", "send"] = Field(
        "hand-out",
        description="What becomes of an answer that n8n didn't report: hand-out again, or Buzón"
        " itself does send it.",
    )
    handout_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        10, description="Minutes that n8n has to send an answer and report it."
    )
    company: Annotated[str, Field(max_length=120)] = Field(
        "Buzón", description="The company's name, as replies are signed."
    )
    language: Literal["es", "en", "ca", "de", "fr", "it", "pt"] = Field(
        "es", description="Language of replies to mails in a language without a template."
    )
    timezone: str = Field("Europe/Madrid", description="The company's time zone.")
    confidence: Annotated[float, Field(ge=0, le=1)] = Field(
        0.75, description="Until audits vouch for another: below it a mail goes to a person."
    )
    risk: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="Share of wrong categories accepted among mails handled without a person."
    )
    audit: Annotated[float, Field(ge=0.001, le=1)] = Field(
        0.05,
        description="Share of all mails drawn by lot for a person to look at; 3 a day at least.",
    )
    embeddings: str = Field(
        "", description="Embedding model beside the n-grams: folder, package or name. Unset: none."
    )
    retrain_at: str = Field(
        "03:00",
        description="When the model is trained each night there is something new; off: never.",
    )
    retrain_after: Annotated[int, Field(ge=0)] = Field(
        50, description="Corrections after which the model is trained at once. 0: never."
    )
    answering: Literal["on", "off"] = Field(
        "on",
        description="off: mails are read and sorted, and nobody is answered; as after a backup was"
        " restored.",
    )
    replies_per_hour: Annotated[int, Field(ge=0)] = Field(
        10_000, description="Global cap on automatic answers an hour; the rest is held back."
    )
    allowed_lists: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="List-Ids of own lists whose mails may be answered; commas between them."
    )
    keep_raw_days: Annotated[int, Field(ge=0, le=36500)] = Field(
        90, description="Days that a mail is kept as it came, attachments included. 0: for ever."
    )
    keep_text_days: Annotated[int, Field(ge=0, le=36500)] = Field(
        730,
        description="Days that texts, subjects, names and addresses are kept; what was counted"
        " stays. 0: for ever.",
    )
    mask: Literal["on", "off"] = Field(
        "on",
        description="Whether numbers of cards, accounts, identity cards and telephones become zeros"
        " in a text once the mail as it came is no longer kept.",
    )
    alarms_to: str = Field(
        "",
        description="Address that hears of trouble, at most once an hour of each kind; needs"
        " sending.",
    )
    metrics: Literal["token", "open"] = Field(
        "token",
        description="Who may read /metrics: token with the scope read; open: anybody, no token.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="auto: text on a terminal, JSON elsewhere."
    )

    @field_validator("api_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr) -> SecretStr:
        # Its plain hash is kept, which is only safe for what nobody can try out.
        if 0 < len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no time zone; write one like Europe/Madrid") from error
        return value

    @field_validator("retrain_at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        if value != "off":
            try:
                time.fromisoformat(value)
            except ValueError as error:
                raise ValueError("must be a time like 03:00, or off") from error
        return value

    @field_validator("alarms_to")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", value):
            raise ValueError("must be an address like soporte@example.com")
        return value

    @field_validator("url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            raise ValueError("must be like https://mail.example.com, with nothing behind the host")
        return value.rstrip("/").lower()

    @field_validator("microsoft_tenant")
    @classmethod
    def _part_of_an_address(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", value):
            raise ValueError("must be an ID or a domain, like example.com")
        return value

    @field_validator(
        "oidc_issuer", "oauth_authorization_url", "oauth_token_url", "oauth_device_url"
    )
    @classmethod
    def _kept_from_others(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise ValueError("must begin with https://; http:// is for this machine alone")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"{error}; write 10.0.0.5 or 10.0.0.0/8") from error
        return value

    @field_validator(
        "allowed_lists", "trusted_proxies", "oidc_domains", "oidc_roles", mode="before"
    )
    @classmethod
    def _commas_part_lists(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(filter(None, map(str.strip, value.split(","))))
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _groups_have_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            group, _, role = pair.rpartition("=")
            if not group or role not in ("viewer", "operator", "administrator"):
                raise ValueError(f"{pair!r} must be GROUP=viewer, =operator or =administrator")
        return value

    @field_validator("mailbox", mode="before")
    @classmethod
    def _mailboxes_are_tables(cls, value: object) -> object:
        if isinstance(value, dict):
            raise ValueError("each is a table under [[mailbox]], in double brackets")
        return value

    @field_validator("sandbox_smtp")
    @classmethod
    def _address_has_a_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("must be HOST:PORT, like 127.0.0.1:2525")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls, _variables(settings_cls)),
            *(() if env_is_composes() else (dotenv_settings,)),
            TomlConfigSettingsSource(settings_cls),
        )

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Every mailbox to read; none in the sandbox and where n8n reads."""
        if self.mail == "external":
            return ()
        if not self.imap_host:
            return self.mailbox
        first = Mailbox(
            host=self.imap_host,
            port=self.imap_port,
            security=self.imap_security,
            user=self.imap_user,
            password=self.imap_password,
            folder=self.imap_folder,
            after=self.imap_after,
            auth=self.imap_auth,
        )
        return (first, *self.mailbox)

    @property
    def default_mailbox(self) -> str:
        """Whose a mail is that comes by import or API and names no mailbox."""
        if self.mailboxes:
            return self.mailboxes[0].key
        return self.imap_user or SANDBOX

    @property
    def smtp(self) -> Smtp | None:
        """Where replies go out; None until that is configured, and where n8n alone sends."""
        if not self.smtp_host or (self.mail == "external" and self.stale != "send"):
            return None
        return Smtp(
            host=self.smtp_host,
            port=self.smtp_port or SMTP_PORTS[self.smtp_security],
            security=self.smtp_security,
            user=self.smtp_user,
            password=self.smtp_password,
            envelope_from=self.smtp_envelope_from,
            connections=self.smtp_connections,
            auth=self.smtp_auth,
        )

    @property
    def sandbox(self) -> tuple[str, int] | None:
        """Host and port where the sandbox takes mail, while no mailbox is configured."""
        if self.mailboxes or self.mail == "external":
            return None
        host, _, port = self.sandbox_smtp.rpartition(":")
        return host.strip("[]"), int(port)


def is_safe_address(url: str) -> bool:
    """Whether what is sent there is safe from others: by https, or within this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (
        is_this_machine(host) if parts.scheme == "http" else parts.scheme == "https" and bool(host)
    )


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address leads back here, whoever asks."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
        if not path or field_name not in _secrets(self.settings_cls):
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


def env_is_composes() -> bool:
    """Whether `.env` is that of compose.yaml. It names hosts of its containers, and a mailbox that
    they read; who starts Buzón beside it wants another one."""
    return OF_COMPOSE.lower() in DotEnvSettingsSource(Settings).env_vars


def load() -> Settings:
    """The settings, checked. Raises SettingsError, which names each setting that is wrong."""
    try:
        _refuse_unknown()
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error), "Correct it and start again.") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"buzon.toml or .env can't be read: {error}.", "Correct it.") from error
    _refuse_incomplete(settings)
    return settings


def complete(
    given: Settings, chosen: Mapping[str, Any], mailboxes: Sequence[Mailbox] = ()
) -> Settings:
    """`given`, and what is chosen of that which isn't given; of two mailboxes that are called the
    same the one that is given. Raises WrongSettings."""
    settings = given.model_copy()
    wrong: dict[str, tuple[str, str, object]] = {}
    taken = {mailbox.key for mailbox in given.mailboxes}
    settings.mailbox += tuple(mailbox for mailbox in mailboxes if mailbox.key not in taken)
    sending = () if given.smtp_host else SENDING
    for name in chosen.keys() & {*CHOSEN, *PROVIDERS, *sending} - given.model_fields_set:
        try:
            setattr(settings, name, chosen[name])
        except ValidationError as error:
            wrong |= faults(error)
    if _is_in_clear(settings.smtp_auth, settings.smtp_security, settings.smtp_host):
        wrong["smtp_auth"] = ("value_error", IN_CLEAR, 0)
    if wrong:
        raise WrongSettings(wrong)
    return settings


def faults(error: ValidationError) -> dict[str, tuple[str, str, object]]:
    """What is wrong, as WrongSettings tells it."""
    found: dict[str, tuple[str, str, object]] = {}
    for fault in error.errors():
        limits = [v for v in fault.get("ctx", {}).values() if isinstance(v, int | float)]
        found[str(fault["loc"][0])] = (fault["type"], _words(fault), next(iter(limits), 0))
    return found


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting comes from, and what it is called there."""

    kind: Literal["environment", ".env", "buzon.toml", "pages", "default"]
    name: str = ""


def origin(given: Settings, chosen: Collection[str], name: str) -> Origin:
    """Where a setting comes from that is `given` by none of the pages, or `chosen` there."""
    if name not in given.model_fields_set:
        return Origin("pages" if name in chosen else "default")
    variable = f"{PREFIX}{name}".lower()
    if variable in EnvSettingsSource(Settings).env_vars:
        return Origin("environment", variable.upper())
    if variable in _dotenv(Settings):
        return Origin(".env", variable.upper())
    return Origin("buzon.toml", name)


def choices(name: str) -> tuple[str, ...]:
    """What a setting can be, where that is one of a few; else nothing."""
    annotation = Settings.model_fields[name].annotation
    found = get_args(annotation)
    return found if all(isinstance(each, str) for each in found) else ()


def _refuse_unknown() -> None:
    """A slip of the pen in a name must not silently mean the default."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in _secrets(Settings)}
    for name in map(str.upper, _variables(Settings)):
        if name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_"):
            _refuse_unless_known(name, known)
    for name in TomlConfigSettingsSource(Settings).toml_data:
        _refuse_unless_known(name, Settings.model_fields.keys(), " in buzon.toml")


def _refuse_unless_known(name: str, known: Collection[str], place: str = "") -> None:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else "Remove it; .env.example lists them all."
        raise SettingsError(f"{name}{place} is not a setting of Buzón.", hint)


def _variables(settings_cls: type[BaseSettings]) -> dict[str, str | None]:
    """What the environment and, behind it, `.env` say, by name in lower case."""
    return {**_dotenv(settings_cls), **EnvSettingsSource(settings_cls).env_vars}


def _dotenv(settings_cls: type[BaseSettings]) -> Mapping[str, str | None]:
    return {} if env_is_composes() else DotEnvSettingsSource(settings_cls).env_vars


def _secrets(*models: type[BaseModel]) -> set[str]:
    fields = [pair for model in models for pair in model.model_fields.items()]
    return {name for name, field in fields if "SecretStr" in str(field.annotation)}


def _sentence(error: ValidationError) -> str:
    return "; ".join(map(_fault, error.errors())) + "."


def _fault(fault: Any) -> str:
    """What is wrong with one setting, with its value unless that may be a secret."""
    field, value = fault["loc"][-1], fault["input"]
    public = (Settings.model_fields | Mailbox.model_fields).keys() - _secrets(Settings, Mailbox)
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


def _refuse_incomplete(settings: Settings) -> None:
    for way in ("imap", "smtp"):
        told = (getattr(settings, f"{way}_{part}") for part in ("auth", "security", "host"))
        if _is_in_clear(*told):
            raise SettingsError(f"BUZON_{way.upper()}_AUTH=oauth2: {IN_CLEAR}.")
    if settings.imap_host and not settings.imap_user:
        raise SettingsError("BUZON_IMAP_HOST is set, but not BUZON_IMAP_USER.", "Set it too.")
    if settings.smtp and settings.smtp_auth == "oauth2" and not settings.smtp_user:
        raise SettingsError(
            "BUZON_SMTP_AUTH=oauth2 is set, but not BUZON_SMTP_USER.", "Set it too."
        )
    if settings.mail == "external" and settings.stale == "send" and not settings.smtp_host:
        raise SettingsError("BUZON_STALE=send is set, but not BUZON_SMTP_HOST.", "Set it too.")
    keys = [mailbox.key for mailbox in settings.mailboxes]
    if doubled := {key for key in keys if keys.count(key) > 1}:
        raise SettingsError(
            f"Two mailboxes are called {', '.join(sorted(doubled))}.",
            "Give each [[mailbox]] its own name.",
        )
    _refuse_incomplete_openid(settings)
    senders = [settings.smtp_from, *(mailbox.user for mailbox in settings.mailboxes)]
    if settings.smtp and not any("@" in sender for sender in senders):
        raise SettingsError(
            "Sending is configured, but no address that replies come from.", "Set BUZON_SMTP_FROM."
        )


def _refuse_incomplete_openid(settings: Settings) -> None:
    if not settings.oidc_issuer:
        return
    for name in ("oidc_client_id", "url"):
        if not getattr(settings, name):
            raise SettingsError(
                f"BUZON_OIDC_ISSUER is set, but not {PREFIX}{name.upper()}.", "Set it too."
            )
    if settings.oidc_role != "none" and not settings.oidc_domains:
        raise SettingsError(
            f"BUZON_OIDC_ROLE={settings.oidc_role} would let in everybody whom the provider knows.",
            "Set BUZON_OIDC_DOMAINS too, such as example.com.",
        )
    if bool(settings.oidc_role_claim) != bool(settings.oidc_roles):
        raise SettingsError(
            "Of BUZON_OIDC_ROLE_CLAIM and BUZON_OIDC_ROLES only one is set.",
            "Set both, such as groups and buzon-admins=administrator, or neither.",
        )
