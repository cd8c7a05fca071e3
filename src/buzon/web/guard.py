"""What every answer of the pages carries, and which requests are refused unread."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buzon.web.language import _, catalog, choose

# Nothing is loaded from elsewhere, and nothing that got into a page by a mail can run.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
))  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
BY_HTTPS_ALONE = f"max-age={365 * 24 * 3600}"  # seconds; a browser heeds it over HTTPS alone

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PORTS = {"http": 80, "https": 443}
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

FOREIGN = _(
    "This request came from another site and was refused."
    " Open Buzón in this window, and do it there once more."
)
ASTRAY = _("Buzón is at %(address)s, not at %(host)s. A proxy has to hand on the Host header.")


class Guard:
    """Adds the security headers, and refuses what another site makes a browser send. With an
    `address` also what is meant for another host: whoever asks there got it from somebody else."""

    def __init__(self, app: ASGIApp, address: str = "") -> None:
        self.app = app
        self.address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "Cache-Control": "no-store"}.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", BY_HTTPS_ALONE)
            await send(message)

        await self._app_for(scope)(scope, receive, send_guarded)

    def _app_for(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        say = catalog(choose(headers.get("accept-language", ""))).gettext
        host = headers.get("host", "")
        if self.address:
            if is_host_of(self.address, host):
                scope["scheme"] = urlsplit(self.address).scheme  # whatever the proxy says
            elif host_name(host) not in THIS_MACHINE:
                told = say(ASTRAY) % {"address": self.address, "host": host}
                return PlainTextResponse(told, 421)
        if is_foreign(scope["method"], headers):
            return PlainTextResponse(say(FOREIGN), 403)
        return self.app


def is_host_of(address: str, host: str) -> bool:
    """Whether a Host header is that of an address such as https://mail.example.com."""
    wanted = urlsplit(address)
    port = PORTS[wanted.scheme]
    try:
        asked = urlsplit(f"//{host}")
        return (asked.hostname, asked.port or port) == (wanted.hostname, wanted.port or port)
    except ValueError:
        return False


def host_name(host: str) -> str | None:
    """A Host header without its port; None where it makes no sense."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether another site's page sends this request that changes something. Sec-Fetch-Site is
    what the browser itself says; Origin is for browsers that don't send it."""
    if method in SAFE_METHODS:
        return False
    if site := headers.get("sec-fetch-site"):
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")
