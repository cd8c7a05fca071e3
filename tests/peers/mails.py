"""Invented customers' mails, different for each number."""

from datetime import UTC, datetime
from email.utils import format_datetime

TEXTS = (
    (
        "Pedido nuevo",
        "Quiero pedir 20 cajas de agua y 5 de refrescos para el jueves, como siempre.",
    ),
    ("No funciona el router", "Desde esta mañana el router no enciende. ¿Pueden arreglarlo?"),
    ("Horario", "Buenos días, ¿a qué hora abren los sábados? Gracias."),
    ("Hoja de reclamaciones", "Exijo la devolución de mi dinero. Es la tercera vez que reclamo."),
    ("Order", "Please send 12 boxes of A4 paper to the usual address. Thanks."),
    ("Broken on arrival", "The lamp arrived broken this morning. Please send another one."),
    ("Opening hours", "Could you tell me whether you are open on Sundays?"),
    ("Refund demanded", "I have complained twice. I want my money back and an apology."),
)


def customer_mail(number: int, *, to: str = "soporte@example.com", marker: str = "m") -> bytes:
    subject, body = TEXTS[number % len(TEXTS)]
    return (
        f"Return-Path: <cliente{number}@example.org>\r\n"
        f"From: Cliente {number} <cliente{number}@example.org>\r\n"
        f"To: {to}\r\n"
        f"Subject: {subject} {number}\r\n"
        f"Date: {format_datetime(datetime.now(UTC))}\r\n"
        f"Message-ID: <{marker}{number}@mail.example.org>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n"
        "\r\n"
        f"{body}\r\n\r\nUn saludo,\r\nCliente {number}\r\n"
    ).encode()


def out_of_office(number: int, *, to: str = "soporte@example.com") -> bytes:
    mail = customer_mail(number, to=to, marker="ooo")
    return mail.replace(b"MIME-Version", b"Auto-Submitted: auto-replied\r\nMIME-Version", 1)
