"""Subjects that only machines write, in the languages of their users.

A phrase counts at the very start of the subject, and only where it stands as a heading: before
a colon, a dash or a date, or alone. "Su respuesta automática no me sirve", "Vacation package
refund" and "RE: Automatic reply: …" are persons' subjects.
"""

from functools import lru_cache

from buzon.mail.marks import folded, phrases

# What mail programs put before a subject that is answered or forwarded.
_ANSWERS = """
re|rv|fw|fwd|aw|wg|tr|rif|r|i|res|enc|ref|sv|vs|vb|vl|odp|pd|antw|doorst|ynt|ilt|hl|απ|πρθ|σχετ
ответ|пересл|відп|回复|答复|转发|回覆|轉寄|返信|転送|회신|전달
"""

_FORWARDS = "fw|fwd|rv|wg|tr|i|enc|rif|doorst|vb|vs|pd|ilt"

_OUT_OF_OFFICE = """
automatic reply|automatic response|automatic reply to|automated reply|automated response
auto reply|auto-reply|autoreply|auto response|auto-response|autoresponse|autoresponder
automatic out of office reply|out of office|out-of-office|out of the office|out of office autoreply
ooo|i am out of the office|i'm out of the office|i am out of office|i'm out of office
currently out of the office|currently out of office|away from my mail|away from the office
away from my desk|vacation reply|vacation response|vacation message|vacation notice
absence notification|absence notice|away message|away notice|yahoo! auto response
respuesta automática|respuesta automatizada|contestación automática|autorespuesta|auto-respuesta
auto respuesta|mensaje automático|aviso de ausencia|mensaje de ausencia|notificación de ausencia
fuera de la oficina|fuera de oficina|fuera de mi oficina|ausencia de la oficina
ausente de la oficina|estoy fuera de la oficina|me encuentro fuera de la oficina
no estoy en la oficina|fuera de la oficina por vacaciones
respuesta de vacaciones|respuesta por vacaciones|respuesta de ausencia
automatische antwort|automatische rückantwort|automatische rückmeldung|automatische beantwortung
automatische nachricht|automatische email-antwort|automatische e-mail-antwort|autoantwort
auto-antwort|abwesenheitsnotiz|abwesenheitsnachricht|abwesenheitsmeldung|abwesenheitsmitteilung
abwesenheitsassistent|abwesenheitsinfo|abwesenheit|abwesend|nicht im büro|nicht im hause
urlaubsnotiz|urlaubsabwesenheit|ich bin nicht im büro|out of office notiz
réponse automatique|réponse automatisée|message automatique|réponse d'absence|message d'absence
avis d'absence|notification d'absence|notification d'absence du bureau|absence du bureau
absent du bureau|absente du bureau|hors du bureau|hors bureau|je suis absent du bureau
je suis absente du bureau|absence momentanée
resposta automática|resposta automatizada|mensagem automática|autorresposta|fora do escritório
estou fora do escritório|ausência do escritório|ausente do escritório|aviso de ausência
mensagem de ausência|notificação de ausência|ausência temporária
risposta automatica|messaggio automatico|risponditore automatico|fuori ufficio
fuori dall'ufficio|assente dall'ufficio|assenza dall'ufficio|avviso di assenza|notifica di assenza
messaggio di assenza|sono fuori ufficio|risposta automatica di assenza
missatge automàtic|fora de l'oficina|fora d'oficina|sóc fora de l'oficina|soc fora de l'oficina
absència de l'oficina|avís d'absència|missatge d'absència|fora del despatx|resposta d'absència
erantzun automatikoa|bulegotik kanpo|fóra da oficina
automatisch antwoord|automatische reactie|automatische beantwoording|afwezigheidsbericht
afwezigheidsmelding|afwezigheidsassistent|afwezigheid|niet op kantoor|afwezig
autosvar|automatiskt svar|automatisk svar|frånvaromeddelande|frånvaro|ej på kontoret
inte på kontoret|ikke på kontoret|ikke til stede|fraværsmeddelelse|fraværsmelding
fraværsbesked|fraværsassistent|sjálfvirkt svar
automaattinen vastaus|poissaoloilmoitus|poissaoloviesti|poissaolo|poissa toimistosta|poissa
automaatvastus|automaatne vastus|automatinis atsakymas|automātiskā atbilde
automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|poza biurem|jestem poza biurem
nieobecność|informacja o nieobecności
automatická odpověď|automatická odpoveď|mimo kancelář|mimo kancelárie|nepřítomnost
odpověď v nepřítomnosti|neprítomnosť|automatski odgovor|samodejni odgovor|avtomatski odgovor
automatikus válasz|házon kívül|irodán kívül|távolléti értesítés
răspuns automat|mesaj automat|absent din birou|în afara biroului|plecat din birou
автоматический ответ|автоответ|вне офиса|нет на месте|уведомление об отсутствии
автоматична відповідь|автовідповідь|поза офісом|не в офісі|автоматичен отговор|извън офиса
otomatik yanıt|otomatik cevap|ofis dışında|ofis dışındayım
αυτόματη απάντηση|εκτός γραφείου|απουσία από το γραφείο
תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד
رد تلقائي|الرد التلقائي|رد آلي|خارج المكتب
自動応答|自動返信|不在通知|不在応答|不在のお知らせ|自动回复|自动答复|自動回覆|自動回復|不在办公室|不在辦公室
자동 회신|자동 응답|자동회신|자동응답|부재 중|부재중
balasan otomatis|trả lời tự động|ตอบกลับอัตโนมัติ
"""

# A state that persons write about too ("De vacaciones: presupuesto"): only with its dates.
_AWAY = """
on vacation|on holiday|on holidays|on leave|on annual leave|i am on vacation|i'm on vacation
i am on leave|i am away|i'm away|away|office closed|we are closed
ausente|de vacaciones|estoy de vacaciones|estaré fuera|estaré ausente|estoy ausente|ausencia
cerrado por vacaciones|cerrados por vacaciones
im urlaub|ich bin im urlaub|in urlaub|außer haus|ausser haus|betriebsferien
absent|absente|en congés|en congé|en vacances|je suis absent|je suis absente|je suis en congés
absence
de férias|em férias|estou de férias|ausência
in ferie|assente|sono in ferie|sono assente|fuori sede|chiuso per ferie|assenza
de vacances|estic de vacances|sóc de vacances|estaré fora|absència|tancat per vacances
op vakantie|met vakantie|på semester|på ferie|lomalla|na urlopie|na dovolené
"""
_UNTIL = "until|till|til|hasta|bis|jusqu'au|jusqu'a|jusque|jusqu'en|até|fino|fins|tot|t/m|till|asti"
_FROM = "from|del|desde|vom|ab|du|depuis|de|do|dal|des|seit|since|van"
_ARTICLES = "the|el|dem|le|il|o|dia|día"
# Words that go on with the heading instead of making a person's sentence of it.
_GOES_ON = """
re|reply|autoreply|auto-reply|response|notification|notice|message|alert|today|during|durante|hoy
heute|aujourd'hui|hoje|oggi|avui
"""

_BOUNCE = """
undelivered mail returned to sender|undeliverable|undeliverable mail|undeliverable message
delivery status notification|delivery status notification failure|mail delivery failed
mail delivery failure|mail delivery failed: returning message to sender|returned mail
mail system error - returned mail|failure notice|nondeliverable mail|message delivery failure
warning: could not send message for past|mail delivery subsystem|non-delivery notification
notificación del estado de entrega|notificación de estado de entrega|correo devuelto
mensaje devuelto al remitente|unzustellbare nachricht|nachricht unzustellbar
benachrichtigung zum zustellungsstatus|notification d'état de remise|échec de la remise du message
notificação de estado de entrega|notificação do status de entrega
notifica dello stato del recapito|notifica sullo stato del recapito
notificació de l'estat del lliurament
"""
_RECEIPT = """
read|not read|return receipt|message status - opened|message status - delivered
leído|no leído|gelesen|ungelesen|lesebestätigung
confirmation de lecture|conferma di lettura|llegit|recibo de leitura
"""
_ACKNOWLEDGED = """
request received|we have received your request
we have received your message|we have received your email|we received your request
thank you for contacting us|thanks for contacting us|your request has been received
hemos recibido su solicitud|hemos recibido tu solicitud|hemos recibido su mensaje
hemos recibido tu mensaje|hemos recibido su consulta|hemos recibido tu consulta
hemos recibido su correo|solicitud recibida|gracias por contactar con nosotros
gracias por ponerse en contacto con nosotros|gracias por contactarnos
wir haben ihre anfrage erhalten|wir haben ihre nachricht erhalten|eingangsbestätigung
vielen dank für ihre anfrage|vielen dank für ihre nachricht
nous avons bien reçu votre demande|nous avons bien reçu votre message
merci de nous avoir contactés|recebemos o seu pedido de suporte|recebemos a sua mensagem
abbiamo ricevuto la tua richiesta|abbiamo ricevuto la sua richiesta
grazie per averci contattato|hem rebut la vostra sol·licitud|hem rebut la teva sol·licitud
hem rebut el vostre missatge|hem rebut el teu missatge|gràcies per contactar amb nosaltres
"""
# These are unmistakable whatever follows.
_OPENINGS = """
[request received]|[ticket received]|[ticket created]|[solicitud recibida]|[ticket recibido]
[demande reçue]|[anfrage erhalten]|[richiesta ricevuta]|[pedido recebido]|[sol·licitud rebuda]
ticket received - |thank you for contacting|thanks for contacting|gracias por contactar con
gracias por ponerte en contacto|gracias por ponerse en contacto|merci d'avoir contacté
vielen dank für ihre kontaktaufnahme|grazie per aver contattato|obrigado por contactar
obrigado por entrar em contato|gràcies per contactar|gràcies per posar-vos en contacte
"""
# RFC 7489, section 7.2.1.1, and RFC 8460, section 5.3: the subject of an aggregate report.
_REPORT = "report domain"

_CALENDAR_REPLY = """
accepted|declined|tentative|tentatively accepted|canceled|cancelled|updated invitation|invitation
abgelehnt|new time proposed|aceptado|aceptada|rechazado|rechazada|provisional|cancelado|cancelada
cancelled event|evento cancelado|evento actualizado|invitación|invitación actualizada
nueva hora propuesta|zugesagt|abgesagt|mit vorbehalt|vorläufig|vorläufig zugesagt|einladung
accepté|acceptée|refusé|refusée|provisoire|annulé|annulée|invitation mise à jour|aceite|aceito
recusado|convite|accettato|accettata|rifiutato|rifiutata|provvisorio|annullato|annullata|invito
acceptat|acceptada|rebutjat|rebutjada|cancel·lat|invitació
"""

# Lotus Notes ("AUTO: Ana is out of the office (returning 10/02)"), Exim's and vacation's ends.
_ENDS = """
is out of the office|is out of office|is currently out of the office|will be out of the office
(out of office)|(auto reply)|(autoreply)|(automatic reply)|[out of office]|(respuesta automática)
(fuera de la oficina)|(abwesenheitsnotiz)|(réponse automatique)|(risposta automatica)
(resposta automática)
está fuera de la oficina|ist außer haus|ist nicht im büro|ist abwesend
est absent du bureau|est absente du bureau|è fuori ufficio|está fora do escritório
és fora de l'oficina
"""
_LOTUS_MARKS = """
out of the office|out of office|(returning|fuera de la oficina|no está en la oficina|(vuelve
(regresa|außer haus|nicht im büro|abwesend|(rückkehr|absent|(retour|fuori ufficio|(ritorno|assente
fora do escritório|(regressa|(retorna|fora de l'oficina|(torna
"""


def notice(subject: str) -> str:
    """The rule that a subject sets off, "" for one that a person may have written.

    Rules: out-of-office, bounce-subject, acknowledgement, receipt-subject, aggregate-report. A
    subject that answers or forwards another is always a person's, whatever follows.
    """
    whole = _normalised(subject)
    text = _without_tags(whole)
    if _head(text).partition("[")[0].partition("(")[0].strip() in _ANSWER_HEADS:
        return ""
    if _is_out_of_office(text):
        return "out-of-office"
    if _is_heading(whole, _ACKNOWLEDGEMENTS) or whole.startswith(_OPENING_PHRASES):
        return "acknowledgement"
    if _is_heading(text, _BOUNCES):
        return "bounce-subject"
    if _head(text) in _RECEIPT_HEADS:
        return "receipt-subject"
    return "aggregate-report" if _head(text) == _REPORT else ""


def is_forwarded(subject: str) -> bool:
    """Whether somebody passes on what another wrote. Where a word is used for answers too, such as
    Spanish "RV", it is taken for this."""
    return head(subject).partition("[")[0].partition("(")[0].strip() in _FORWARD_HEADS


def is_answer(subject: str) -> bool:
    """Whether it begins as answers do, or forwards: Re:, AW:, Fwd:."""
    return head(subject).partition("[")[0].partition("(")[0].strip() in _ANSWER_HEADS


def is_absence(subject: str) -> bool:
    """Whether it names an absence and nothing else, as persons' subjects may do as well."""
    return _without_tags(_normalised(subject)).rstrip(" .!") in _STATES


def head(subject: str) -> str:
    """What stands before a subject's first colon, folded and without tags; "" without one."""
    return _head(_without_tags(_normalised(subject)))


def is_calendar_subject(subject: str) -> bool:
    """Whether a calendar wrote it ("Aceptada: …"). Persons accept offers with the same words, so
    it tells something only of a mail with a calendar part."""
    return head(subject) in _CALENDAR_HEADS


@lru_cache(maxsize=256)  # each question about a subject begins with it
def _normalised(text: str) -> str:
    """Folded, and spaces made equal."""
    return " ".join(folded(text[:400]).split())


def _without_tags(text: str) -> str:
    """Without what a gateway or ticket system put in front: [EXTERNAL], [#123]."""
    for _ in range(3):
        if not text.startswith("["):
            break
        tag, bracket, rest = text.partition("]")
        if not bracket or len(tag) > 40:
            break
        text = rest.lstrip()
    return text


def _head(text: str) -> str:
    """What stands before the first colon; "" where there is none."""
    head, colon, _ = text.partition(":")
    return head.strip() if colon else ""


def _is_out_of_office(text: str) -> bool:
    return (
        _is_heading(text, _NOTICES)
        or any(_goes_on(rest) or _is_dated(rest) for rest in _after(text, _NOTICES))
        or any(_is_dated(rest) for rest in _after(text, _STATES))
        or text.rstrip(" .!").endswith(_END_PHRASES)
        or (_head(text) == "auto" and any(mark in text for mark in _LOTUS_PHRASES))
    )


def _is_heading(text: str, phrases: tuple[str, ...]) -> bool:
    return any(not rest or rest.lstrip()[0] in _STOPS for rest in _after(text, phrases))


def _after(text: str, phrases: tuple[str, ...]) -> list[str]:
    """What follows each phrase that the text starts with, as whole words."""
    if not text.startswith(phrases):
        return []
    rests = [text[len(phrase) :] for phrase in phrases if text.startswith(phrase)]
    return [rest for rest in rests if not (rest[:1].isalnum() or rest[:1] in ("'", "_"))]


def _goes_on(rest: str) -> bool:
    return not _GOES_ON_WORDS.isdisjoint(_words(rest)[:1])


def _is_dated(rest: str) -> bool:
    """Whether it goes on with when: until Monday, del 3 al 10, from the 3rd, 10/02."""
    first, *later = [*_words(rest), ""]
    if first in _UNTIL_WORDS or first.startswith("jusqu'"):
        return True
    if first in _FROM_WORDS:
        day = next((word for word in later if word not in _ARTICLE_WORDS), "")
        return day[:1].isdigit()
    return first[:1].isdigit() and "/" in first


def _words(rest: str) -> list[str]:
    return [word.strip(":,.;-–—(") for word in rest.split(maxsplit=4)[:4]]


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(map(_normalised, phrases(table)))


_STOPS = ':-–—!.,;([/|<"0123456789'
_ANSWER_HEADS = frozenset(_phrases(_ANSWERS))
_FORWARD_HEADS = frozenset(_phrases(_FORWARDS))
_NOTICES = _phrases(_OUT_OF_OFFICE)
_STATES = _phrases(_AWAY)
_UNTIL_WORDS = frozenset(_phrases(_UNTIL))
_FROM_WORDS = frozenset(_phrases(_FROM))
_ARTICLE_WORDS = frozenset(_phrases(_ARTICLES))
_GOES_ON_WORDS = frozenset(_phrases(_GOES_ON))
_END_PHRASES = _phrases(_ENDS)
_LOTUS_PHRASES = _phrases(_LOTUS_MARKS)
_ACKNOWLEDGEMENTS = _phrases(_ACKNOWLEDGED)
_OPENING_PHRASES = _phrases(_OPENINGS)
_BOUNCES = _phrases(_BOUNCE)
_RECEIPT_HEADS = frozenset(_phrases(_RECEIPT))
_CALENDAR_HEADS = frozenset(_phrases(_CALENDAR_REPLY))
