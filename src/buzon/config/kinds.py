"""Kinds of values that several settings have."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "oauth2"]
Port = Annotated[int, Field(ge=1, le=65535)]
Days = Annotated[int, Field(ge=0, le=36500)]


def _parted(value: object) -> object:
    if isinstance(value, str):
        return tuple(filter(None, map(str.strip, value.split(","))))
    return value


# Commas between them, where they stand in a line of text.
Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parted)]


def _kept_from_others(value: str) -> str:
    if value and not is_safe_address(value):
        raise ValueError("must begin with https://; http:// is for this machine alone")
    return value


SafeAddress = Annotated[str, AfterValidator(_kept_from_others)]


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


IN_CLEAR = "the token would go there in clear; encrypt with tls or starttls"


def is_in_clear(auth: Auth, security: object, host: str) -> bool:
    """Whether others could read the token that this server is shown."""
    return auth == "oauth2" and security == "none" and not is_this_machine(host)
