"""Signing in with an account elsewhere, by OpenID Connect."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from buzon.config.kinds import SafeAddress, Several

# Shown on the pages, and given by the environment or a file alone. Not the secret.
ELSEWHERE = (
    "oidc_issuer", "oidc_client_id", "oidc_name", "oidc_role", "oidc_domains", "oidc_role_claim",
    "oidc_roles",
)  # fmt: skip


class SigningIn(BaseModel):
    oidc_issuer: SafeAddress = Field(
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
    oidc_domains: Several = Field(
        (), description="Domains of the e-mail addresses that get that role; commas between them."
    )
    oidc_role_claim: str = Field(
        "", description="Claim that lists somebody's groups or roles there, such as groups."
    )
    oidc_roles: Several = Field(
        (),
        description="Role here for each of these, such as buzon-admins=administrator; commas"
        " between them.",
    )

    @field_validator("oidc_roles")
    @classmethod
    def _groups_have_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            group, _, role = pair.rpartition("=")
            if not group or role not in ("viewer", "operator", "administrator"):
                raise ValueError(f"{pair!r} must be GROUP=viewer, =operator or =administrator")
        return value
