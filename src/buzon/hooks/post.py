"""One attempt to deliver a webhook: what is sent, and what came back."""

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from buzon.hooks import addresses

PATIENCE = 10.0  # seconds for all of an attempt
TO_CONNECT = 5.0
KEPT = 300  # characters of an answer
READ = 4 * KEPT  # bytes of it that are read: a character has at most four


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. Without a `status` nobody answered, and `fault` says why.
    `retry_after`: the seconds that the receiver asks to be left alone."""

    status: int | None
    text: str
    fault: str
    milliseconds: int
    retry_after: int | None = None

    @property
    def took_it(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Never raises for what the receiver does or doesn't do. Redirects are not followed, and no
    proxy is used: it would be the one to look the name up, and could be sent anywhere."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            status, text, retry_after = await _exchange(httpx2.URL(url), headers, body)
    except TimeoutError:
        return Answer(None, "", "no answer in time", _since(began))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        return Answer(None, "", _words(error), _since(began))
    return Answer(status, text, "", _since(began), retry_after)


async def _exchange(
    url: httpx2.URL, headers: Mapping[str, str], body: bytes
) -> tuple[int, str, int | None]:
    host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    headers = {**headers, "host": url.netloc.decode("ascii"), "accept-encoding": "identity"}
    timeout = httpx2.Timeout(PATIENCE, connect=TO_CONNECT)
    async with httpx2.AsyncClient(verify=_trust(), timeout=timeout, trust_env=False) as client:

        async def send(place: str) -> httpx2.Response:
            request = client.build_request(
                "POST",
                url.copy_with(host=place),
                headers=headers,
                content=body,
                extensions={"sni_hostname": host},
            )
            return await client.send(request, stream=True, follow_redirects=False)

        unreached = (httpx2.ConnectError, httpx2.ConnectTimeout)
        answer = await addresses.reach(host, port, send, unreached)
        try:
            return answer.status_code, await _beginning(answer), _retry_after(answer)
        finally:
            await answer.aclose()


async def _beginning(answer: httpx2.Response) -> str:
    read = b""
    async for part in answer.aiter_raw():
        read += part
        if len(read) >= READ:
            break
    text = read[:READ].decode("utf-8", "replace")[:KEPT]
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _words(error: Exception) -> str:
    """What an error says, in one line; of the commonest, better than it does."""
    if isinstance(error, socket.gaierror):
        return "there is no server of this name"
    if isinstance(error, httpx2.ConnectError) and "SSL" not in str(error):
        return "nothing answers at this address"
    return (str(error) or type(error).__name__).splitlines()[0][:KEPT]


def _retry_after(answer: httpx2.Response) -> int | None:
    asked = answer.headers.get("retry-after", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Reading the certificates of all authorities takes longer than a delivery. SSL_CERT_FILE names
    one's own."""
    return httpx2.create_ssl_context()
