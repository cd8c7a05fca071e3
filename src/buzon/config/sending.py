"""The server that answers go out by."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from buzon.config.kinds import Auth, Port, Security

SMTP_PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "none": 25}

# What may be chosen on the pages, all together where no server is given.
SENDING = (
    "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password", "smtp_from",
    "smtp_auth",
)  # fmt: skip


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


class Sending(BaseModel):
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

    @property
    def smtp_server(self) -> Smtp | None:
        """None where none is named."""
        if not self.smtp_host:
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
