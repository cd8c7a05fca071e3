"""The bare loop that Buzón is measured against: it fetches mails and sends a fixed answer to each;
it parses, sorts and stores nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event

import aiosmtplib
from imapclient import IMAPClient

from peers.dovecot import PASSWORD

BATCH = 500
CONNECTIONS = 8
REPLY = (
    b"From: soporte@example.com\r\nTo: cliente@example.org\r\nSubject: Re: Hola\r\n\r\n"
    b"Hemos recibido su mensaje.\r\n"
)


@contextmanager
def bare_loop(imap_port: int, smtp_port: int, user: str) -> Iterator[int]:
    """The loop, in a process of its own as Buzón is; its process id."""
    context = get_context("spawn")
    ready = context.Event()
    process = context.Process(target=run, args=(imap_port, smtp_port, user, ready), daemon=True)
    process.start()
    try:
        assert ready.wait(20), "The bare loop does not start."
        assert process.pid is not None
        yield process.pid
    finally:
        process.kill()
        process.join()


def run(imap_port: int, smtp_port: int, user: str, ready: Event) -> None:
    asyncio.run(serve(imap_port, smtp_port, user, ready))


async def serve(imap_port: int, smtp_port: int, user: str, ready: Event) -> None:
    mails: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS):
            client = aiosmtplib.SMTP(
                hostname="127.0.0.1", port=smtp_port, use_tls=False, start_tls=False
            )
            await client.connect()
            tasks.create_task(answer(client, mails))

        def fetch() -> None:
            for mail in mails_of(imap_port, user, ready):
                loop.call_soon_threadsafe(mails.put_nowait, mail)

        tasks.create_task(asyncio.to_thread(fetch))


async def answer(client: aiosmtplib.SMTP, mails: asyncio.Queue[bytes]) -> None:
    while await mails.get():
        await client.sendmail("", ["cliente@example.org"], REPLY)


def mails_of(port: int, user: str, ready: Event) -> Iterator[bytes]:
    """Every mail that comes into the mailbox from now on."""
    client = IMAPClient("127.0.0.1", port, ssl=False)
    client.login(user, PASSWORD)
    last = int(client.select_folder("INBOX", readonly=True)[b"UIDNEXT"]) - 1
    ready.set()
    while True:
        uids = [uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last]
        for start in range(0, len(uids), BATCH):
            batch = uids[start : start + BATCH]
            for data in client.fetch(batch, ["BODY.PEEK[]"]).values():
                yield data[b"BODY[]"]
        last = max([last, *uids])
        client.idle()
        client.idle_check()
        client.idle_done()
