"""How good the model is, and how it gets better."""

import ast
import inspect
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.classifier import material, train
from buzon.classifier.estimate import Estimate
from buzon.classifier.risk import Certificate
from buzon.errors import TrainingEnded
from buzon.flow import training
from buzon.records import Reason
from buzon.store.drift_alarms import Drift
from buzon.web import MOST_COUNTED, words
from buzon.web.context import COOKIE
from web.fake_desk import FakeDesk
from web.fake_learning import COMPARISON, INVOICE, STANDING, make_model, make_report
from web.fake_people import SESSIONS

SPANISH = {"Accept-Language": "es"}
BAD = Estimate(n=200, accuracy=0.85, low=0.79, high=0.9)
GOOD = Estimate(n=200, accuracy=0.985, low=0.957, high=0.997)


async def text_of(client: httpx.AsyncClient, path: str, selector: str = "main") -> str:
    nodes = LexborHTMLParser((await client.get(path)).text).css(selector)
    assert nodes, f"{selector} is not on {path}"
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


async def test_the_model_at_work_says_what_it_learnt_from_and_how_often_it_was_right(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.new_labels = 12
    page = await text_of(client, "/model")
    assert "It learnt from 60 mails that you labelled and 4,282 sample texts" in page
    assert "Right on 83.2% 82.1% – 84.3% of them" in page
    assert "12 labels were set or changed since" in page


async def test_a_version_that_somebody_put_to_work_says_who_did(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert "Put to work by" not in await text_of(client, "/model", ".versions")
    desk.versions = [replace(desk.versions[0], chosen_by="Ana Ruiz")]
    assert "Put to work by Ana Ruiz." in await text_of(client, "/model", ".versions")


async def test_versions_of_the_same_minute_have_names_of_their_own(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    made = desk.versions[0].created_at.replace(second=20)
    desk.versions = [
        replace(make_model(f"own-{n}"), created_at=made + timedelta(seconds=n)) for n in range(3)
    ]
    page = LexborHTMLParser((await client.get("/model")).text)
    for place in (".versions th[scope=row]", ".pick label:first-of-type .unseen"):
        names = [node.text() for node in page.css(place)]
        assert len(set(names)) == len(names) == 3, names


async def test_very_many_new_labels_are_not_counted_to_the_last(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.new_labels = MOST_COUNTED
    assert "1,000 labels or more were set" in await text_of(client, "/model")


async def test_beside_the_promise_stands_in_which_categories_nothing_is_handled_alone(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    said = "at least 75% sure of. Most of your labelled mails are of categories of your own."
    assert said in await text_of(client, "/model")
    desk.reports["starter-1"]["trained_on"]["unconfirmed"] = []
    assert "categories of your own" not in await text_of(client, "/model")


async def test_nothing_is_said_that_was_not_measured(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.versions = [replace(desk.versions[0], metrics={})]
    page = await text_of(client, "/model")
    assert page.count("no mail was checked yet") == 2
    assert "How often it is right was not measured." in page
    assert "no mail came in yet" in page


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"n": 40, "gained": 7, "lost": 0}, "it was right on 7 where"),
        ({"n": 40, "gained": 0, "lost": 3}, "it was wrong on 3 where"),
        ({"n": 40, "gained": 0, "lost": 0}, "On 40 labelled mails, each judged for both"),
        ({"n": 0, "gained": 0, "lost": 0}, "It is better"),
    ],
)
async def test_of_two_versions_nothing_is_counted_that_never_happened(
    client: httpx.AsyncClient, desk: FakeDesk, found: dict[str, int], said: str
) -> None:
    desk.versions = [replace(desk.versions[0], comparison={**COMPARISON, **found})]
    told = await text_of(client, "/model", ".versions .reason")
    assert said in told
    assert " 0 " not in told


async def test_a_report_has_the_categories_in_the_order_in_which_they_are_kept(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    place = {"factura": 0, "pedido": 1}
    known = [one for one in desk.known if one.name != INVOICE.name] + [INVOICE]
    desk.known = [replace(one, position=place.get(one.name, 9)) for one in known]
    page = LexborHTMLParser((await client.get("/model/starter-1")).text)
    heads = [node.text(strip=True) for node in page.css(".confusion thead th")]
    assert heads == ["Factura", "Order"]
    cells = [node.text(strip=True) for node in page.css(".confusion td.cell")]
    assert cells == ["·", "8", "·", "1,023"]
    rows = [node.text(strip=True) for node in page.css(".tables table:first-child tbody th")]
    assert rows[:2] == heads
    learnt = [node.text(strip=True) for node in page.css(".counts dt")]
    assert learnt == heads


async def test_training_stands_out_only_where_there_is_something_to_learn(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for labels, kind in ((0, "plain-button"), (3, "button")):
        desk.new_labels = labels
        page = LexborHTMLParser((await client.get("/model")).text)
        button = page.css_first(".train button")
        assert button
        assert button.attributes["class"] == kind


async def test_before_the_first_start_there_is_no_model(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.versions, desk.put_to_work = [], ""
    page = await text_of(client, "/model")
    assert "There is no model yet." in page
    assert "There is none yet." in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Not yet certified: 59 checked mails are missing"),
        ({"certificate": Certificate(None, 9, 0, 0.3, 1)}, "1 checked mail is missing"),
        ({"certificate": Certificate(0.8, 90, 0, 0.03, 0)}, "once a week"),
        ({"certified": True, "alone": GOOD}, "Certified"),
        ({"alone": BAD}, "Not kept"),
        ({"alone": BAD}, "Of 200 checked mails 85.0% were right"),
        ({"alone": replace(BAD, n=3)}, "59 checked mails are missing"),
        ({"certified": True, "alone": BAD}, "Certified"),
        ({"threshold": 1.01}, "every mail goes to a person"),
        ({"waiting": 3}, "3 drawn mails wait to be looked at"),
        ({"risk": 0.02}, "at most 2% is in the wrong category"),
    ],
)
async def test_the_promise_says_how_it_stands(
    client: httpx.AsyncClient, desk: FakeDesk, changes: dict[str, object], said: str
) -> None:
    desk.standing = replace(STANDING, **changes)  # type: ignore[arg-type]
    assert said in await text_of(client, "/model")


async def test_accuracy_is_told_with_its_interval_by_category_and_by_week(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.standing = replace(
        STANDING, alone=GOOD, all=BAD, by_category={"pedido": GOOD}, by_week={"2026-11-23": GOOD}
    )
    tables = await text_of(client, "/model", ".tables")
    assert "Handled without a person 98.5% 95.7% – 99.7% 200" in tables
    assert "All 85.0% 79.0% – 90.0% 200" in tables
    assert "Order 98.5%" in tables
    assert "23 Nov 2026 98.5%" in tables


async def test_an_alarm_says_what_moved_from_where_to_where_and_since_when(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    when = date(2026, 11, 3)
    at = desk.versions[0].created_at
    desk.drift = [
        Drift("categories", when, at, 0.01, {"incidencia": (0.2, 0.35), "": (0.0, 0.1)}),
        Drift("confidence", when, at, 0.01, {"confidence": (0.91, 0.83)}),
        Drift("words", when, at, 0.01, {"unknown": (0.08, 0.14)}),
    ]
    page = await text_of(client, "/model", ".standing-alarm")
    assert "“Incident” was 20% of the mails, and is 35% since 3 Nov 2026." in page
    assert "Categories that were not there before are 10% of the mails" in page
    assert "was 91% sure on average, and is 83% sure" in page
    assert "did not know 8%, and does not know 14%" in page


async def test_drift_is_told_from_four_weeks_on(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.watched_from = date.today() + timedelta(days=9)  # noqa: DTZ011
    assert "That can be told from four weeks of mails on: from" in await text_of(client, "/model")
    desk.watched_from = date(2026, 1, 1)
    assert "Yes: neither the mix of categories" in await text_of(client, "/model")


async def test_a_training_is_asked_for_followed_and_ends_with_its_reason(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    asked = await client.post("/model/train")
    assert (asked.status_code, asked.headers["location"]) == (303, "/model")
    assert "waits for a worker" in await text_of(client, "/model", "#training")
    desk.advance(0.0, "")
    for language, told in (("en", "Training: beginning…"), ("es", "Entrenando: empezando…")):
        begun = await client.get("/model/training", headers={"Accept-Language": language})
        assert told in begun.text
    desk.advance(0.3, "learning")
    going_on = await client.get("/model/training")
    assert 'value="0.30"' in going_on.text
    assert "HX-Refresh" not in going_on.headers
    desk.end()
    assert (await client.get("/model/training")).headers["HX-Refresh"] == "true"
    outcome = await text_of(client, "/model", ".outcome-box")
    assert "The last training's version was put to work" in outcome
    assert "it was right on 7 where the one at work then was wrong" in outcome
    assert "asked for by Ana Ruiz" in outcome


async def test_a_training_that_has_only_begun_says_so(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/model/train")
    desk.advance(0, "")
    client.headers.update(SPANISH)
    assert await text_of(client, "/model", "#training") == "Entrenando: empezando…"


async def test_a_second_wish_for_a_training_shows_the_first(client: httpx.AsyncClient) -> None:
    await client.post("/model/train")
    assert (await client.post("/model/train")).status_code == 303


async def test_a_failed_training_says_why_and_that_the_model_stays(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/model/train")
    desk.end(state="failed", version=None, promoted=False, why="Memory ran out.")
    outcome = await text_of(client, "/model", ".outcome-box")
    assert "The last training failed Memory ran out. The present model stays at work." in outcome


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason((training.NOTHING_NEW,)), "Desde entonces no se etiquetó nada"),
        (Reason(training.MEANWHILE, {"version": "own-9"}), "own-9 se puso en uso entretanto."),
    ],
)
async def test_why_a_training_came_to_nothing_is_said_in_the_readers_language(
    client: httpx.AsyncClient, desk: FakeDesk, reason: Reason, said: str
) -> None:
    await client.post("/model/train")
    desk.end(promoted=False, why=reason.text, reason=reason)
    client.headers.update(SPANISH)
    assert said in await text_of(client, "/model", ".outcome-box")


def test_every_reason_of_a_training_has_its_words() -> None:
    raised = [
        keyword.value
        for module in (material, train)
        for call in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "TrainingRefused"
        for keyword in call.args
        if isinstance(keyword, ast.Constant)
    ]
    assert len(raised) == 6
    ended = TrainingEnded(-9)
    said = {training.NOTHING_NEW, *training.MEANWHILE, *raised, ended.pattern, ended.remedy}
    assert said == set(words.TRAINING_REASONS)


async def test_a_version_kept_back_says_why_in_the_readers_language(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/model/train")
    desk.end(promoted=False)
    worse = {**COMPARISON, "rule": "worse", "gained": 1, "lost": 9}
    desk.versions[0] = replace(desk.versions[0], comparison=worse)
    client.headers.update(SPANISH)
    outcome = await text_of(client, "/model", ".outcome-box")
    assert "falló en 9 donde aquella acertaba. Es peor y se deja en reserva." in outcome


async def test_an_earlier_version_is_brought_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/model/train")
    desk.end()
    assert "Put this version to work? Built-in model, " in await text_of(
        client, "/model", "#promote-starter-1"
    )
    answer = await client.post("/model/starter-1/promote")
    assert (answer.status_code, answer.headers["location"]) == (303, "/model")
    assert desk.put_to_work == "starter-1"


async def test_only_administrators_are_offered_to_put_a_version_to_work(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/model/train")
    desk.end()
    for who, offered in (("administrator", True), ("operator", False), ("viewer", False)):
        client.cookies.set(COOKIE, SESSIONS[who])
        for path in ("/model", "/model/starter-1"):
            page = LexborHTMLParser((await client.get(path)).text)
            assert bool(page.css("[action$='/promote']")) == offered, (who, path)


async def test_the_report_of_a_version(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.known.append(INVOICE)
    page = await text_of(client, "/model/starter-1")
    for said in (
        "86.6% 85.5% – 87.6%",
        "Of the 60 mails among them that you labelled it was right on 75.0% 62.1% – 85.3%",
        "The version at work before it had 83.2%",
        "Order 1,023 52 yours",
        "“averia” has 3 examples and is not predicted yet",
        "So whatever it takes for Incident, Order goes to a person, until five mails of each",
        "1 text was there twice",
        "several labels, of which the newest counts: 1 , 2",
        "Order 1,023 90.0% 85.0% – 94.0% 90.0%",
        "Factura 8 called so: none",
        "Pedido de veinte cajas 1 Factura <1% Order 98% changed since",
        "no longer there Factura 4% Order 91%",
        "1 of your labelled mails gets another category",
        "Pedido de veinte cajas 2 Factura Order Factura",
    ):
        assert said in page


@pytest.mark.parametrize(
    ("tested", "said"),
    [
        ("newest", "How many of your newest 12 labelled mails were right"),
        ("drawn", "How many of 12 of your labelled mails were right"),
    ],
)
async def test_the_learning_curve_says_which_mails_it_was_tested_on(
    client: httpx.AsyncClient, desk: FakeDesk, tested: str, said: str
) -> None:
    desk.reports["starter-1"] = make_report("starter-1", learning_curve_tested=tested)
    assert said in await text_of(client, "/model/starter-1")


async def test_links_lead_from_a_report_to_its_mails(client: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await client.get("/model/starter-1")).text)
    assert [a.attributes["href"] for a in page.css(".mails a")] == ["/mails/1", "/mails/2"]


async def test_a_report_without_labels_says_what_is_missing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    report = make_report("starter-1", learning_curve=[], suspects=[], previous_metrics=None)
    report["changed"] = {"mails": 0, "listed": []}
    report["trained_on"] |= {"own": 0, "own_per_category": {}}
    desk.reports["starter-1"] = report
    page = await text_of(client, "/model/starter-1")
    assert "Not measured: that takes 50 labelled mails of yours." in page
    assert "It learnt from none of your labels." in page
    assert "There was no version before it to compare with." in page


async def test_mails_without_a_label_are_told_where_a_version_learnt_from_some(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    sentence = "What words mean to you it learnt from 1,200 mails without a label."
    assert sentence not in await text_of(client, "/model/starter-1")
    report = make_report("starter-1")
    report["trained_on"]["unlabelled"] = 1200
    desk.reports["starter-1"] = report
    assert sentence in await text_of(client, "/model/starter-1")


async def test_an_unknown_version_is_a_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.get("/model/own-0")
    assert answer.status_code == 404
    assert "There is no such version of the model." in answer.text


async def test_strangers_see_and_change_nothing_of_the_model(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for path in ("/model", "/model/training", "/model/starter-1"):
        assert (await stranger.get(path)).status_code == 401
    for path in ("/model/train", "/model/starter-1/promote"):
        assert (await stranger.post(path)).status_code == 401
    assert desk.last_training is None


async def test_the_models_pages_have_no_style_or_script_within(client: httpx.AsyncClient) -> None:
    for path in ("/model", "/model/starter-1"):
        page = LexborHTMLParser((await client.get(path)).text)
        assert not page.css("[style], style, script:not([src])"), path


COMPARED = "/model/compare?left=starter-1&right=own-2"


async def test_two_versions_are_chosen_in_the_list(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert not LexborHTMLParser((await client.get("/model")).text).css("[form=compare]")
    desk.compare_with_another()
    page = LexborHTMLParser((await client.get("/model")).text)
    chosen = {
        pick.attributes["name"]: pick.attributes["value"] for pick in page.css(".pick [checked]")
    }
    assert chosen == {"left": "starter-1", "right": "own-2"}


async def test_two_versions_stand_beside_each_other_on_the_same_mails(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.compare_with_another()
    page = await text_of(client, COMPARED)
    for said in (
        "3 labelled mails of yours were learnt from by both",
        "In the right category 66.7% 9.4% – 99.2% 66.7% 9.4% – 99.2%",
        "Right where the other is wrong 1 1",
        "Order 100% 2.5% – 100% 66.7% 9.4% – 99.2% 50.0% 1.3% – 98.7% 100%",
        "Pedido de veinte cajas 1 Order Query Order",
        "Pedido de veinte cajas 2 Other Other Order",
        "There is 1 labelled mail of yours that neither has learnt from.",
        "these figures can't be compared directly",
        "counting as much not measured not measured",
    ):
        assert said in page


async def test_figures_of_the_very_same_texts_are_said_to_compare(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.compare_with_another()
    for report in desk.reports.values():
        report["metrics"] = {"examples": 3, "accuracy": 2 / 3}
    page = await text_of(client, COMPARED)
    assert "so these figures compare" in page
    assert "can't be compared" not in page


async def test_both_judge_the_mails_that_neither_has_seen_when_asked(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.compare_with_another()
    form = LexborHTMLParser((await client.get(COMPARED)).text).css_first("main form.compare")
    fields = {field.attributes["name"]: field.attributes["value"] for field in form.css("input")}
    answer = await client.get("/model/compare", params=fields)
    page = " ".join(LexborHTMLParser(answer.text).css_first("main").text(separator=" ").split())
    assert "Both judged your 1 newest labelled mail that neither has learnt from" in page
    assert "At least 75% sure, as is asked at present 80.0%" in page
    assert "Could be handled with 5% wrong at most 60.0% 60.0%" in page
    assert "Pedido de veinte cajas 2" not in page  # which both had learnt from


async def test_versions_without_a_mail_in_common_say_so(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.compare_with_another()
    desk.called = desk.unlearnt = []
    page = await text_of(client, COMPARED)
    assert "There is no mail of yours on which both were measured." in page
    assert "one of them has learnt from every labelled mail" in page
    assert "How often right" not in page


@pytest.mark.parametrize("path", ["", "?left=starter-1", "?left=starter-1&right=starter-1"])
async def test_less_than_two_versions_are_a_sentence(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/model/compare{path}")
    assert answer.status_code == 422
    assert "Two different versions are needed." in answer.text


async def test_a_version_to_compare_with_that_is_unknown_is_a_sentence(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/model/compare?left=starter-1&right=own-9")
    assert answer.status_code == 404
