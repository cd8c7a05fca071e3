"""GET /metrics: what Prometheus reads."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.conftest import make_client, make_context
from api.test_conditional import a_model
from buzon.api import create_api
from buzon.api.requests import REGISTRY
from buzon.flow import Flow, handle_mails, label, tend_handed
from buzon.store import models, parked
from peers.flows import OWN, raw_mail

Samples = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
async def scraper(flow: Flow) -> AsyncIterator[httpx.AsyncClient]:
    """Without a token, where that is allowed."""
    app = create_api(make_context(flow, open_metrics=True))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://buzon.test") as client:
        yield client


async def scrape(client: httpx.AsyncClient) -> Samples:
    """Every sample, by its name and the values of its labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_mails_answers_and_what_waits_are_told(
    flow: Flow, scraper: httpx.AsyncClient
) -> None:
    earlier = datetime.now(UTC) - timedelta(seconds=40)
    mails = [
        raw_mail(
            sender=f"c{n}@x.org", message_id=f"<{n}@x.org>", subject=subject, arrived_at=earlier
        )
        for n, subject in enumerate(("Pedido", "Pedido", "otro", "dudoso"))
    ]
    first, *_ = await handle_mails(flow, mails)
    await handle_mails(flow, [raw_mail(mailbox="ventas", source="http")])
    async with flow.db.transaction() as db:
        await db.execute(
            "UPDATE outbox SET due_at = now() - interval '90 seconds', attempts = 2"
            " WHERE event_id = %s",
            [first.event_id],
        )
        await parked.add(db, raw_mail(), "broken")
    found = await scrape(scraper)
    assert found["buzon_database_up", ()] == 1
    assert found["buzon_mails", (OWN, "imap")] == 4
    assert 40 <= found["buzon_mailbox_delay_seconds", (OWN,)] < 70
    assert found["buzon_mails", ("ventas", "http")] == 1
    assert found["buzon_answers", (OWN, "waiting")] == 3
    assert found["buzon_outbox", ("queued",)] == 4
    assert 90 <= found["buzon_outbox_oldest_seconds", ("queued",)] < 120
    assert found["buzon_outbox_retrying", ()] == 1
    assert found["buzon_parked_mails", ()] == 1
    assert found["buzon_to_review", ()] == 1
    assert found["buzon_jobs", ("mail:deliver",)] == 2
    assert 0 <= found["buzon_jobs_oldest_seconds", ("mail:deliver",)] < 60


async def test_rules_and_dashboard_ask_for_what_is_told_and_leave_nothing_out(
    flow: Flow, scraper: httpx.AsyncClient, repository: Path
) -> None:
    await handle_mails(flow, [raw_mail()])
    answer = await scraper.get("/metrics")
    told = {
        name
        for family in text_string_to_metric_families(answer.text)
        if family.name.startswith("buzon_")
        for name in {family.name, *(sample.name for sample in family.samples)}
    }
    asked = set[str]()
    for file in ("prometheus/alerts.yml", "grafana/dashboards/buzon.json"):
        asked |= set(re.findall(r"\bbuzon_\w+", (repository / "deploy" / file).read_text("utf-8")))
    assert asked <= told, asked - told
    kinds = {re.sub("_(bucket|count|sum|created)$", "", name) for name in asked}
    gauges = {name for name in told if not name.endswith(("_bucket", "_count", "_sum", "_created"))}
    assert gauges <= kinds, gauges - kinds


async def test_what_a_process_tells_of_itself_is_asked_of_each_and_the_rest_of_one(
    flow: Flow, scraper: httpx.AsyncClient, repository: Path
) -> None:
    await handle_mails(flow, [raw_mail()])
    await scraper.get("/metrics")  # so that there is a request to tell of
    told = names((await scraper.get("/metrics")).text)
    of_itself = names(generate_latest(REGISTRY).decode())
    file = repository / "deploy/prometheus/prometheus.yml"
    jobs = {job["job_name"]: job for job in yaml.safe_load(file.read_text())["scrape_configs"]}

    def taken(job: str) -> set[str]:
        (rule,) = jobs[job]["metric_relabel_configs"]
        found = {name for name in told if re.fullmatch(rule["regex"], name)}
        return found if rule["action"] == "keep" else told - found

    assert "static_configs" in jobs["buzon"]
    assert taken("buzon") == told - of_itself
    assert jobs["buzon-each"]["dns_sd_configs"][0]["names"] == ["buzon"]
    assert taken("buzon-each") == of_itself


def names(text: str) -> set[str]:
    found = text_string_to_metric_families(text)
    return {sample.name for family in found for sample in family.samples}


async def test_confidence_is_told_as_a_histogram(flow: Flow, scraper: httpx.AsyncClient) -> None:
    await handle_mails(flow, [raw_mail(), raw_mail(subject="dudoso", message_id="<dos@x.org>")])
    found = await scrape(scraper)
    assert found["buzon_confidence_bucket", ("0.4",)] == 0
    assert found["buzon_confidence_bucket", ("0.45",)] == 1  # 0.4 itself lies in the next one
    assert found["buzon_confidence_bucket", ("0.95",)] == 1
    assert found["buzon_confidence_bucket", ("+Inf",)] == found["buzon_confidence_count", ()] == 2
    assert found["buzon_confidence_sum", ()] == pytest.approx(1.36)


async def test_what_limits_held_back_and_what_is_in_other_hands_is_told(
    flow: Flow, scraper: httpx.AsyncClient
) -> None:
    policy = replace(flow.policy, sends=False, hands_out=True, replies_per_hour=1)
    external = replace(flow, policy=policy)
    same = [raw_mail(message_id=f"<{n}@x.org>", subject="Igual") for n in range(2)]
    other = raw_mail(sender="luis@x.org", message_id="<luis@x.org>")
    await handle_mails(external, [*same, other])
    found = await scrape(scraper)
    assert found["buzon_held_back", ("same-subject",)] == 1
    assert found["buzon_held_back", ("global-cap",)] == 1
    assert found["buzon_outbox", ("held",)] == found["buzon_outbox", ("handed",)] == 1
    assert found["buzon_answers", (OWN, "waiting")] == 2
    async with flow.db.transaction() as db:
        await db.execute("UPDATE outbox SET created_at = now() - interval '3 days', due_at = now()")
    await tend_handed(external)
    found = await scrape(scraper)  # what is never handed out again does not wait
    assert ("buzon_outbox", ("handed",)) not in found
    assert found["buzon_answers", (OWN, "failed")] == 2


async def test_the_model_at_work_and_alarms_are_told(
    flow: Flow, scraper: httpx.AsyncClient
) -> None:
    async with flow.db.transaction() as db:
        for version in ("one", "two"):
            await models.add(db, a_model(version))
            await models.promote(db, version, by="ana", why="")
    async with flow.db.transaction() as db:
        await db.execute(
            "INSERT INTO drift_alarms (watched_from, what, since, p, moved)"
            " VALUES (now(), 'words', now(), 0.001, '{}')"
        )
        await db.execute(
            "INSERT INTO mailboxes (name, folder, uidvalidity, last_uid, marked_uid, started_at,"
            " read_at) VALUES ('ventas', 'INBOX', 1, 1, 1, now(), now() - interval '1 hour')"
        )
    found = await scrape(scraper)
    assert [name for name in found if name[0] == "buzon_model_info"] == [
        ("buzon_model_info", ("two",))
    ]
    assert [found["buzon_drift_alarm", (what,)] for what in ("words", "categories")] == [1, 0]
    assert 3600 <= found["buzon_mailbox_lag_seconds", ("ventas",)] < 3660
    async with flow.db.transaction() as db:
        await models.promote(db, "one", by="ana", why="")
    assert (await scrape(scraper))["buzon_drift_alarm", ("words",)] == 1, "an older one learnt none"
    async with flow.db.transaction() as db:
        await models.add(db, a_model("three"))
        await models.promote(db, "three", by="ana", why="")
    assert (await scrape(scraper))["buzon_drift_alarm", ("words",)] == 0


async def test_a_label_takes_a_mail_out_of_what_waits(
    flow: Flow, scraper: httpx.AsyncClient
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="dudoso")])
    await label(flow.db, [handled.event_id or 0], "pedido", "ana")
    assert (await scrape(scraper))["buzon_to_review", ()] == 0


async def test_while_the_database_is_away_that_is_told(
    scraper: httpx.AsyncClient, break_database: Callable[[], None]
) -> None:
    break_database()
    found = await scrape(scraper)
    assert found["buzon_database_up", ()] == 0
    assert not any(name == "buzon_mails" for name, _ in found)


async def test_the_figures_need_a_token_where_that_is_not_said_otherwise(
    flow: Flow, client: httpx.AsyncClient
) -> None:
    assert (await make_client(flow).get("/metrics")).status_code == 401
    assert (await scrape(client))["buzon_database_up", ()] == 1


async def test_every_name_is_documented(scraper: httpx.AsyncClient, repository: Path) -> None:
    page = (repository / "docs" / "api.md").read_text()
    told = (await scraper.get("/metrics")).text
    families = {family.name for family in text_string_to_metric_families(told)}
    ours = {name for name in families if name.startswith("buzon_")}
    assert len(ours) > 14
    assert {name for name in ours if f"`{name}" not in page} == set()
