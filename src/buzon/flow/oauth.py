"""A mail provider as a client sees it: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), and codes for
devices (RFC 8628). Authlib speaks the protocol; here stands what we ask.

Only a process that asks a provider imports this.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from buzon.errors import ProviderFailed
from buzon.flow.providers import App
from buzon.hooks import addresses
from buzon.store.mail_grants import Tokens

log = structlog.get_logger()

PATIENCE = 10.0  # seconds for one question
VERIFIER_LENGTH = 48  # characters
UNTOLD = 600  # seconds that an access token is used whose end is not told
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
PORTS = {"http": 80, "https": 443}
PAUSE, SLOWER = 5, 5  # seconds; RFC 8628, section 3.5

# The grant is no more: only its owner can help. Microsoft has words of its own for some of that.
ENDED = {"invalid_grant", "interaction_required", "consent_required", "login_required"}


class GrantEnded(Exception):
    """The provider says that what it granted holds no more."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What somebody is to type where. Seconds."""

    code: str
    user_code: str
    address: str
    interval: float
    expires_in: float


class Provider:
    """Asks one provider. Each call may raise ProviderFailed."""

    def __init__(self, app: App) -> None:
        self._app = app

    def send(self, account: str) -> tuple[str, str, str]:
        """Where to send a browser, the state that it comes back with, and what proves that it is us
        who ask then."""
        verifier = generate_token(VERIFIER_LENGTH)
        url, state = self._client().create_authorization_url(
            self._app.authorization_url,
            code_verifier=verifier,
            login_hint=account,
            **dict(self._app.extra),
        )
        return url, state, verifier

    async def redeem(self, answer: Mapping[str, str], verifier: str) -> Tokens:
        """What the answer that came back is good for."""
        if "code" not in answer:
            log.warning("no authorization", provider=self._app.name, why=answer.get("error"))
            raise ProviderFailed(
                "%(provider)s did not authorize Buzón.", "Try again.", provider=self._app.name
            )
        return await self._granted(
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=verifier,
            redirect_uri=self._app.returns_to,
        )

    async def renew(self, refresh_token: str) -> Tokens:
        """Raises GrantEnded."""
        async with self._asking():
            return _tokens(await self._ask(grant_type="refresh_token", refresh_token=refresh_token))

    async def ask_for_code(self) -> DeviceCode:
        """For somebody whose browser is elsewhere."""
        async with self._asking():
            async with self._client() as client:
                answer = await client.post(
                    self._app.device_url,
                    data={"scope": self._app.scope},
                    auth=client.client_auth(client.token_endpoint_auth_method),
                )
            told = answer.json()
            if answer.status_code != httpx2.codes.OK:
                raise OAuthError(str(told.get("error")), str(told.get("error_description", "")))
            return DeviceCode(
                told["device_code"],
                told["user_code"],
                told.get("verification_uri_complete") or told["verification_uri"],
                float(told.get("interval", PAUSE)),
                float(told["expires_in"]),
            )

    async def wait_for(self, code: DeviceCode) -> Tokens:
        """Until somebody has typed it. Raises ProviderFailed where nobody did in time."""
        pause, waited = code.interval, 0.0
        while waited < code.expires_in:
            await asyncio.sleep(pause)
            waited += pause
            try:
                return await self._granted(grant_type=DEVICE, device_code=code.code)
            except _NotYet as answer:
                pause += SLOWER if answer.slower else 0
        raise ProviderFailed(
            "Nobody typed the code %(code)s in time.", "Try again.", code=code.user_code
        )

    async def _granted(self, **question: str) -> Tokens:
        try:
            async with self._asking():
                return _granted(await self._ask(**question))
        except GrantEnded as error:
            raise ProviderFailed(
                "This authorization took too long or was used before.", "Try again."
            ) from error

    async def _ask(self, **question: str) -> Mapping[str, Any]:
        async with self._client() as client:
            told: Mapping[str, Any] = await client.fetch_token(self._app.token_url, **question)
        return told

    def _client(self) -> AsyncOAuth2Client:
        app = self._app
        return AsyncOAuth2Client(
            client_id=app.client_id,
            client_secret=app.secret,
            token_endpoint_auth_method=app.proof if app.secret else "none",
            scope=app.scope,
            redirect_uri=app.returns_to,
            code_challenge_method="S256",
            timeout=PATIENCE,
            transport=_Looking() if app.provider == "other" else None,
        )

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Tells what is wrong with a provider or its answer; never with what we sent."""
        name = self._app.name
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except OAuthError as error:
            if error.error in ("authorization_pending", "slow_down"):
                raise _NotYet(slower=error.error == "slow_down") from error
            if error.error in ENDED:
                raise GrantEnded(_words(error)) from error
            raise ProviderFailed(
                "%(provider)s refuses Buzón: %(why)s.",
                "Check the client ID and its secret, which may have ended.",
                provider=name,
                why=_words(error),
            ) from error
        except (
            TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, KeyError,
        ) as error:  # fmt: skip
            raise ProviderFailed(
                "%(provider)s does not answer as it should: %(why)s.",
                "It is tried again by itself.",
                provider=name,
                why=str(error)[:200] or type(error).__name__,
            ) from error


class _Looking(httpx2.AsyncHTTPTransport):
    """Connects to an address that was looked at, as webhooks do, where an administrator names the
    provider: no name may lead to what answers only because of who asks."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url, host = request.url, request.url.raw_host.decode("ascii")
        request.extensions = {**request.extensions, "sni_hostname": host}
        ask = super().handle_async_request

        async def at(place: str) -> httpx2.Response:
            request.url = url.copy_with(host=place)
            return await ask(request)

        unreached = (httpx2.ConnectError, httpx2.ConnectTimeout)
        return await addresses.reach(host, url.port or PORTS[url.scheme], at, unreached)


class _NotYet(Exception):
    def __init__(self, *, slower: bool) -> None:
        super().__init__()
        self.slower = slower


def _granted(told: Mapping[str, Any]) -> Tokens:
    """Without a refresh token it would all end within the hour."""
    tokens = _tokens(told)
    if not tokens.refresh:
        raise ValueError("there is no refresh token; is offline access among what is asked for?")
    return tokens


def _tokens(told: Mapping[str, Any]) -> Tokens:
    ends_in = told.get("refresh_token_expires_in", told.get("refresh_expires_in"))
    return Tokens(
        access=str(told["access_token"]),
        refresh=str(told.get("refresh_token") or ""),
        expires_in=float(told.get("expires_in", UNTOLD)),
        ends_in=float(ends_in) if ends_in else None,
    )


def _words(error: OAuthError) -> str:
    described = " ".join(str(error.description or "").split())
    return f"{error.error}: {described}"[:300].rstrip(". :") if described else str(error.error)
