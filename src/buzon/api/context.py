"""What the routes need, and who is asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from buzon.errors import Forbidden, Unauthorized
from buzon.flow import Flow, Webhooks
from buzon.store import tokens
from buzon.store.db import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that the API stands on. `ready` says what is not well, one sentence each."""

    flow: Flow
    mailbox: str  # that of a mail which names none
    ready: Callable[[], Sequence[str]]
    webhooks: Webhooks

    @property
    def db(self) -> Database:
        return self.flow.db


bearer = HTTPBearer(auto_error=False, description="A token made with: buzon token add NAME")


def context(request: Request) -> Context:
    found: Context = request.app.state.context
    return found


Parts = Annotated[Context, Depends(context)]


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
    async with parts.db.transaction() as db:
        token = await tokens.use(db, credentials.credentials)
    if token is None:
        raise Unauthorized(
            "This token is not known, was revoked or has expired.", "See: buzon token list"
        )
    if missing := [scope for scope in needed.scopes if scope not in token.scopes]:
        raise Forbidden(
            f"This call needs a token with the scope {', '.join(missing)}; "
            f"{token.name} has {', '.join(token.scopes)}.",
            "Make one for it with: buzon token add NAME --scope …",
        )
    return token.name


# The name of the token that asks, which is good for: looking, labels, mails, models.
Reader = Annotated[str, Security(caller, scopes=["read"])]
Writer = Annotated[str, Security(caller, scopes=["write"])]
Sender = Annotated[str, Security(caller, scopes=["intake"])]
Admin = Annotated[str, Security(caller, scopes=["admin"])]
