"""Who may do what: every route as nobody, viewer, operator and administrator."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from buzon.store.users import ROLES, Role
from buzon.web import end_streams
from buzon.web.app import PLACES
from buzon.web.context import COOKIE, Needs
from web.fake_desk import FakeDesk
from web.fake_people import EVAS_LINK, SESSIONS

# Every route, and who may use it at least. A new one has its line here.
RULES: dict[str, Role | None] = {
    "GET /sign-in/elsewhere": None,
    "GET /sign-in/elsewhere/back": None,
    "GET /sign-in": None,
    "POST /sign-in": None,
    "GET /sign-in/{secret}": None,
    "POST /sign-in/{secret}": None,
    "POST /sign-out": None,
    "GET /": "viewer",
    "GET /mails/{id}": "viewer",
    "GET /mails/{id}/words": "viewer",
    "GET /mails/{id}/body": "viewer",
    "GET /mails/{id}/html": "viewer",
    "GET /mails/{id}/text": "viewer",
    "GET /mails/{id}/earlier": "viewer",
    "GET /mails/{id}/later": "viewer",
    "GET /mails/{id}/attachments/{number}": "viewer",
    "GET /mails/{id}/source": "viewer",
    "GET /mails/{id}/source.eml": "viewer",
    "GET /outbox": "viewer",
    "GET /quarantine": "viewer",
    "GET /quarantine/{id}/source": "operator",
    "GET /quarantine/{id}/source.eml": "operator",
    "POST /quarantine/{id}/try-again": "operator",
    "POST /quarantine/delete": "administrator",
    "GET /live": "viewer",
    "GET /mails/count": "viewer",
    "POST /mails/{id}/label": "operator",
    "POST /mails/{id}/done": "operator",
    "POST /mails/{id}/reopen": "operator",
    "POST /mails/label": "operator",
    "POST /mails/done": "operator",
    "GET /acts/{number}": "operator",
    "POST /acts/{number}/undo": "operator",
    "GET /review": "operator",
    "POST /review/{id}/later": "operator",
    "POST /review/{id}/take-up": "operator",
    "POST /review/{id}/hold": "operator",
    "POST /review/{id}/give-back": "operator",
    "POST /views": "viewer",
    "POST /views/{id}/remove": "viewer",
    "GET /answers": "viewer",
    "POST /answers/quiet": "administrator",
    "POST /answers/{category}/switch": "administrator",
    "GET /answers/{category}/{tongue}": "viewer",
    "POST /answers/{category}/{tongue}": "administrator",
    "POST /answers/{category}/{tongue}/preview": "administrator",
    "POST /answers/{category}/{tongue}/test": "administrator",
    "POST /answers/{category}/{tongue}/bring-back": "administrator",
    "GET /dashboard": "viewer",
    "GET /dashboard/stream/{which}": "viewer",
    "GET /dashboard/{chart}.csv": "viewer",
    "GET /dashboard/{chart}/table": "viewer",
    "GET /dashboard/{chart}": "viewer",
    "GET /model": "viewer",
    "GET /model/training": "viewer",
    "GET /model/compare": "viewer",
    "GET /model/{version}": "viewer",
    "POST /model/train": "administrator",
    "POST /model/{version}/promote": "administrator",
    "GET /account": "viewer",
    "POST /account/language": "viewer",
    "POST /account/password": "viewer",
    "POST /account/sessions/end-others": "viewer",
    "POST /account/sessions/{id}/end": "viewer",
    "GET /settings/people": "administrator",
    "POST /settings/people": "administrator",
    "POST /settings/people/{id}/link": "administrator",
    "POST /settings/people/{id}/role": "administrator",
    "POST /settings/people/{id}/disable": "administrator",
    "POST /settings/people/{id}/enable": "administrator",
    "POST /settings/people/{id}/disconnect": "administrator",
    "GET /settings/people/{id}/sessions": "administrator",
    "POST /settings/people/{id}/sessions/end": "administrator",
    "POST /settings/people/{id}/sessions/{session}/end": "administrator",
    "GET /settings/tokens": "administrator",
    "POST /settings/tokens": "administrator",
    "POST /settings/tokens/revoke": "administrator",
    "GET /set-up": "administrator",
    "POST /set-up": "administrator",
    "POST /set-up/samples": "administrator",
    "GET /settings": "administrator",
    "POST /settings": "administrator",
    "GET /categories.css": "viewer",
    "GET /settings/categories": "administrator",
    "GET /settings/renamings": "administrator",
    "POST /settings/categories": "administrator",
    "GET /settings/categories/{name}": "administrator",
    "POST /settings/categories/{name}": "administrator",
    "POST /settings/categories/{name}/move": "administrator",
    "POST /settings/categories/{name}/rename": "administrator",
    "POST /settings/categories/{name}/merge": "administrator",
    "POST /settings/categories/{name}/retire": "administrator",
    "POST /settings/categories/{name}/restore": "administrator",
    "GET /settings/mailboxes": "administrator",
    "POST /settings/mailboxes": "administrator",
    "POST /settings/mailboxes/test": "administrator",
    "POST /settings/mailboxes/remove": "administrator",
    "GET /settings/mailboxes/new": "administrator",
    "GET /settings/mailboxes/edit": "administrator",
    "GET /settings/mailboxes/authorize": "administrator",
    "GET /settings/mailboxes/authorized": "administrator",
    "GET /settings/providers": "administrator",
    "POST /settings/providers": "administrator",
    "GET /settings/sending": "administrator",
    "POST /settings/sending": "administrator",
    "POST /settings/sending/stop": "administrator",
    "GET /settings/webhooks": "administrator",
    "POST /settings/webhooks": "administrator",
    "GET /settings/webhooks/new": "administrator",
    "GET /settings/webhooks/{id}": "administrator",
    "POST /settings/webhooks/{id}": "administrator",
    "GET /settings/webhooks/{id}/edit": "administrator",
    "POST /settings/webhooks/{id}/secret": "administrator",
    "POST /settings/webhooks/{id}/switch": "administrator",
    "POST /settings/webhooks/{id}/remove": "administrator",
    "POST /settings/webhooks/{id}/test": "administrator",
    "POST /settings/webhooks/{id}/deliveries/{number}/again": "administrator",
    "GET /settings/data": "administrator",
    "GET /settings/data/list": "administrator",
    "POST /settings/data/uploads": "administrator",
    "POST /settings/data/uploads/{id}/pieces/{number}": "administrator",
    "POST /settings/data/uploads/{id}/begin": "administrator",
    "POST /settings/data/export/{kind}": "administrator",
    "POST /settings/data/{id}/stop": "administrator",
    "POST /settings/data/{id}/go-on": "administrator",
    "POST /settings/data/{id}/remove": "administrator",
    "GET /settings/data/{id}/file": "administrator",
    "GET /settings/log": "administrator",
}
VALUES = {
    "{id}": "3", "{number}": "1", "{version}": "starter-1", "{secret}": EVAS_LINK,
    "{category}": "pedido", "{tongue}": "es", "{chart}": "mails", "{which}": "all",
    "{session}": "1", "{name}": "consulta", "{kind}": "mails",
}  # fmt: skip


def routes() -> Iterator[tuple[str, APIRoute]]:
    for place in PLACES:
        for route in place.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield f"{method} {route.path}", route


def needs(dependant: Dependant) -> list[Role]:
    """The roles that a route asks for."""
    own = [dependant.call.role] if isinstance(dependant.call, Needs) else []
    return own + [role for inner in dependant.dependencies for role in needs(inner)]


def test_every_route_asks_for_the_role_that_is_written_here() -> None:
    found = {name: needs(route.dependant) for name, route in routes()}
    assert found == {name: [role] if role else [] for name, role in RULES.items()}


def test_the_log_of_changes_is_only_looked_at() -> None:
    assert [name for name in RULES if "/log" in name] == ["GET /settings/log"]


def test_the_pages_have_no_routes_but_these_and_the_static_files(app: FastAPI) -> None:
    assert len(app.routes) == len(PLACES) + 1


def path_of(name: str) -> str:
    path = name.split()[1]
    for placeholder, value in VALUES.items():
        path = path.replace(placeholder, value)
    return path


@pytest.mark.parametrize("name", [name for name in RULES if name.startswith("POST")])
async def test_another_site_makes_an_administrator_s_browser_do_nothing(
    client: httpx.AsyncClient, name: str
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await client.post(path_of(name), data={"role": "viewer"}, headers=headers)
    assert answer.status_code == 403
    assert answer.text.startswith("This request came from another site")


@pytest.mark.parametrize("name", [name for name, role in RULES.items() if role])
@pytest.mark.parametrize("who", [None, *ROLES])
async def test_who_may_not_is_told_so_and_nothing_is_done(
    app: FastAPI, stranger: httpx.AsyncClient, desk: FakeDesk, name: str, who: Role | None
) -> None:
    if who:
        stranger.cookies.set(COOKIE, SESSIONS[who])
    end_streams(app)  # or they would not end
    before = repr(
        (
            desk.users,
            desk.given,
            desk.put_to_work,
            desk.last_training,
            desk.events,
            desk.known,
            desk.wordings,
            desk.hooks,
            desk.sent_again,
            desk.carried,
            desk.received,
        )
    )
    answer = await stranger.request(
        name.split()[0], path_of(name), data={"role": "viewer", "name": "x"}
    )
    needed = RULES[name]
    assert needed is not None
    if who is None:
        assert answer.status_code == 401
        assert "Sign in to Buzón" in answer.text
    elif ROLES.index(who) < ROLES.index(needed):
        assert answer.status_code == 403
        assert "Your role does not allow this." in answer.text
    else:
        assert answer.status_code not in {401, 403} or "password" in name
    if answer.status_code in {401, 403}:
        now = repr(
            (
                desk.users,
                desk.given,
                desk.put_to_work,
                desk.last_training,
                desk.events,
                desk.known,
                desk.wordings,
                desk.hooks,
                desk.sent_again,
                desk.carried,
                desk.received,
            )
        )
        assert now == before
