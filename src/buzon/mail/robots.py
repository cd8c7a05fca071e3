"""Addresses behind which no person reads: told by the local part alone.

Neither the display name nor the domain counts: NoReply Pérez <ana@bounce.example> is a person.
"""

import re
import unicodedata
from functools import lru_cache

from buzon.mail.marks import words

# Folded: lower case, no accents, nothing between the words. By lines: en · es, gl · pt · ca, eu ·
# fr · de · it · nl · sv, da, nb, fi · pl, cs, ro · hu, tr, ru.
_NO_REPLY = words("""
    noreply noreplay noreplies donotreply dontreply notreply donotrespond noresponse noanswer
    donotanswer neverreply
    noresponder noresponda noresponde nocontestar noconteste nocontesta sinrespuesta
    nonresponder nonresponda
    naoresponda naoresponder naoresponde
    norespongueu norespondre noresponeu norespongui nocontesteu nocontesti ezerantzun
    nepasrepondre nerepondezpas nepasrepondez pasdereponse sansreponse
    nichtantworten keineantwort nichtbeantworten antwortnichtmoeglich
    nonrispondere norispondere nonrisponda nonrispondete nonrispondi norisposta nessunarisposta
    nietantwoorden nietbeantwoorden geenantwoord nietreageren
    svarainte svareinte svarikke ikkesvar ingensvar alavastaa eivastausta
    nieodpowiadaj nieodpowiadac neodpovidejte neodpovidat nuraspunde nuraspundeti
    nevalaszolj yanitlamayin cevaplamayin neotvechat neotvechaite
""")

# RFC 5230, section 4.6, and what Postfix, Exim and Exchange send their reports from.
_DAEMONS = words("""
    mailerdaemon maildaemon postmaster doublebounce maildeliverysystem maildeliverysubsystem
    mailerror systemadministrator
""")
_LIST_MANAGERS = words("listserv listproc majordomo mailman sympa ezmlm mlmmj")
_SOFTWARE = words("""
    root daemon nobody cron crond anacron wwwdata wwwrun apache httpd nginx uucp nagios zabbix
    icinga jenkins autoreply autoresponder autoresponse autoconfirm autoshipping automated
    automailer autoemail automaticreply notification notifications notificacion notificaciones
    notificacions notificacoes notifiche benachrichtigung benachrichtigungen notify
    calendarnotification calendarserver dmarcreport dmarcreports dmarcrua tlsreport tlsrpt mailbot
""")
# On a domain of ours these are our own machines; elsewhere they may be somebody's mailbox.
_HOUSEHOLD = words("""
    wordpress woocommerce prestashop magento shopify odoo webserver server servidor sistema
    system sistemas monitor monitoring monitorizacion alert alerts alerta alertas backup backups
    copias scanner escaner scan printer impresora copiadora fax robot bot mailer newsletter
    boletin avisos
""")
_BOUNCE = re.compile(r"(?:^|-)bounces?(?:$|[-+=])")
_TOKENS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=256)  # mostly the envelope's sender is the mail's
def kind(address: str) -> str:
    """The rule that an address sets off by its name, "" for one that a person may have.

    Rules: mailer-daemon, no-reply, bounce-address, list-address, robot-address. The names of
    RFC 5230, section 4.6, and no-reply in the languages of Europe, alone or as a part that
    stands by itself (ventas-noreply, noreply+123, no.reply).
    """
    local = _local_part(address)
    parts = [part.strip("0123456789") for part in _TOKENS.split(local)[:12]]
    whole, runs = _name(local), _runs(parts)
    if not runs.isdisjoint(_DAEMONS) or local.startswith("microsoftexchange"):
        return "mailer-daemon"
    if _says_no_reply(parts, runs):
        return "no-reply"
    if _BOUNCE.search(local):
        return "bounce-address"
    if whole in _LIST_MANAGERS or local.startswith("owner-") or local.endswith("-request"):
        return "list-address"
    if whole in _SOFTWARE or parts[0] in ("autoreply", "autoresponder"):
        return "robot-address"
    return ""


def is_household(address: str) -> bool:
    """Whether an address on one of our own domains is a machine of ours, such as wordpress@."""
    name = _name(_local_part(address))
    return name in _HOUSEHOLD or name in _SOFTWARE


def _local_part(address: str) -> str:
    """Folded, and without what BATV (prvs=…=ana) and SRS (SRS0=…=domain=ana) put before it."""
    local = _fold(address.rpartition("@")[0][:200]).strip('"')
    if local.startswith(("prvs=", "srs0", "srs1", "btv1==")):
        local = local.rpartition("=")[2]
    return local


def _name(local: str) -> str:
    """All of it joined, but for a +tag and numbers around it."""
    return "".join(_TOKENS.split(local.partition("+")[0])).strip("0123456789")


def _fold(text: str) -> str:
    folded = text.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _runs(parts: list[str]) -> set[str]:
    """Every stretch of neighbouring words, joined: do-not-reply is donotreply."""
    ends = range(1, len(parts) + 1)
    return {"".join(parts[start:end]) for end in ends for start in range(end)}


def _says_no_reply(parts: list[str], runs: set[str]) -> bool:
    if not runs.isdisjoint(_NO_REPLY):
        return True
    return any(part.startswith(_NO_REPLY) or part.endswith(_NO_REPLY) for part in parts)
