"""Where the pages and the API are reached, and who is let in without a page."""

import re
from ipaddress import ip_network
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from buzon.config.kinds import Port, Several

SHORTEST_TOKEN = 32


class Web(BaseModel):
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
    trusted_proxies: Several = Field(
        ("127.0.0.0/8", "::1"),
        description="Addresses or networks of proxies that may say who asks, and if by https.",
    )
    metrics: Literal["token", "open"] = Field(
        "token",
        description="Who may read /metrics: token with the scope read; open: anybody, no token.",
    )

    @field_validator("api_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr) -> SecretStr:
        # Its plain hash is kept, which is only safe for what nobody can try out.
        if 0 < len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
        return value

    @field_validator("url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            raise ValueError("must be like https://mail.example.com, with nothing behind the host")
        return value.rstrip("/").lower()

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"{error}; write 10.0.0.5 or 10.0.0.0/8") from error
        return value
