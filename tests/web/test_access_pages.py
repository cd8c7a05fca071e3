"""OAuth2 at mail providers on its pages: registering Buzón there, and letting it into accounts."""

from datetime import UTC, datetime

import httpx

from buzon.config import Origin
from buzon.store.mail_grants import Grant
from buzon.web import Way
from web.fake_desk import FakeDesk
from web.fake_post import make_box
from web.test_post_pages import BOX, PLACE, text_of, words

PROVIDERS = "/settings/providers"
SENDING = "/settings/sending"
GOOGLE = {"provider": "google", "google_client_id": "id", "google_client_secret": "secreto"}


def grant(**changes: object) -> Grant:
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "account": "a@example.com", "provider": "google", "refresh_token": "x", "access_token": "x",
        "fresh": True, "ends_at": None, "died_at": None, "why": "", "granted_at": now,
        "granted_by": "Ana Ruiz",
    }  # fmt: skip
    return Grant(**{**fields, **changes})  # type: ignore[arg-type]


async def test_a_provider_is_registered_once_and_its_secret_is_not_shown_again(
    client: httpx.AsyncClient,
) -> None:
    page = await text_of(client, PROVIDERS)
    assert "ends after 7 days" in page
    assert "https://mail.example.com/settings/mailboxes/authorized" in page
    assert (await client.post(PROVIDERS, data=GOOGLE)).status_code == 303
    page = (await client.get(PROVIDERS)).text
    assert "set up" in words(page, "h2")
    assert 'value="id"' in page
    assert "secreto" not in page


async def test_a_provider_without_a_client_id_is_told_at_its_field(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(PROVIDERS, data={**GOOGLE, "google_client_id": ""})
    assert answer.status_code == 422
    assert words(answer.text, ".wrong") == "This must be filled in."


async def test_what_is_set_elsewhere_is_only_shown(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    known = desk.registered["google"]
    desk.registered = {
        "google": type(known)(
            name="google",
            comes=Origin("environment", "BUZON_GOOGLE_CLIENT_ID"),
            values=known.values,
            has_secret=True,
            ready=True,
            returns_to=known.returns_to,
        )
    }
    page = await client.get(PROVIDERS)
    assert "BUZON_GOOGLE_CLIENT_ID; it can only be changed there" in words(page.text)
    assert "<form" not in page.text.split("<main")[1]


async def test_a_mailbox_says_who_let_it_in_until_when_and_what_became_of_that(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    now = datetime.now(UTC)
    desk.inboxes = [
        make_box("a@example.com", auth="oauth2", access=grant()),
        make_box("b@example.com", auth="oauth2", access=grant(ends_at=now)),
        make_box("c@example.com", auth="oauth2", access=grant(died_at=now, why="invalid_grant")),
        make_box("d@example.com", auth="oauth2"),
        make_box("e@example.com"),
    ]
    page = (await client.get(PLACE)).text
    a, b, c, d, e = [words(page, f"#box-{number}") for number in range(1, 6)]
    assert "let in by Ana Ruiz now" in a
    assert "ends" in b
    assert str(now.year) in b
    assert "no longer lets Buzón in: the authorization ended now . invalid_grant" in c
    assert "has not let Buzón in yet" in d
    assert "let" not in e
    assert page.count("/settings/mailboxes/authorize?name=") == 4


async def test_sending_by_token_is_authorized_too(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    comes = Origin("environment", "BUZON_SMTP_HOST")
    desk.goes_out = Way(host="smtp.gmail.com", port=465, auth="oauth2", comes=comes)
    page = (await client.get(SENDING)).text
    assert "has not let Buzón in yet" in words(page)
    assert 'href="/settings/mailboxes/authorize"' in page


async def test_who_let_us_send_comes_back_to_sending(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    refused = await client.get(f"{PLACE}/authorize")
    assert refused.status_code == 409
    assert words(refused.text, "h1") == "Sending"
    back = await client.get(f"{PLACE}/authorized?state=known&code=x")
    assert back.headers["location"] == SENDING


async def test_a_mailbox_by_token_is_kept_before_somebody_can_let_us_in(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    typed = {**BOX, "auth": "oauth2", "password": "wrong", "do": "save", "first": "1"}
    answer = await client.post(PLACE, data=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, PLACE)
    assert desk.tried == []
    assert [box.name for box in desk.inboxes] == ["ventas@example.com"]


async def test_somebody_is_sent_to_the_provider_and_comes_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.inboxes = [make_box("ventas@example.com", auth="oauth2")]
    there = f"{PLACE}/authorize?name=ventas@example.com"
    answer = await client.get(there)
    assert answer.status_code == 409
    assert "not registered at this provider yet. Enter its client ID" in words(answer.text)
    await client.post(PROVIDERS, data=GOOGLE)
    answer = await client.get(there)
    assert answer.headers["location"].startswith("https://accounts.google.com/")
    cross = await client.get(there, headers={"sec-fetch-site": "cross-site"})
    assert cross.headers["location"] == PLACE
    strange = await client.get(f"{PLACE}/authorized?state=other&code=x")
    assert strange.status_code == 404
    assert "not begun in this browser" in words(strange.text, ".fault")
    back = await client.get(f"{PLACE}/authorized?state=known&code=x")
    assert back.headers["location"] == PLACE
    assert len(desk.let_in) == 1
