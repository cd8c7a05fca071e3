"""Two hundred open pages: how long until each has heard of a new mail, while others come in.

Every page is an event stream of its own, over its own connection, from Buzón itself. The clock
starts before the mail is handed to the sandbox's SMTP server, and stops as the row has arrived.
"""

import asyncio
import smtplib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from email.message import EmailMessage
from statistics import median

import httpx

from bench.history import p95
from bench.lab import Lab
from bench.pages import signed_in
from bench.report import AT_MOST, Report
from buzon.web.context import COOKIE
from peers.service import Service
from web.watched import chromium

PAGES = 200
MAILS, QUICK_MAILS = 30, 8
BETWEEN = 1.0  # seconds from one mail to the next
OTHERS = "5"  # mails a second that come in meanwhile
LIMIT = 1.0  # seconds
PATIENCE = 20.0


def measure(lab: Lab) -> Report:
    service = lab.service(lab.new_folder("open-pages"))
    service.start()
    try:
        with chromium() as browser:
            cookie = signed_in(service, browser)
        waits = asyncio.run(heard(service, cookie, QUICK_MAILS if lab.quick else MAILS))
    finally:
        service.stop()
    found = Report(f"{PAGES} open pages hear of a new mail, {OTHERS} others a second")
    every = [wait for waits_of_one in waits for wait in waits_of_one]
    found.add("the last page", max(every), "s", AT_MOST, LIMIT)
    found.add("the last page, median of the mails", median(max(one) for one in waits), "s")
    found.add("any page, p95", p95(every), "s")
    found.notes.append(f"{len(waits)} mails, {len(every)} times that a page heard of one.")
    return found


async def heard(service: Service, cookie: str, mails: int) -> list[list[float]]:
    """Seconds until each page had heard of each mail."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(others_come_in(service))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=service.url,
                cookies={COOKIE: cookie},
                limits=httpx.Limits(max_connections=None),
                timeout=PATIENCE,
            )
        )
        pages = [await stack.enter_async_context(page(client)) for _ in range(PAGES)]
        return [await tell(service, pages, number) for number in range(mails)]


@asynccontextmanager
async def others_come_in(service: Service) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "buzon", "simulate", "--rate", OTHERS),
        env=service.environment,
        cwd=service.folder,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def tell(service: Service, pages: list[AsyncIterator[str]], number: int) -> list[float]:
    mark = f"Aviso-{number}-fin"
    listening = [asyncio.create_task(seen(page, mark)) for page in pages]
    await asyncio.sleep(BETWEEN)
    began = time.monotonic()
    await asyncio.to_thread(hand_in, service, mark)
    return [at - began for at in await asyncio.gather(*listening)]


async def seen(page: AsyncIterator[str], mark: str) -> float:
    async with asyncio.timeout(PATIENCE):
        async for line in page:
            if mark in line:
                return time.monotonic()
    raise AssertionError("the stream has ended")


def hand_in(service: Service, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "eva@example.com", "soporte@example.com", subject
    mail["Message-ID"] = f"<{subject}@bench.example.com>"
    mail.set_content("¿Dónde está mi pedido?")
    host, _, port = service.environment["BUZON_SANDBOX_SMTP"].rpartition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.send_message(mail)


@asynccontextmanager
async def page(client: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[str]]:
    async with client.stream("GET", "/live") as answer:
        answer.raise_for_status()
        yield answer.aiter_lines()
