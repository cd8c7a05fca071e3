"""Labelled mails of a company that sorts in its own way, enough for a small model to learn from."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from buzon.flow import Flow, handle_mails, label
from peers.flows import raw_mail

MADRID = ZoneInfo("Europe/Madrid")
THINGS = ("tubos", "válvulas", "codos", "juntas", "bridas", "filtros", "bombas", "racores")
SENTENCES = {
    "pedido": "Mándame {n} {thing} como la última vez, por favor.",
    "incidencia": "La caja de {thing} llegó rota, faltan {n} y no cierran.",
    "consulta": "¿Tenéis {thing} en stock y a qué hora abrís el día {n}?",
}


def lessons(count: int, start: int = 0) -> list[tuple[str, str]]:
    """Texts and their labels, each text another one."""
    names = list(SENTENCES)
    return [
        (
            SENTENCES[names[n % 3]].format(n=n + 2, thing=THINGS[n // 3 % len(THINGS)]),
            names[n % 3],
        )
        for n in range(start, start + count)
    ]


async def store_labelled(
    flow: Flow, pairs: Sequence[tuple[str, str]], who: str = "ana"
) -> list[int]:
    """Take these mails in, and have somebody label them; their events."""
    mails = [
        raw_mail(subject="dudoso", body=text, message_id=f"<{abs(hash(text))}@x.org>",
                 sender=f"cliente{n}@example.org")
        for n, (text, _) in enumerate(pairs)
    ]  # fmt: skip
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, mails)]
    for (_, category), id in zip(pairs, ids, strict=True):
        await label(flow.db, [id], category, who)
    return ids
