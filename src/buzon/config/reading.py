"""The mailboxes that are read, and the sandbox where there are none."""

from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from buzon.config.kinds import IN_CLEAR, Auth, Port, Security, is_in_clear

IMAP_PORTS: dict[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
SANDBOX = "sandbox"


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
        if is_in_clear(value, info.data.get("security"), info.data.get("host", "")):
            raise ValueError(IN_CLEAR)
        return value

    @property
    def key(self) -> str:
        """What the events of this mailbox carry in `mailbox`."""
        return self.name or self.user

    @property
    def actual_port(self) -> int:
        return self.port or IMAP_PORTS[self.security]


class Reading(BaseModel):
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
    sandbox_smtp: str = Field(
        "127.0.0.1:2525", description="Where the sandbox takes mail when no mailbox is set."
    )

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

    @property
    def own_mailboxes(self) -> tuple[Mailbox, ...]:
        """The one of the BUZON_IMAP_… settings first."""
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
    def sandbox_place(self) -> tuple[str, int]:
        """Host and port where the sandbox takes mail."""
        host, _, port = self.sandbox_smtp.rpartition(":")
        return host.strip("[]"), int(port)
