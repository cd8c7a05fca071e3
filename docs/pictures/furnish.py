"""An installation as it stands after two months: `history`, and what people have set up meanwhile.

Run in the folder of a service that is stopped, with its settings in the environment:
furnish.py IMAP-PORT SMTP-PORT
"""

import asyncio
import sys
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

from buzon.cli.chosen import Chooser
from buzon.cli.parts import make_service, open_store
from buzon.cli.safe import Safe
from buzon.config import Settings
from buzon.flow import Flow, Visitor, choose_sending, handle_mails, keep_inbox, people, set_quiet
from buzon.flow.answers import save
from buzon.mail.quiet import WHOLE_DAY, Quiet
from buzon.mail.templates import Templates
from buzon.records import RawMail, Template
from buzon.store import saved_views, sessions, tokens, users, webhooks
from buzon.store.db import Connection, Database
from buzon.store.inboxes import Inbox
from history import PEOPLE, at_their_time, fill
from peers.dovecot import PASSWORD

BOSS = PEOPLE[0]
VIEWS = {
    "Reclamaciones": "category=reclamacion&done=no",
    "Ventas esta semana": "mailbox=ventas&period=7",
}
LETTER = """
<table width="100%" cellpadding="0">
<tr><td style="border-bottom: 3px solid #b3541e; padding: 12px 0">
<img src="https://boletin.example.net/logo.png" alt="Carpintería Rueda" width="160" height="40">
</td></tr>
<tr><td style="padding: 16px 0"><p>Buenos días:</p>
<p>Les pasamos el pedido de la obra de la <strong>calle Olmo, 14</strong>. Va también el plano.</p>
<table cellpadding="8" style="border-collapse: collapse">
<tr style="background: #f3ece6"><th align="left">Artículo</th><th align="right">Unidades</th></tr>
<tr><td>Bisagra cazoleta 35 mm</td><td align="right">120</td></tr>
<tr><td>Tirador acero cepillado 128 mm</td><td align="right">64</td></tr>
<tr><td>Guía telescópica 450 mm, par</td><td align="right">32</td></tr></table>
<p>Lo necesitamos antes del jueves. Gracias,<br>Manuela Rueda</p>
<img src="https://boletin.example.net/abierto.gif?id=88213" width="1" height="1">
</td></tr></table>
"""
DELIVERED = """
INSERT INTO webhook_deliveries (webhook_id, kind, event_id, data, created_at, status, attempts,
                                due_at, delivered_at, http_status, response, milliseconds)
SELECT %s, CASE WHEN needs_review THEN 'event.to_review' ELSE 'event.stored' END, id, '{}',
       stored_at,
       CASE WHEN failed THEN 'failed' ELSE 'delivered' END, CASE WHEN failed THEN 8 ELSE 1 END,
       stored_at, CASE WHEN NOT failed THEN stored_at + interval '1 s' END,
       CASE WHEN failed THEN 503 ELSE 200 END,
       CASE WHEN failed THEN 'Service Unavailable' ELSE '{"message":"Workflow was started"}' END,
       60 + mod(id * 37, 240)
FROM (SELECT *, mod(id, 17) = 0 AS failed FROM events ORDER BY id DESC LIMIT 40) AS lately
ORDER BY id
"""
TRANSFERS = """
INSERT INTO transfers (kind, asked_at, asked_by, name, mailbox, state, position, length, taken,
                       known, refused, size, finished_at)
VALUES ('corrections', now() - interval '2 days', 'Ana Ruiz', 'corrections.csv', '', 'done', 355,
        355, 355, 0, 0, 41280, now() - interval '2 days'),
       ('import', now() - interval '6 min', 'Ana Ruiz', 'archivo-2024.mbox', 'soporte', 'running',
        402653184, 648019968, 11204, 37, 2, 648019968, NULL)
"""


# Where the first administrator is signed in beside the browser that the pictures are taken with.
DEVICES = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
)


async def main() -> None:
    settings = Settings()
    async with open_store(settings) as store:
        await _connect(store.db, Safe(settings), *map(int, sys.argv[1:]))
        service = await make_service(await Chooser(settings).settings(store.db), store.db)
        await _let_in(store.db, PEOPLE[1], "operator")
        await _let_in(store.db, PEOPLE[2], "viewer")
        await _set_up(service.flow)
        await fill(service)
        await _letter(service.flow)
        async with store.db.transaction(by=BOSS) as db:
            await _others(db, Safe(settings))


async def _connect(db: Database, safe: Safe, imap: int, smtp: int) -> None:
    """Two mailboxes, and answers that are sent."""
    for name in ("soporte", "ventas"):
        user = f"{name}@example.com"
        locked = safe.lock(PASSWORD)
        await keep_inbox(
            db,
            Inbox(name, "localhost", imap, "none", user, locked, "INBOX", "none", "password"),
            BOSS,
        )
    way = {"smtp_host": "localhost", "smtp_port": smtp, "smtp_security": "none"}
    await choose_sending(db, {**way, "smtp_from": "soporte@example.com"}, None, BOSS)


async def _let_in(db: Database, name: str, role: users.Role) -> None:
    email = f"{name.split()[0].lower()}@example.com"
    async with db.transaction(by=BOSS) as connection:
        link = await people.add_user(connection, email, name, role)
    await people.accept(db, link, "siete cajas azules", Visitor("127.0.0.1", ""))


async def _set_up(flow: Flow) -> None:
    """Own words for orders, and weekends on which answers wait."""
    for language, text in {
        "es": "Lo preparamos hoy mismo: si llegó antes de las 14:00, sale esta tarde.",
        "en": "We pack it today: what comes in before 2 pm leaves this afternoon.",
    }.items():
        shipped = Templates().of("pedido", language).text.rstrip()
        own = Template("pedido", language, "", f"{shipped}\n\n{text}\n")
        await save(flow, own, 0, BOSS)
    christmas = date(datetime.now(UTC).year, 12, 25)
    await set_quiet(flow, Quiet({5: WHOLE_DAY, 6: WHOLE_DAY}, frozenset({christmas})), BOSS)


async def _letter(flow: Flow) -> None:
    """The newest mail: one in HTML that would load pictures, with something attached."""
    mail = EmailMessage()
    mail["From"] = "Manuela Rueda <manuela@carpinteria-rueda.example>"
    mail["To"] = "soporte@example.com"
    mail["Subject"] = "Pedido obra calle Olmo, 14"
    mail["Message-ID"] = "<olmo-14@carpinteria-rueda.example>"
    mail["Date"] = at = datetime.now(UTC) - timedelta(minutes=4)
    mail.set_content("Buenos días: les pasamos el pedido de la obra de la calle Olmo, 14.")
    mail.add_alternative(LETTER, subtype="html")
    plan = b"%PDF-1.4\n" + bytes(83_000)
    mail.add_attachment(plan, "application", "pdf", filename="Plano cocina.pdf")
    content = mail.as_bytes()
    (kept,) = await handle_mails(flow, [RawMail("soporte", content, at, "imap", len(content))])
    async with flow.db.transaction() as db:
        await at_their_time(db, [kept.event_id or 0])


async def _others(db: Connection, safe: Safe) -> None:
    user = await users.by_email(db, "ana@example.com")
    for device in DEVICES:
        await sessions.open(db, user.id, device)
    for name, query in VIEWS.items():
        await saved_views.add(db, user.id, name, "?" + query)
    await tokens.add(db, "n8n", scopes=("read", "write"), days=365, by=BOSS)
    await tokens.add(db, "CRM", scopes=("read",), days=90, by=PEOPLE[1])
    await db.execute("UPDATE tokens SET used_at = now() - interval '7 min' WHERE name = 'n8n'")
    secret = safe.lock("whsec_of_no_use")
    wanted = webhooks.Wanted(
        "n8n", "https://n8n.example.com/webhook/buzon", ("event.stored", "event.to_review")
    )
    told = await webhooks.add(db, wanted, secret, BOSS)
    wanted = webhooks.Wanted("Guardia", "https://chat.example.com/hooks/guardia", ("alarm.raised",))
    await webhooks.add(db, wanted, secret, PEOPLE[1])
    await db.execute(DELIVERED, [told])
    await db.execute(TRANSFERS)
    await db.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")


if __name__ == "__main__":
    asyncio.run(main())
