"""Mails as they came, for the desk in memory."""

from email.message import EmailMessage
from pathlib import Path

PAGES = Path(__file__).parents[1] / "mail" / "pages"


def make_raw(
    html: str = "",
    *,
    text: str = "Hola",
    subject: str = "Consulta",
    attachments: dict[str, bytes] | None = None,
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ana Ruiz <ana@example.org>", "tienda@example.com"
    mail["Subject"] = subject
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in (attachments or {}).items():
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()
