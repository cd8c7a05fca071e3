"""The secret and the signature of a webhook, as the Standard Webhooks specification has them
(version 1, symmetric)."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def make_secret() -> str:
    """32 random bytes as 43 letters, so that a receiver that takes the key as text, such as n8n,
    can check with it; written as the specification writes keys."""
    return PREFIX + base64.b64encode(secrets.token_urlsafe(32).encode()).decode()


def sign(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """What the header webhook-signature says of this body. `message` is its id, `timestamp` when it
    is sent, in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()
