"""An OpenID provider as a client sees it: the code flow of OpenID Connect Core 1.0 with PKCE (RFC
7636). Authlib and joserfc speak the protocol; here stands what we ask of a provider.

Only a process in which a provider is configured imports this.
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
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import JoseError

from buzon.config import is_safe_address
from buzon.errors import NotLetIn, ProviderFailed
from buzon.store.departures import Departure

log = structlog.get_logger()

WELL_KNOWN = "/.well-known/openid-configuration"
PATIENCE = 10.0  # seconds for all that a provider is asked at a time
CLOCKS_DIFFER = 60  # seconds
SECRET_LENGTH = 48  # characters

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# By keys that the provider alone has: with our secret, or with none, others could sign too.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for. `email` is empty where it does not vouch for that too; `groups`
    are what the claim lists that is asked for."""

    issuer: str
    subject: str
    email: str
    name: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registration:
    """What Buzón is at a provider. `name`: what people call the provider; `returns_to`: the page
    that it sends them back to; `role_claim`: what lists somebody's groups, where that is asked."""

    issuer: str
    client_id: str
    secret: str
    name: str
    returns_to: str
    role_claim: str = ""


class Provider:
    """Sends people to sign in elsewhere, and understands who comes back. Each call may raise
    ProviderFailed."""

    def __init__(self, ours: Registration) -> None:
        self._ours = ours
        self._app: StarletteOAuth2App | None = None

    @property
    def issuer(self) -> str:
        return self._ours.issuer

    @property
    def name(self) -> str:
        return self._ours.name

    async def send(self, wanted: str) -> tuple[str, str, Departure]:
        """Where to send a browser, the state that it comes back with, and what to remember. The
        provider is asked first: nobody is sent to one that does not answer."""
        async with self._asking():
            app = self._app = await self._discover()
            verifier = generate_token(SECRET_LENGTH)
            left = await app.create_authorization_url(
                self._ours.returns_to, code_verifier=verifier, nonce=generate_token(SECRET_LENGTH)
            )
        return left["url"], left["state"], Departure(left["nonce"], verifier, wanted)

    async def identify(self, answer: Mapping[str, str], departure: Departure) -> Identity:
        """Who came back with this answer. Raises NotLetIn where it is none to be believed."""
        if "code" not in answer:
            log.warning("nobody was signed in", provider=self.name, why=answer.get("error"))
            raise NotLetIn("%(provider)s did not sign you in.", "Try again.", provider=self.name)
        async with self._asking():
            app = self._app = self._app or await self._discover()
            if answer.get("iss", self.issuer) != self.issuer:  # RFC 9207
                raise _Unbelievable("the answer is another provider's")
            token = await app.fetch_access_token(
                self._ours.returns_to, code=answer["code"], code_verifier=departure.verifier
            )
            claims = await self._claims(app, token, departure.nonce)
        name, groups = str(claims.get("name", "")), _listed(claims, self._ours.role_claim)
        return Identity(self.issuer, claims["sub"], _email(claims), name, groups)

    async def check(self) -> None:
        """Whether it answers, and can do what we need."""
        async with self._asking():
            await self._discover()

    async def _claims(
        self, app: StarletteOAuth2App, token: Mapping[str, Any], nonce: str
    ) -> dict[str, Any]:
        """What the signed token says; address and groups may have to be asked for (Core 5.4)."""
        claims = await app.parse_id_token(
            token,
            nonce,
            claims_options={
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._ours.client_id},
                "sub": {"essential": True},
            },
            leeway=CLOCKS_DIFFER,
        )
        if claims is None:
            raise _Unbelievable("there is no ID token")
        asked = self._ours.role_claim
        is_whole = "email" in claims and (not asked or _at(claims, asked) is not None)
        if is_whole or "userinfo_endpoint" not in app.server_metadata:
            return dict(claims)
        told = await app.userinfo(token=token)
        if told.get("sub") != claims["sub"]:  # Core 5.3.2
            raise _Unbelievable("userinfo is of somebody else")
        return {**told, **claims}

    async def _discover(self) -> StarletteOAuth2App:
        """The provider as it describes itself (OpenID Connect Discovery 1.0, section 4)."""
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(self.issuer.rstrip("/") + WELL_KNOWN)
        answer.raise_for_status()
        return self._client(answer.json())

    def _client(self, found: Any) -> StarletteOAuth2App:
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        self._refuse_unfit(found)
        algorithms = set(found.get("id_token_signing_alg_values_supported", ["RS256"]))
        described = {name: found[name] for name in (*ENDPOINTS, "issuer")}
        if is_safe_address(str(found.get("userinfo_endpoint"))):
            described["userinfo_endpoint"] = found["userinfo_endpoint"]
        return StarletteOAuth2App(
            None,
            client_id=self._ours.client_id,
            client_secret=self._ours.secret,
            client_kwargs={
                "scope": self._scope(found),
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": self._way_to_prove(found),
                "timeout": PATIENCE,
            },
            id_token_signing_alg_values_supported=sorted(algorithms & ALGORITHMS),
            **described,
        )

    def _scope(self, found: Mapping[str, Any]) -> str:
        """Some providers tell the groups only where a scope of that name is asked for."""
        scopes = ["openid", "email", "profile"]
        if self._ours.role_claim in found.get("scopes_supported", ()):
            scopes.append(self._ours.role_claim)
        return " ".join(dict.fromkeys(scopes))

    def _refuse_unfit(self, found: Mapping[str, Any]) -> None:
        if found.get("issuer") != self.issuer:
            raise ProviderFailed(
                "%(provider)s says that it is %(other)s.",
                "Write that as BUZON_OIDC_ISSUER.",
                provider=self.issuer,
                other=found.get("issuer"),
            )
        for name in ENDPOINTS:
            if not is_safe_address(str(found.get(name))):
                raise ProviderFailed(
                    "%(provider)s names no https address as its %(endpoint)s.",
                    "Is BUZON_OIDC_ISSUER right?",
                    provider=self.issuer,
                    endpoint=name,
                )

    def _way_to_prove(self, found: Mapping[str, Any]) -> str:
        """How we prove to be this client: the default of RFC 8414, or what is known instead."""
        if not self._ours.secret:
            return "none"
        ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Tells people, and the log, what is wrong with a provider or its answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except (_Unbelievable, JoseError) as error:
            log.warning("a sign-in is not to be believed", provider=self.name, why=str(error))
            raise NotLetIn(
                "What %(provider)s says of you can't be believed.", "Try again.", provider=self.name
            ) from error
        except OAuthError as error:
            log.warning("the provider refuses", provider=self.name, why=str(error))
            raise self._refusal(error) from error
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            log.warning("the provider does not answer", provider=self.name, why=repr(error))
            raise ProviderFailed(
                "%(provider)s does not answer.",
                "Use your password, or try again in a minute.",
                provider=self.name,
            ) from error

    def _refusal(self, error: OAuthError) -> NotLetIn | ProviderFailed:
        if error.error == "invalid_grant":
            return NotLetIn("This sign-in took too long or was used before.", "Try again.")
        return ProviderFailed(
            "%(provider)s refuses Buzón.", "Its log says why; so does ours.", provider=self.name
        )


class _Unbelievable(Exception):
    """An answer that is not this provider's, or not ours."""


def _email(claims: Mapping[str, Any]) -> str:
    """The address, if the provider vouches for it; Microsoft Entra says so by a name of its own.
    In letters beyond ASCII two addresses can look, or be compared, as if they were one."""
    email = str(claims.get("email", ""))
    verified = claims.get("email_verified", claims.get("xms_edov"))
    return email if verified in (True, "true", "1") and email.isascii() else ""


def _listed(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """What a claim lists; a single text is a list of one."""
    found = _at(claims, name)
    values = found if isinstance(found, list) else [found]
    return frozenset(value for value in values if isinstance(value, str))


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, which may have dots, or by its path, such as realm_access.roles."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
