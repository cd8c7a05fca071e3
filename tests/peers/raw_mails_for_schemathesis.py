"""Teaches schemathesis to send raw mails."""

from typing import Any

import schemathesis


@schemathesis.serializer("message/rfc822")
def as_it_is(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
