"""AUTH with an access token (RFC 4954; bearer.py says what is said)."""

from base64 import b64decode, b64encode

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException

from buzon.mail.bearer import MECHANISMS, Saying

SIGNED_IN, CONTINUE = 235, 334


async def present(client: SMTP, user: str, token: str, host: str, port: int) -> None:
    """Whoever refuses the token says why in a 334, which is to be answered before the refusal
    comes. Raises SMTPException."""
    offered = {name.upper() for name in client.server_auth_methods}
    name = next((name for name in MECHANISMS if name in offered), None)
    if name is None:
        raise SMTPException("it offers neither OAUTHBEARER nor XOAUTH2")
    said = Saying(name, user, token, host, port)
    first = b64encode(said.answer(b""))
    response = await client.execute_command(b"AUTH", name.encode(), first)
    if response.code == CONTINUE:
        last = b64encode(said.answer(_decoded(response.message)))
        response = await client.execute_command(last)
    if response.code != SIGNED_IN:
        words = f"{response.message} {said.complaint}".strip()
        raise SMTPAuthenticationError(response.code, words)


def _decoded(challenge: str) -> bytes:
    try:
        return b64decode(challenge)
    except ValueError:
        return b""
