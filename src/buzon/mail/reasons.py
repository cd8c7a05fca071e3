"""Why a mail was not answered, in words for the person who looks at it: rule → (es, en)."""

_SENTENCES = {
    # what `loops` finds in the mail
    "no-sender": (
        "El correo no trae ninguna dirección a la que se pueda responder.",
        "The mail has no address that could be answered.",
    ),
    "own-address": (
        "El remitente es uno de nuestros propios buzones.",
        "The sender is one of our own mailboxes.",
    ),
    "own-reply-to": (
        "Pide que se responda a uno de nuestros propios buzones.",
        "It asks for the reply to go to one of our own mailboxes.",
    ),
    "own-robot": (
        "Lo envía una máquina de nuestro propio dominio.",
        "A machine on our own domain sent it.",
    ),
    "null-return-path": (
        "No tiene remitente de retorno: así se envían los rebotes y las respuestas automáticas.",
        "It has no return address: that is how bounces and automatic replies are sent.",
    ),
    "mailer-daemon": (
        "Lo envía un servidor de correo, no una persona.",
        "A mail server sent it, not a person.",
    ),
    "delivery-status": (
        "Es un aviso sobre la entrega de otro correo (rebote).",
        "It is a notice about the delivery of another mail (a bounce).",
    ),
    "read-receipt": ("Es una confirmación de lectura.", "It is a read receipt."),
    "abuse-report": (
        "Es un informe de abuso de un proveedor de correo.",
        "It is an abuse report from a mail provider.",
    ),
    "machine-report": (
        "Es un informe que genera un sistema de correo.",
        "It is a report made by a mail system.",
    ),
    "failed-recipients": (
        "Avisa de destinatarios a los que no llegó un correo.",
        "It names recipients that a mail did not reach.",
    ),
    "auto-submitted": (
        "El propio correo dice que se envió automáticamente.",
        "The mail itself says that it was sent automatically.",
    ),
    "auto-reply-header": (
        "Lleva la marca de un contestador automático.",
        "It carries the mark of an autoresponder.",
    ),
    "inbox-rules-loop": (
        "Lo envió una regla de un buzón de Exchange.",
        "A rule in an Exchange mailbox sent it.",
    ),
    "delivered-to-autoresponder": (
        "Pasó por un contestador automático.",
        "It went through an autoresponder.",
    ),
    "x-loop": (
        "Lleva la marca con la que los programas evitan responderse sin fin.",
        "It carries the mark by which programs avoid answering each other for ever.",
    ),
    "auto-response-suppress": (
        "Pide expresamente que no se le responda de forma automática.",
        "It asks not to be answered automatically.",
    ),
    "precedence": (
        "Está marcado como correo masivo, de lista o automático.",
        "It is marked as bulk, list or automatic mail.",
    ),
    "mailing-list": (
        "Llega por una lista de correo o un boletín.",
        "It comes through a mailing list or a newsletter.",
    ),
    "bulk-mail": (
        "Se envió con una herramienta de envíos masivos.",
        "It was sent with a bulk mailing tool.",
    ),
    "software-notification": (
        "Es una notificación de un programa (sistema de incidencias, repositorio, vigilancia…).",
        "It is a notification from a program (ticket system, code host, monitoring…).",
    ),
    "calendar": (
        "Es una invitación o respuesta de calendario.",
        "It is a calendar invitation or reply.",
    ),
    "no-reply": (
        "La dirección dice que no se responda a ella.",
        "The address says that it is not to be replied to.",
    ),
    "bounce-address": (
        "La dirección solo sirve para recibir rebotes.",
        "The address only serves to receive bounces.",
    ),
    "list-address": (
        "La dirección es la de administración de una lista de correo.",
        "The address is that of a mailing list's management.",
    ),
    "robot-address": (
        "La dirección es la de un programa, no la de una persona.",
        "The address belongs to a program, not to a person.",
    ),
    "out-of-office": (
        "El asunto es el de una respuesta automática por ausencia.",
        "The subject is that of an out-of-office or automatic reply.",
    ),
    "bounce-subject": (
        "El asunto es el de un correo devuelto.",
        "The subject is that of a returned mail.",
    ),
    "receipt-subject": (
        "El asunto es el de una confirmación de lectura o entrega.",
        "The subject is that of a read or delivery receipt.",
    ),
    "acknowledgement": (
        "Es el acuse de recibo automático de otro servicio de atención.",
        "It is the automatic acknowledgement of another help desk.",
    ),
    "aggregate-report": (
        "Es un informe DMARC o TLS sobre un dominio.",
        "It is a DMARC or TLS report about a domain.",
    ),
    "automatic-text": (
        "El propio texto dice que es automático o que no se conteste.",
        "The text itself says that it is automatic, or not to be answered.",
    ),
    "absence-text": (
        "El texto es el de un aviso de ausencia.",
        "The text is that of an out-of-office notice.",
    ),
    # what `policy` finds in its history and settings
    "otro": (
        "No parece la petición de un cliente.",
        "It doesn't look like a customer's request.",
    ),
    "imported": (
        "Se importó de un archivo; lo importado nunca se responde.",
        "It was imported from an archive; what is imported is never answered.",
    ),
    "old": (
        "Es demasiado antiguo: llegó hace más de 24 horas.",
        "It is too old: it came in more than 24 hours ago.",
    ),
    "conversation": (
        "Esta conversación ya recibió su respuesta automática.",
        "This conversation already had its automatic reply.",
    ),
    "sender-hour": (
        "Este remitente ya recibió el máximo de respuestas automáticas en una hora.",
        "This sender already had the most automatic replies allowed in an hour.",
    ),
    "sender-day": (
        "Este remitente ya recibió el máximo de respuestas automáticas en un día.",
        "This sender already had the most automatic replies allowed in a day.",
    ),
    "same-subject": (
        "Ya se respondió hoy a este remitente por este mismo asunto.",
        "This sender was already answered today about this same subject.",
    ),
    "global-cap": (
        "Espera: se alcanzó el máximo de respuestas automáticas por hora.",
        "It waits: the most automatic replies allowed in an hour was reached.",
    ),
    "category-off": (
        "Las respuestas automáticas están desactivadas para esta categoría.",
        "Automatic replies are switched off for this category.",
    ),
    "own-reply": (
        "Es una respuesta automática nuestra que ha vuelto.",
        "It is an automatic reply of ours that came back.",
    ),
}


def explain(rule: str, language: str) -> str:
    """The sentence for a rule, in Spanish for "es" (and es-MX …), else in English.

    A rule of another version of Buzón, which an old event may name, is given back as it is.
    """
    spanish, english = _SENTENCES.get(rule, (rule, rule))
    return spanish if language.lower().startswith("es") else english
