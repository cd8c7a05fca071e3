"""The API over a test's database, and a client with a token."""

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from buzon.api import Context, create_api
from buzon.flow import Account, Flow, Terms
from buzon.store import tokens
from peers.flows import OWN
from peers.postgres import Server
from peers.webhooks import make_webhooks


def make_context(
    flow: Flow, faults: tuple[str, ...] = (), *, open_metrics: bool = False
) -> Context:
    account = Account(Terms(0.05, 0.75, flow.lottery))
    return Context(flow, OWN, lambda: faults, make_webhooks(flow), account, open_metrics)


def make_client(flow: Flow, token: str = "", faults: tuple[str, ...] = ()) -> httpx.AsyncClient:
    app = create_api(make_context(flow, faults))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://buzon.test",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


@pytest.fixture
async def token(flow: Flow) -> str:
    async with flow.db.transaction() as connection:
        return await tokens.add(connection, f"n8n {secrets.token_hex(4)}")


@pytest.fixture
async def client(flow: Flow, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(flow, token) as client:
        yield client


@pytest.fixture
async def external(flow: Flow, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The client of a Buzón that leaves reading and sending to n8n."""
    policy = replace(flow.policy, sends=False, hands_out=True)
    async with make_client(replace(flow, policy=policy), token) as client:
        yield client


@pytest.fixture
def anonymous(flow: Flow) -> httpx.AsyncClient:
    return make_client(flow)


@pytest.fixture
def break_database(flow: Flow, postgres_server: Server) -> Callable[[], None]:
    """Nobody gets into the database any more, and who was in is out."""

    def away() -> None:
        flow.db.pool.timeout = 0.5  # or each request would wait for 10 s
        name = conninfo_to_dict(flow.db.url)["dbname"]
        with psycopg.connect(postgres_server.url, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    return away
