"""What the routes need, and who is asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from buzon.api.gathered import Gathered
from buzon.errors import Forbidden, Unauthorized
from buzon.flow import Account, Flow, Webhooks
from buzon.store.db import Database


@dataclass(frozen=True)
class Context:
    """The parts that the API stands on. `ready` says what is not well, one sentence each."""

    flow: Flow
    mailbox: str  # that of a mail which names none
    ready: Callable[[], Sequence[str]]
    webhooks: Webhooks
    account: Account  # how the promise stands
    open_metrics: bool = False  # whether anybody may ask for them

    @property
    def db(self) -> Database:
        return self.flow.db

    @cached_property
    def gathered(self) -> Gathered:
        return Gathered(self.flow)


LARGEST_ID = 2**63 - 1
STALE = "stale"  # replies that nobody reported in time, or that are due by now

bearer = HTTPBearer(auto_error=False, description="A token made with: buzon token add NAME")


async def context(request: Request) -> Context:  # what is not async goes through a thread
    found: Context = request.app.state.context
    return found


Parts = Annotated[Context, Depends(context)]

EventId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[17])]


async def caller(
    needed: SecurityScopes,
    parts: Parts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """The name of the token. Raises Unauthorized, and Forbidden where its scopes don't suffice."""
    if credentials is None:
        raise Unauthorized(
            "This call needs a token.",
            "Send it as “Authorization: Bearer …”; make one with: buzon token add NAME",
        )
    return await known(needed.scopes, parts, credentials.credentials)


async def known(scopes: Sequence[str], parts: Context, said: str) -> str:
    """The name of the token that was said. Raises as `caller`."""
    token = await parts.gathered.tokens.ask(said)
    if token is None:
        raise Unauthorized(
            "This token is not known, was revoked or has expired.", "See: buzon token list"
        )
    if missing := [scope for scope in scopes if scope not in token.scopes]:
        raise Forbidden(
            f"This call needs a token with the scope {', '.join(missing)}; "
            f"{token.name} has {', '.join(token.scopes)}.",
            "Make one for it with: buzon token add NAME --scope …",
        )
    return token.name


async def lister(
    needed: SecurityScopes,
    parts: Parts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    reply: str | None = None,
) -> str:
    """As `caller`; who asks for stale replies gets them: that is the external sender's part."""
    return await caller(
        SecurityScopes(["intake"]) if reply == STALE else needed, parts, credentials
    )


async def scraper(
    needed: SecurityScopes,
    parts: Parts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """As `caller`; anybody where the figures are open."""
    return "" if parts.open_metrics else await caller(needed, parts, credentials)


# The name of the token that asks, which is good for: looking, labels, mails, models.
Reader = Annotated[str, Security(caller, scopes=["read"])]
Lister = Annotated[str, Security(lister, scopes=["read"])]
Scraper = Annotated[str, Security(scraper, scopes=["read"])]
Writer = Annotated[str, Security(caller, scopes=["write"])]
Sender = Annotated[str, Security(caller, scopes=["intake"])]
Admin = Annotated[str, Security(caller, scopes=["admin"])]
