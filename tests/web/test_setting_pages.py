"""Settings on their page: which may be chosen, which come from elsewhere, and what is wrong."""

import httpx
import pytest
from playwright.sync_api import expect
from selectolax.lexbor import LexborHTMLParser

from buzon import config
from buzon.config import Settings
from buzon.web import setting_words
from web.fake_desk import FakeDesk
from web.site import Site
from web.watched import Watched

FORM = {
    "company": "Cajas Ejemplo", "language": "es", "timezone": "Europe/Madrid", "risk": "5",
    "confidence": "75", "audit": "5", "retrain_at": "03:00", "retrain_after": "50",
    "answering": "on", "replies_per_hour": "10000", "allowed_lists": "", "keep_raw_days": "90",
    "keep_text_days": "730", "mask": "on", "alarms_to": "",
}  # fmt: skip


async def fields(client: httpx.AsyncClient) -> dict[str, str]:
    page = LexborHTMLParser((await client.get("/settings")).text)
    found = {
        node.attributes["name"] or "": node.attributes["value"] or ""
        for node in page.css(".setting input")
    }
    for select in page.css(".setting select"):
        chosen = select.css_first("option[selected]")
        found[select.attributes["name"] or ""] = (chosen and chosen.attributes["value"]) or ""
    return found


async def test_each_setting_is_shown_with_what_it_means_and_its_default(
    client: httpx.AsyncClient,
) -> None:
    assert await fields(client) == {**FORM, "company": "Buzón"}
    text = (await client.get("/settings")).text
    for name in config.CHOSEN:
        assert str(Settings.model_fields[name].description).replace("'", "&#39;") in text


async def test_what_is_saved_is_chosen_by_who_saves_it(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {**FORM, "risk": "2,5 %", "retrain_at": "off", "allowed_lists": " a.example , b"}
    answer = await client.post("/settings", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?saved=1")
    assert desk.chosen["risk"] == "0.025"
    assert desk.chosen_by == "Ana Ruiz"
    shown = await fields(client)
    assert (shown["risk"], shown["retrain_at"], shown["allowed_lists"]) == (
        "2.5", "off", "a.example, b",
    )  # fmt: skip
    assert "Saved, and in force." in (await client.get("/settings?saved=1")).text


async def test_signing_in_elsewhere_is_shown_as_from_the_environment_without_its_secret(
    client: httpx.AsyncClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "People sign in by password alone." in (await client.get("/settings")).text
    given = {
        "ISSUER": "https://login.example.com", "CLIENT_ID": "buzon-desk", "ROLE_CLAIM": "groups",
        "CLIENT_SECRET": "so secret", "ROLES": "chiefs=operator",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"BUZON_OIDC_{name}", value)
    desk.settings_given = Settings(_env_file=None)
    page = LexborHTMLParser((await client.get("/settings")).text)
    shown = page.css("section")[-1]
    assert not shown.css("input, select, button")
    for text in ("https://login.example.com", "buzon-desk", "groups", "chiefs=operator"):
        assert text in shown.text()
    assert "BUZON_OIDC_ROLES" in shown.text()
    assert "so secret" not in (page.html or "")
    desk.chosen["oidc_issuer"] = "https://evil.example"
    assert "evil.example" not in (await client.get("/settings")).text


async def test_an_empty_field_is_the_default(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    await client.post("/settings", data={**FORM, "retrain_after": "7"})
    await client.post("/settings", data={**FORM, "retrain_after": " "})
    assert (await fields(client))["retrain_after"] == "50"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("timezone", "Europa/Madrid", "There is no such time zone; write one like Europe/Madrid."),
        ("timezone", "../../etc/passwd", "There is no such time zone"),
        ("risk", "100", "This must be less than 100."),
        ("risk", "0", "This must be more than 0."),
        ("risk", "viel", "This must be a number."),
        ("risk", "nan", "This must be"),
        ("audit", "0.01", "This must be at least 0.1."),
        ("confidence", "101", "This must be at most 100."),
        ("retrain_at", "3 o'clock", "This must be a time like 03:00, or off."),
        ("retrain_after", "2.5", "This must be a whole number."),
        ("replies_per_hour", "-1", "This must be at least 0."),
        ("language", "kl", "This is none of the choices."),
        ("company", "x" * 121, "This may have at most 120 letters."),
    ],
)
async def test_what_makes_no_sense_is_told_beside_its_field_and_nothing_is_saved(
    client: httpx.AsyncClient, desk: FakeDesk, name: str, value: str, told: str
) -> None:
    answer = await client.post("/settings", data={**FORM, name: value})
    assert answer.status_code == 422
    page = LexborHTMLParser(answer.text)
    beside = [node.text() for node in page.css(".wrong")]
    assert len(beside) == 1
    assert told in beside[0]
    if name not in ("language", "retrain_at"):  # these are chosen from a list
        (wrong,) = page.css("[aria-invalid]")
        assert wrong.attributes["value"] == value
        assert wrong.attributes["name"] == name
    assert desk.chosen == {}


async def test_the_hour_of_the_training_is_chosen_from_a_list_and_one_from_before_stays(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/settings", data={**FORM, "retrain_at": "02:30"})
    page = LexborHTMLParser((await client.get("/settings")).text)
    choices = [node.attributes["value"] for node in page.css("#retrain_at option")]
    assert choices[:4] == ["00:00", "01:00", "02:00", "02:30"]
    assert choices[-2:] == ["23:00", "off"]
    assert (await fields(client))["retrain_at"] == "02:30"


async def test_what_comes_from_elsewhere_is_shown_as_such_and_can_t_be_changed(
    client: httpx.AsyncClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUZON_COMPANY", "Casa <Env>")
    desk.settings_given = Settings(_env_file=None)
    assert "company" not in await fields(client)
    text = (await client.get("/settings")).text
    assert "Casa &lt;Env&gt;" in text
    assert "environment variable BUZON_COMPANY; it can only be changed there." in text


async def test_a_fault_is_told_in_spanish(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/settings", data={**FORM, "risk": "100"}, headers={"Accept-Language": "es"}
    )
    assert "Tiene que ser menor que 100." in answer.text


def test_every_setting_that_may_be_chosen_has_its_words() -> None:
    grouped = [name for _, names in setting_words.GROUPS for name in names]
    assert sorted(grouped) == sorted(setting_words.NAMES) == sorted(config.CHOSEN)
    told = {Settings.model_fields[name].description for name in config.CHOSEN}
    assert told == set(setting_words.HELP)


@pytest.mark.parametrize(
    "path",
    [
        "/set-up", "/settings", "/settings/categories", "/settings/categories/pedido",
        "/settings/mailboxes", "/settings/mailboxes/new", "/settings/sending", "/settings/log",
    ],
)  # fmt: skip
async def test_these_pages_have_no_style_or_script_within(
    client: httpx.AsyncClient, path: str
) -> None:
    page = LexborHTMLParser((await client.get(path)).text)
    assert page.css("main")
    assert not page.css("[style], style, script:not([src])")


def test_a_wrong_value_is_corrected_and_saved(site: Site, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site.url}/settings")
    page.get_by_label("Time zone").fill("Atlantis")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#timezone")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#timezone")).to_have_accessible_description(
        "The company's time zone. For another one all figures are counted anew."
        " There is no such time zone; write one like Europe/Madrid."
    )
    watched.complaints.clear()  # the browser complains of the refusal
    page.get_by_label("Time zone").fill("Atlantic/Canary")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert site.desk.chosen["timezone"] == "Atlantic/Canary"
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
