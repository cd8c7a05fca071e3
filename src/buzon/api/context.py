"""What the routes need, and who is asking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from buzon.errors import Unauthorized
from buzon.flow import Flow
from buzon.store import tokens
from buzon.store.db import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that the API stands on. `ready` says what is not well, one sentence each."""

    flow: Flow
    mailbox: str  # that of a mail which names none
    ready: Callable[[], Sequence[str]]

    @property
    def db(self) -> Database:
        return self.flow.db


bearer = HTTPBearer(auto_error=False, description="A token made with: buzon token add NAME")


def context(request: Request) -> Context:
    found: Context = request.app.state.context
    return found


Parts = Annotated[Context, Depends(context)]


async def caller(
    parts: Parts, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> str:
    """The name of the token. Raises Unauthorized."""
    if credentials is None:
        raise Unauthorized(
            "This call needs a token.",
            "Send it as “Authorization: Bearer …”; make one with: buzon token add NAME",
        )
    async with parts.db.transaction() as db:
        name = await tokens.owner(db, credentials.credentials)
    if name is None:
        raise Unauthorized("This token is not known or was revoked.", "See: buzon token list")
    return name


Caller = Annotated[str, Depends(caller)]
