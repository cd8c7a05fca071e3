"""The mail that tells an administrator what is wrong. Marked as a machine's (RFC 3834), so that no
other one answers it, and Buzón itself neither, should it come back."""

import html
import secrets
from collections.abc import Mapping, Sequence
from typing import Protocol

from buzon.mail.compose import Identity, sender_line
from buzon.records import Reply

LONGEST = 300  # characters kept of what a server said

# What each kind is in words, and what to do; %(about)s is a mailbox or a setting.
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "es": {
        "mailbox-fails": (
            "El buzón %(about)s no se puede leer.",
            "Compruebe servidor, usuario y contraseña en Ajustes → Buzones.",
        ),
        "mailbox-silent": (
            "No llega ningún mensaje a %(about)s desde hace %(minutes)s minutos, y a estas horas "
            "suelen llegar.",
            "Envíele un mensaje y mire si aparece; si no, compruebe redirecciones y filtros.",
        ),
        "answers-wait": (
            "Una respuesta espera desde hace %(minutes)s minutos y no sale.",
            "La página Salida dice qué contesta el servidor SMTP; si envía n8n, mire si funciona.",
        ),
        "answers-held": (
            "El límite global retiene %(count)s respuestas.",
            "Si tantas son normales, suba el límite en Ajustes; si no, mire quién escribe.",
        ),
        "secret-lost": (
            "%(about)s queda fuera: falta su contraseña, o está cerrada con otra clave.",
            "Anótela de nuevo en Ajustes, o devuelva a Buzón la clave que tenía.",
        ),
        "promise-broken": (
            "La promesa no se cumple: de los mensajes tramitados sin nadie y comprobados por "
            "sorteo, el %(percent)s %% estaba en una categoría equivocada.",
            "La página Modelo dice en qué se equivoca; entrene de nuevo o exija más confianza "
            "en Ajustes.",
        ),
        "disk-fills": (
            "En el disco de la carpeta de datos queda libre el %(percent)s %%.",
            "Haga sitio: con el disco lleno no se guarda ningún mensaje nuevo.",
        ),
    },
    "en": {
        "mailbox-fails": (
            "The mailbox %(about)s can't be read.",
            "Check server, user and password at Settings → Mailboxes.",
        ),
        "mailbox-silent": (
            "No mail has come to %(about)s for %(minutes)s minutes, and at this time some usually "
            "do.",
            "Send it one and see whether it appears; if not, look at forwarding and filters.",
        ),
        "answers-wait": (
            "An answer has been due for %(minutes)s minutes and does not go out.",
            "The page Outbox tells what the SMTP server says; where n8n sends, see that it runs.",
        ),
        "answers-held": (
            "The global limit holds %(count)s answers back.",
            "If so many are normal, raise it in Settings; if not, see who writes.",
        ),
        "secret-lost": (
            "%(about)s is left out: its password is missing, or locked with another key.",
            "Enter it again in Settings, or give Buzón the key that it had before.",
        ),
        "promise-broken": (
            "The promise is not kept: of the mails handled without a person and checked by lot, "
            "%(percent)s %% were in the wrong category.",
            "The page Model tells what it gets wrong; train it again, or ask for more confidence "
            "in Settings.",
        ),
        "disk-fills": (
            "On the disk of the data folder %(percent)s %% are free.",
            "Make room: with a full disk no new mail can be stored.",
        ),
    },
}
SUBJECTS = {"es": "Buzón necesita atención", "en": "Buzón needs looking after"}


class Trouble(Protocol):
    """What is wrong, about which mailbox, how much, and in whose words."""

    @property
    def kind(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def figure(self) -> float: ...
    @property
    def detail(self) -> str: ...


def letter(
    identity: Identity, to: str, language: str, page: str, troubles: Sequence[Trouble]
) -> Reply:
    """One mail about all of them, in Spanish or English."""
    language = language if language in WORDS else "en"
    text = "\n\n".join([*(paragraph(language, each) for each in troubles), page]) + "\n"
    return Reply(
        event_id=0,
        message_id=f"alarm.{secrets.token_hex(16)}@{identity.address.rpartition('@')[2]}",
        thread_id="",
        mailbox="",
        envelope_from=identity.envelope_from,
        from_header=sender_line(identity),
        recipient=to,
        subject=SUBJECTS[language],
        text=text,
        html=f"<pre>{html.escape(text)}</pre>",
        headers={
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": language,
        },
    )


def paragraph(language: str, trouble: Trouble) -> str:
    """What is wrong, what was said, and what to do."""
    what, do = WORDS[language][trouble.kind]
    values = {
        "about": trouble.about,
        "minutes": round(trouble.figure / 60),
        "count": round(trouble.figure),
        "percent": round(trouble.figure * 100),
    }
    said = " ".join(trouble.detail.split())[:LONGEST]
    return "\n".join(filter(None, [what % values, said, do % values]))
