"""Short texts that tell of an absence and of nothing else, in the seven languages.

It needs two signs: who only writes that he is on holiday may well want something, and so does
whoever asks.
"""

import re

from buzon.mail.marks import first_in, phrases

_WORDS = 130

_AWAY = """
out of the office|out of office|on annual leave|on leave|on vacation|on holiday|on holidays
away from the office|away from my desk|parental leave|maternity leave|currently away|i am away
currently travelling|currently traveling|closed for
will reopen|no longer work|no longer with|de viaje|estare de vuelta|no puedo atender su
no puedo atender tu|ya no trabajo|ja nao trabalho|bureau est ferme|bureaux sont fermes
conge maternite|conge parental|absente pour|absent pour|ne travaille plus|nicht im haus
wieder im haus|arbeite nicht mehr|non lavoro piu|ja no treballo
i'm away|away until|office is closed|offices are closed|we are closed|back in the office
cerrado por|cerrados por|cerrada por|cerradas por|no estare en la oficina|no estoy en la oficina
em ferias|encerrado para|encerrados para|fechado para|fechados para|no sere a l'oficina
tancat per|tancats per|en deplacement|de retour au bureau|ferme pour|fermes pour|fermee pour
wieder im buro|nicht erreichbar|betriebsferien|buro ist geschlossen|chiusi per ferie
chiuso per ferie
chiusa per ferie|non saro in ufficio|rientrero in
fuera de la oficina|fuera de mi oficina|de vacaciones|estoy ausente|estare ausente|ausente hasta
ausente del|ausente de la oficina|de baja|de permiso|me encuentro ausente|ausente por
de ferias|ausente do|estou ausente|estarei ausente|fora do escritorio|ausente ate
encontro-me ausente
en conges|en conge|suis absent|suis absente|serai absent|serai absente|actuellement absent
absente du|absent du|absent jusqu|absente jusqu|en vacances|hors du bureau
im urlaub|nicht im buro|abwesend|ausser haus|nicht im hause|in elternzeit|nicht am arbeitsplatz
in ferie|fuori sede|fuori ufficio|fuori dall'ufficio|sono assente|saro assente|assente fino
assente dal|assente per
de vacances|fora de l'oficina|fora del despatx|estic absent|sere fora|absent fins|soc fora
"""
_ON_RETURN = """
i will reply|i'll reply|i will respond|i'll respond|i will answer|will reply to your
will respond to your|respond to your message|respond to your email|reply to your message
reply to your email|answer your message|answer your email|deal with your|read your message
read your email|get back to you|will respond as soon|will reply as soon|we will reply
we will respond|your message will be
your email will be
te contesto|le contesto|contestare en cuanto|respondere en cuanto|contestaremos|responderemos
respondere a su|respondere su|respondere a tu|le respondere
te respondere|contestare a su
contestare su|contestare a tu|le contestare|te contestare|atendere su|atendere tu|leere su
retornarei|responderei|irei responder|lerei a sua|entrarei em contacto|entrarei em contato
je repondrai|nous vous repondrons|nous repondrons|je vous repondrai|je traiterai votre
je lirai votre|je prendrai connaissance
je reviendrai vers vous|je ne manquerai pas de vous repondre|votre message sera traite
vertretung|lese meine|ihre nachricht nach|ihre nachricht wird|ihre e-mail wird|ihre mail wird
werde ich ihre|ich ihre e-mail
werde mich nach meiner|melde mich nach meiner|ihre anfrage nach meiner
risponderemo|rispondero|le rispondero|leggero la|leggero le|vi rispondero|ti rispondero
respondre el vostre|respondre al vostre|us respondre|et respondre|respondre el teu
contestare el vostre|us contestare|llegire el vostre
"""
_NO_ACCESS = """
limited access to|not be monitored|acceso intermitente|nicht gelesen|no access to my
no access to email|without access to email|not checking email
not be checking|not be reading|intermittent access|limited email
acceso limitado al correo|sin acceso al correo|sin acceso a mi correo|no tengo acceso al correo
acceso limitado a mi correo|no tendre acceso al correo|sem acesso ao e-mail|sem acesso ao email
acesso limitado ao|sem acesso a internet|pas acces a ma messagerie|pas acces a mes|acces limite a
sans acces a ma|acces a mes mails|keinen zugriff auf|nicht weitergeleitet|nur eingeschrankt
nicht regelmassig gelesen|accesso limitato alla|senza accesso alla|non ho accesso alla
no tinc acces al correu|sense acces al correu|acces limitat al correu
"""
# Who thanks for our mail, is away, and says till when or names another, answers it; who only
# thanks and goes on holiday may want something before.
_THANKS = """
thank you for getting in touch|thanks for getting in touch|thank you for contacting
thanks for contacting|gracias por contactar|thank you for your email|thank you for your e-mail
thank you for your message|thanks for your email
thanks for your message|gracias por su correo|gracias por su mensaje|gracias por tu correo
gracias por tu mensaje|gracias por escribir|obrigado pela sua mensagem|obrigada pela sua mensagem
obrigado pelo seu|obrigada pelo seu|merci pour votre message|merci pour votre mail
merci de votre message|merci pour votre e-mail|votre message a bien ete recu|dank fur ihre nachricht
dank fur ihre e-mail|dank fur ihre mail|danke fur ihre|dank fur deine|danke fur deine
grazie per la sua|grazie per il suo messaggio|grazie per il tuo|grazie per la tua
gracies pel vostre|gracies pel teu|gracies per escriure
"""
_UNTIL = """
until|back on|will be back|will return|instead|my colleague|hasta|volvemos|vuelvo|regreso|companer
ate dia|ate ao|ate o|regress|retorn|minha colega|meu colega|bis zum|ab dem|wieder|kolleg
jusqu|de retour|reviens|mon collegue|ma collegue|fino al|rientr|torner|collega
fins al|fins dilluns|torno|tornar|company
"""
# What persons want while they are away.
_WANTS = re.compile(
    r"parcel|deliver|refund|damaged|broken|paquet|entreguen|entregad|entregar|envien|devuelv"
    r"|reembols|book|cambi[ae]n?\b|denme|danad|rot[oa]\b|paket|liefer|geld zuruck|kaputt"
    r"|beschadigt|colis|livr(?:er|ez)"
    r"|rembours|endommag|pacco"
    r"|consegn|rimbors|rott[oa]\b|danneggiat|entreguem|danificad|partiu|lliur|envieu|trencat|malmes"
)
_IF_URGENT = """
anything urgent|that can't wait|that cannot wait|for urgent|for any urgent|for anything urgent
if urgent|if your enquiry is urgent|if it is urgent
if your matter is urgent|if your message is urgent|if your request is urgent|in urgent cases
in case of emergency|in urgent matters|if this is urgent|if you need immediate|for immediate
for urgencies|if you require immediate|in my absence
algo urgente|cualquier urgencia|para asuntos urgentes|para temas urgentes|para cualquier urgencia
para cualquier asunto
para urgencias|si es urgente|si su consulta es urgente|en caso de urgencia|si es algo urgente
si el asunto es urgente|en mi ausencia|durante mi ausencia
para assuntos urgentes|em caso de urgencia|se for urgente|na minha ausencia
para qualquer assunto|durante a minha ausencia
en cas d'urgence|pour toute urgence|pour les urgences|si votre demande est urgente
si c'est urgent|en mon absence|pendant mon absence|pour toute demande urgente
in dringenden fallen|in dringenden angelegenheiten|bei dringenden|in eiligen fallen
falls es dringend|wenn es dringend|in meiner abwesenheit|wahrend meiner abwesenheit
per urgenze|in caso di urgenza|per comunicazioni urgenti|per questioni urgenti
per qualsiasi urgenza|se urgente|in mia assenza|durante la mia assenza
si es urgent|per a qualsevol urgencia|per a temes urgents|per a urgencies|per a assumptes urgents
en cas d'urgencia|per a qualsevol assumpte|en la meva absencia|durant la meva absencia
"""
# In an answer to us looser words tell: whoever asks and wants nothing needs none from us, and
# absences are worded in as many ways as there are people.
_GONE = re.compile(
    r"\b(?:(?:de|estoy de|en periodo|periodo) vacacion|mis vacaciones|estoy de permiso"
    r"|de licencia|estoy de baja"
    r"|ausente|fuera de la of|fuera de mi of|estoy de viaje|estare de vuelta|no puedo atender"
    r"|(?:out|off|off work) sick|mutterschutz|(?:arret|conge) maladie|in maternita"
    r"|nao estou disponivel"
    r"|won't be checking|no (?:hi )?soc"
    r"|parental|maternity|ooo\b|out of (?:the )?office|away|on (?:\w+ )?leave"
    r"|on holiday|on vacation|travell?ing"
    r"|attending a|closed (?:for|until)|no longer (?:work|with)|urlaub|nicht zu erreichen"
    r"|nicht erreichbar|nicht im (?:buro|haus)|wieder im|abwesend|geschlossen|elternzeit"
    r"|(?:en|pour) conges?\b|absente?\b|en deplacement|ferme jusqu|en vacances|in ferie|per ferie"
    r"|in congedo|in trasferta|assente|fuori (?:sede|ufficio)|de ferias|em ferias|para ferias"
    r"|de licenca|fora d[oe]|de vacances|estic de baixa|tancat)"
)
_AND = re.compile(
    r"\b(?:until|till|back (?:on|in|the)|return|hasta|a la vuelta|volvere|volvemos|regres|bis"
    r"|(?:dal|vom|ab|del|du|from|de|des|from the) \d|ab dem|necessit|jusqu|mon retour|fino a"
    r"|rientro|rientrero|ate|volto|fins|torno|incidenc|once i|won't be|ubernimmt|consulte pas"
    r"|contatt|escriviu|contact|comuni[qc]|dirij"
    r"|escrib[ae] a|vertretung|wenden sie|rivolg|scrivere a|adress|adrec|acces|access|zugriff"
    r"|if urgent)"
)
_LOOSE_WORDS = 60


def told(text: str, *, by_subject: bool, answers: bool) -> str:
    """How a short text that asks for nothing says that its writer is away, and what then, where
    the subject hasn't told it too."""
    words = len(text.split())
    if "?" in text or words > _WORDS:
        return ""
    found = (answers and words <= _LOOSE_WORDS and _loosely(text)) or _surely(text, by_subject)
    return "" if found and _WANTS.search(text) else found


def _loosely(text: str) -> str:
    gone = _GONE.search(text[:250])
    also = gone and _AND.search(text)
    return f"{gone.group()} … {also.group()}" if gone and also else ""


def _surely(text: str, by_subject: bool) -> str:
    away = first_in(text, _ABSENT)
    then = away and (
        first_in(text, _CONSEQUENCES)
        or (first_in(text, _THANKING) and first_in(text, _ENDS))
        or ("Subject" if by_subject else "")
    )
    return f"{away} … {then}" if then else ""


_ABSENT = phrases(_AWAY)
_CONSEQUENCES = phrases(_ON_RETURN) + phrases(_NO_ACCESS) + phrases(_IF_URGENT)
_THANKING = phrases(_THANKS)
_ENDS = phrases(_UNTIL)
