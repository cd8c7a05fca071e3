"""Who gets in, and what every answer carries."""

import httpx
import pytest

from buzon.web.context import COOKIE
from buzon.web.guard import CONTENT_SECURITY_POLICY
from web.fake_desk import SECRET, SESSION, FakeDesk


@pytest.mark.parametrize("path", ["/", "/mails/1", "/live"])
async def test_a_stranger_sees_only_how_to_sign_in(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 401
    assert "one-time link" in answer.text
    assert "Pedido de veinte cajas" not in answer.text


async def test_the_one_time_link_signs_in_once(stranger: httpx.AsyncClient) -> None:
    first = await stranger.get(f"/sign-in/{SECRET}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert (await stranger.get("/")).status_code == 200
    stranger.cookies.clear()
    second = await stranger.get(f"/sign-in/{SECRET}")
    assert second.status_code == 401
    assert "This link no longer works" in second.text
    assert COOKIE not in second.cookies


async def test_a_browser_that_loads_ahead_does_not_use_up_the_link(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    ahead = await stranger.get(f"/sign-in/{SECRET}", headers={"Sec-Purpose": "prefetch;prerender"})
    assert ahead.status_code == 503
    assert SECRET in desk.secrets


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    stranger: httpx.AsyncClient, scheme: str
) -> None:
    answer = await stranger.get(f"{scheme}://buzon.example/sign-in/{SECRET}")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("secure" in cookie) == (scheme == "https")


async def test_signing_out_ends_the_session(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    assert (await client.post("/sign-out")).status_code == 303
    assert SESSION not in desk.sessions
    assert (await client.get("/")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_another_site_cannot_sign_us_out(
    client: httpx.AsyncClient, desk: FakeDesk, headers: dict[str, str]
) -> None:
    assert (await client.post("/sign-out", headers=headers)).status_code == 403
    assert SESSION in desk.sessions


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/desk.css"])
async def test_every_answer_carries_the_security_headers(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_a_fault_of_ours_is_a_sentence_with_the_security_headers(
    client: httpx.AsyncClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "newest", None)
    answer = await client.get("/")
    assert answer.status_code == 500
    assert "Something failed that should not." in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


async def test_pages_are_not_kept_by_the_browser(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["cache-control"] == "no-store"
