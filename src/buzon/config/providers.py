"""What Buzón is at mail providers, for OAuth2."""

import re

from pydantic import BaseModel, Field, SecretStr, field_validator

from buzon.config.kinds import SafeAddress

# What may be chosen on the page of the providers.
PROVIDERS = (
    "google_client_id", "google_client_secret", "microsoft_client_id", "microsoft_client_secret",
    "microsoft_tenant", "oauth_client_id", "oauth_client_secret", "oauth_authorization_url",
    "oauth_token_url", "oauth_device_url", "oauth_scope", "oauth_hosts",
)  # fmt: skip


class Providers(BaseModel):
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
    oauth_authorization_url: SafeAddress = Field(
        "", description="Where that provider asks people whether they let Buzón in."
    )
    oauth_token_url: SafeAddress = Field("", description="Where it hands out tokens.")
    oauth_device_url: SafeAddress = Field(
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

    @field_validator("microsoft_tenant")
    @classmethod
    def _part_of_an_address(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", value):
            raise ValueError("must be an ID or a domain, like example.com")
        return value
