"""Lists that somebody comes back to."""

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.store.saved_views import SavedView
from web.fake_desk import FakeDesk


async def test_a_view_is_saved_under_a_name_and_stands_beside_the_others(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"name": " Urgente ", "query": "?category=pedido&before=5-1"}
    answer = await client.post("/views", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?category=pedido")
    page = LexborHTMLParser((await client.get("/?category=pedido")).text)
    here = page.css_first(".filters [aria-current]")
    assert (here.text().strip(), here.attributes["href"]) == ("Urgente", "/?category=pedido")
    assert page.css_first('form[action="/views/1/remove"]')
    await client.post("/views/1/remove")
    assert desk.views == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "A view needs a name"),
        ("x" * 41, "A view needs a name"),
        ("Mía", "You have a view of this name."),
    ],
)
async def test_a_name_that_won_t_do_is_told(
    client: httpx.AsyncClient, desk: FakeDesk, name: str, said: str
) -> None:
    desk.views = [SavedView(1, "Mía", "?done=no")]
    answer = await client.post("/views", data={"name": name, "query": "?audit=1"})
    assert answer.status_code == 422
    assert said in answer.text


async def test_a_view_that_makes_no_sense_is_not_saved(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post("/views", data={"name": "x", "query": "?before=1"})
    assert answer.status_code == 422
    assert desk.views == []
