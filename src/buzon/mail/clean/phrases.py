"""The words by which mail programs and companies mark what the sender did not write.

Everything is in lower case, grouped by language in the order es, en, de, fr, it, pt, ca; of their
neighbours only the verb of the attribution line is here. Sources: the localised texts of Gmail,
Outlook, Apple Mail, Thunderbird, Yahoo, Samsung Email and Proton Mail, as received mails show them.
"""

import re


def _list(text: str) -> tuple[str, ...]:
    """Phrases that "|" or line ends separate."""
    return tuple(filter(None, (phrase.strip() for phrase in text.replace("\n", "|").split("|"))))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any_of(text: str) -> str:
    """The phrases as a regular expression's alternatives, the longer first."""
    return "|".join(map(re.escape, sorted(_list(text), key=len, reverse=True)))


def _whole_words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


# --- Attribution lines: "El lun, 3 feb 2025 a las 10:15, X (<x@example.com>) escribió:"

WROTE = _whole_words(
    _any_of("""
        escribió | escribio | ha escrito
        wrote | writes
        schrieb | hat geschrieben | folgendes geschrieben
        a écrit | a ecrit
        ha scritto | scrisse
        escreveu
        va escriure | ha escrit | escrigué
        escribiu | idatzi du | schreef | napisał | napisała | napisał(a) | pisze | a scris
        skrev
    """)
)

# Who tells what somebody wrote to him puts one of these beside the verb; a program never does.
TELLING = _words("""
    me nos os le les te se lo ella él quien alguien nadie no
    i he she they you we to that back us who it not nobody
    mir uns ihnen dir euch ich er sie
    m n nous vous lui leur qui on ne je il elle
    mi ci vi ti gli che
    em ens li que ell
""")

ATTRIBUTION_LEADS = _words("el en on am le il em a o no in al op w dia")
# Horde's, where quoted lines follow.
QUOTING = ("citando a ", "mensaje citado por ", "quoting ", "zitat von ", "citando ")

# Between the date and the sender's name: halves of the day, words for "hour", time zones.
AFTER_TIME = _words("""
    a p m am pm a.m p.m uhr ore h hs horas heures
    cet cest gmt utc wet west z est edt cst pst pdt mst ect cot pet clt art brt pyt uyt vet bot
""")

WEEKDAYS = _whole_words(
    _any_of("""
        lun | mar | mié | mie | jue | vie | sáb | sab | dom
        lunes | martes | miércoles | jueves | viernes | sábado | domingo
        mon | tue | wed | thu | fri | sat | sun
        monday | tuesday | wednesday | thursday | friday | saturday | sunday
        mo | di | mi | do | fr | sa | so
        montag | dienstag | mittwoch | donnerstag | freitag | samstag | sonntag
        mer | jeu | ven | sam | dim
        lundi | mardi | mercredi | jeudi | vendredi | samedi | dimanche
        gio | lunedì | martedì | mercoledì | giovedì | venerdì | sabato | domenica
        seg | ter | qua | qui | sex | segunda | terça | quarta | quinta | sexta
        dl | dt | dc | dj | dv | ds | dg
        dilluns | dimarts | dimecres | dijous | divendres | dissabte | diumenge
    """)
)

# --- Header blocks: "De: … / Enviado el: … / Para: … / Asunto: …"

_LABELS = {
    "from": """
        de | from | von | da
    """,
    "to": """
        para | to | an | à | a | per a | per
    """,
    "cc": "cc | cco | c.c. | bcc | kopie | copie | cci | copia | ccn | cópia | còpia",
    "sent": """
        enviado | enviado el | enviados | sent | sent on | date sent | gesendet | gesendet am
        envoyé | envoyé le | inviato | inviato il | enviada | enviada em | enviado em
        enviat | enviat el
    """,
    "date": "fecha | día | date | datum | data | dia",
    "subject": "asunto | subject | betreff | objet | sujet | oggetto | assunto | assumpte",
    "other": """
        responder a | importancia | prioridad | adjunto | adjuntos | datos adjuntos | organización
        reply-to | reply to | importance | priority | sensitivity | attachment | attachments
        organization | antwort an | wichtigkeit | priorität | anlage | anlagen
        répondre à | priorité | pièce jointe | pièces jointes
        rispondi a | importanza | priorità | allegato | allegati
        responder para | importância | prioridade | anexo | anexos
        respon a | importància | fitxers adjunts
    """,
}
HEADER_ROLES = {label: role for role, labels in _LABELS.items() for label in _list(labels)}
INLINE_LABEL = re.compile(
    r"\s\**("
    + _any_of("\n".join(_LABELS[role] for role in ("to", "sent", "date", "subject")))
    + r")\s?:(?!\S)"
)

# --- Separators: "-----Mensaje original-----", "---------- Forwarded message ---------"

# Apple Mail's stand without dashes, ended by a colon.
BARE_SEPARATORS = frozenset(
    _list("""
        inicio del mensaje reenviado
        begin forwarded message
        anfang der weitergeleiteten nachricht | beginn der weitergeleiteten nachricht
        début du message réexpédié | début du message transféré
        inizio messaggio inoltrato | inizio del messaggio inoltrato
        início da mensagem reencaminhada | início da mensagem encaminhada
        inici del missatge reenviat
    """)
)
SEPARATORS = BARE_SEPARATORS | frozenset(
    _list("""
        mensaje original | mensaje reenviado | mensaje enviado | mensaje anterior | reenviado
        original message | original email | original appointment | forwarded message | forwarded
        forwarded mail
        ursprüngliche nachricht | ursprüngliche mail | original-nachricht | originalnachricht
        weitergeleitete nachricht | weitergeleitete mail
        message d'origine | message d’origine | message original | message initial
        message transféré | courriel original | mail transféré
        messaggio originale | messaggio inoltrato | messaggio inviato
        mensagem original | mensagem encaminhada | mensagem reencaminhada | mensagem anterior
        missatge original | missatge reenviat | missatge anterior
        mensaxe orixinal | mensaxe reenviada | oorspronkelijk bericht | doorgestuurd bericht
    """)
)
FORWARDED_BY = (
    "reenviado por ",
    "forwarded by ",
    "weitergeleitet von ",
    "transféré par ",
    "inoltrato da ",
    "encaminhado por ",
    "reencaminhado por ",
    "reenviat per ",
)

# --- Signatures

SENT_FROM = _list("""
    enviado desde | enviado con | enviado a través de | enviado mediante | obtener outlook
    obtén outlook | obtenga outlook | descargar outlook | descarga outlook
    sent from | sent with | sent via | get outlook
    gesendet von | gesendet mit | gesendet über | von meinem | von unterwegs gesendet | outlook für
    holen sie sich outlook | hol dir outlook | laden sie outlook
    diese nachricht wurde von meinem | diese e-mail wurde von meinem
    envoyé de | envoyé depuis | envoyé à partir | envoyé avec | envoyé par mon | envoyé via
    télécharger outlook | obtenez outlook | obtenir outlook | provenance : courrier
    inviato da | inviato dal | inviato con | inviato tramite | scarica outlook | ottieni outlook
    enviado do | enviado a partir | enviado pelo | enviado de | enviado através | enviado via
    obter o outlook | obter outlook | baixe o outlook | descarregar o outlook
    enviat des | enviat amb | enviat de | obteniu l'outlook | obtén l'outlook | obteniu outlook
    enviado dende
""")
# What a mail is sent from. Without one of these the line may well be about a parcel.
DEVICES = _whole_words(
    _any_of("""
        iphone | ipad | ipod | ios | mac | macbook | samsung | galaxy | xiaomi | redmi | poco
        huawei | honor | oppo | realme | vivo | motorola | moto | nokia | sony | xperia | lg | pixel
        oneplus | zte | android | smartphone | blackberry | tablet | tableta | tablette | windows
        móvil | movil | celular | cel | teléfono | telefono | mobile | telephone | mobil | handy
        mobiltelefon | mobilgerät | telefon | téléphone | portable | cellulare | telefonino
        telemóvel | mòbil | telèfon | mail | correo | courrier | posta | correio | correu | outlook
        yahoo | gmail | proton | protonmail | gmx | web.de | thunderbird | bluemail | spark
        airmail | orange
    """)
)
# These make a phone's line also of a maker's name that we don't know.
SENT_FROM_MINE = _list("""
    enviado desde mi | sent from my | von meinem | gesendet von meinem | envoyé de mon
    envoyé depuis mon | inviato dal mio | enviado do meu | enviado a partir do meu
    enviat des del meu
""")

CLOSINGS = _list("""
    un saludo | saludos | un cordial saludo | cordiales saludos | reciba un | reciban un | le saluda
    les saluda | atentamente | muy atentamente | atte | cordialmente | un abrazo | abrazos | gracias
    muchas gracias | mil gracias | quedo a la espera | sin otro particular | afectuosamente
    kind regards | best regards | regards | best wishes | warm regards | with kind regards
    many thanks | thanks | thank you | yours sincerely | yours faithfully | yours truly | sincerely
    cheers | best | all the best
    mit freundlichen grüßen | mit freundlichem gruß | mit freundlichen gruessen | mit besten grüßen
    freundliche grüße | viele grüße | beste grüße | schöne grüße | liebe grüße | herzliche grüße
    grüße | gruß | mfg | lg | vg | hochachtungsvoll | danke | vielen dank
    cordialement | bien cordialement | très cordialement | bien à vous | salutations
    sincères salutations | meilleures salutations | cdlt | bonne journée | bonne réception | merci
    respectueusement | sincèrement
    cordiali saluti | distinti saluti | saluti | un saluto | tanti saluti | grazie | mille grazie
    buona giornata | in fede | a presto
    atenciosamente | cumprimentos | melhores cumprimentos | com os melhores cumprimentos
    com os meus cumprimentos | abraço | abraços | att | obrigado | obrigada | muito obrigado
    muito obrigada | grato | grata
    atentament | salutacions | una salutació | cordialment | ben cordialment | moltes gràcies
    gràcies | rebeu una | una abraçada
""")

POSTSCRIPTS = (
    *("pd:", "pd.", "pd ", "p.d.", "p.d:", "p. d.", "pdta", "postdata", "nota:"),
    *("ps:", "ps.", "ps ", "p.s", "p. s.", "post scriptum", "nb:", "n.b.", "note:"),
)

PHONE_LABELS = _words("""
    tel tlf telf tfno tfn tf telefono teléfono móvil movil mov cel celular whatsapp wa fax t m f p d
    phone ph mobile mob cell telefon telefonnummer handy mobil fon funk tél téléphone portable port
    gsm cellulare telemóvel tlm telm telèfon mòbil
""")
STREETS = re.compile(
    r"c/|cl\.? |calle |avda|av\.|av |avenida |plaza |pza|pl\. |paseo |pº |pol\. ?ind|polígono"
    r"|ctra|carretera |camino |travesía |ronda |rambla |apartado |apdo"
    r"|p\.o\. box|po box|postfach "
    r"|rue |avenue |boulevard |bd |place |chemin |allée |route "
    r"|via |viale |piazza |corso |largo "
    r"|rua |praça |travessa |estrada |alameda "
    r"|carrer |avinguda |plaça |passeig |polígon|p\.i\. "
)
HOUSES = re.compile(
    r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer"
    r"| street| road| lane| avenue| drive| close| way| st\.| rd\.) \d{1,4}[a-z]?(?!\w)"
    r"|^\d{1,4}[a-z]? [\w' ]{2,30} (?:street|road|lane|avenue|drive|close|way|st|rd)(?!\w)"
)
# A number beside one of these is no telephone.
REFERENCES = re.compile(
    r"pedido|orden|factura|refer|ref\.|caso|expediente|cliente|póliza|iban|cuenta|seguimiento"
    r"|albarán|presupuesto|matrícula|serie|n\.?º|contrat"
    r"|order|invoice|ticket|case|customer|account|tracking|serial|police"
    r"|bestell|rechnung|auftrag|kunden|vorgang|konto|commande|facture|dossier"
    r"|ordine|fattura|pratica|conto|encomenda|fatura|processo|comanda"
)

# --- Disclaimers: an opening starts the line; the topics are counted in its paragraph.

DISCLAIMER_OPENINGS = re.compile(
    _any_of("""
        aviso legal | aviso de confidencialidad | aviso de privacidad | confidencialidad
        cláusula de confidencialidad | nota de confidencialidad | nota legal | advertencia legal
        mensaje confidencial | este mensaje | este correo | este e-mail | este email
        el presente mensaje | el presente correo | la presente comunicación | esta comunicación
        la información contenida | la información incluida | la información aquí
        la información de este | el contenido de este | el contenido de la presente
        si usted no es el destinatario | si ha recibido este | antes de imprimir | no imprima
        por favor, antes de imprimir | por favor antes de imprimir | piense en el medio ambiente
        proteja el medio | cuidemos el medio | precaución | atención: este correo
        protección de datos | de conformidad con | de acuerdo con | en cumplimiento | conforme a
        le informamos | les informamos | responsable del tratamiento | sus datos
        los datos personales | a los efectos | en virtud
        this e-mail | this email | this message | this communication | this transmission
        the information | the contents of this | confidentiality notice | disclaimer | notice
        legal notice | important notice | privacy notice | confidential | privileged
        if you are not the intended | if you have received this | caution | external email
        please consider the environment | consider the environment | before printing
        think before you print | please think | in accordance with | we process
        your personal data
        diese e-mail | diese email | diese mail | diese nachricht | der inhalt dieser
        dieses schreiben | vertraulichkeitshinweis | rechtlicher hinweis | haftungsausschluss
        wichtiger hinweis | hinweis | achtung | die information in dieser | die in dieser
        falls sie nicht der | sollten sie nicht | bitte denken | denken sie an die
        bitte prüfen sie | datenschutzhinweis | gemäß | ihre daten
        ce message | ce courriel | ce mail | ce courrier | cet e-mail | cet email
        les informations contenues | le contenu de ce | avis de confidentialité | confidentialité
        avertissement | mention légale | mentions légales | si vous n'êtes pas le destinataire
        si vous avez reçu ce | pensez à l'environnement | avant d'imprimer | n'imprimez
        merci de penser | conformément | vos données
        questo messaggio | questa e-mail | questa email | questa mail | la presente e-mail
        il contenuto di | le informazioni contenute | il presente messaggio
        la presente comunicazione | avviso legale | avviso di riservatezza | nota di riservatezza
        avvertenza | riservatezza | se avete ricevuto | se ha ricevuto | prima di stampare
        non stampare | pensa all'ambiente | pensate all'ambiente | rispetta l'ambiente | ai sensi
        in conformità | i suoi dati | i dati personali
        esta mensagem | a presente mensagem | as informações contidas | a informação contida
        o conteúdo desta | o conteúdo deste | aviso de confidencialidade | confidencialidade
        se não for o destinatário | se recebeu esta | pense no ambiente | pense no meio
        em conformidade | nos termos | os seus dados | os dados pessoais
        aquest missatge | aquest correu | aquest e-mail | la informació continguda
        el contingut d'aquest | avís legal | avís de confidencialitat
        clàusula de confidencialitat | si no en sou | si heu rebut | abans d'imprimir
        pensi en el medi | penseu en el medi | d'acord amb | de conformitat amb | en compliment
        us informem | l'informem | les seves dades
    """)
)

_TOPICS = {
    "secrecy": r"confiden|privileg|vertraulich|riservat|reservad|secreto profesional|sigilo",
    "recipient": r"destinatari|destinatári|destinataire|addressee|recipient|intended for"
    r"|intended solely|empfänger|adressat|bestimmt|a quien va dirigid|a las? que va",
    "misdelivery": r"por error|in error|by mistake|irrtümlich|versehentlich|par erreur|per errore"
    r"|por engano|por lapso|per error|por equivocación|elimin|delete|lösch|vernicht|destru|détrui"
    r"|supprim|cancell|distrugg|apag|suprim|disseminat|divulga|reprodu|weitergabe|prohib|verboten"
    r"|vietat",
    "data protection": r"rgpd|gdpr|dsgvo|lopd|lgpd|2016/679|3/2018|15/1999|protección de datos"
    r"|data protection|datenschutz|protection des données|protezione dei dati|proteção de dados"
    r"|protecció de dades|habeas data|privacidad|privacy|informatique et libertés|d\.?lgs",
    "rights": r"(?:puede|podrá) (?:ejerc|ejercit)|ejercer sus|ejercitar sus|(?:may|can) exercise"
    r"|vous disposez|(?:può|potrà) esercitare|(?:pode|poderá) exercer|(?:pot|podeu|podrà) exercir"
    r"|(?:serán|son) tratados|werden verarbeitet|incorporad[oa]s|les? informamos|us informem"
    r"|la informiamo|responsable del tratamiento",
    "paper": r"medio ?ambiente|meio ambiente|no ambiente|medi ambient|the environment|umwelt"
    r"|l.environnement|l.ambiente|antes de imprimir (?:est|piens|pense|consider)|imprimirlo"
    r"|imprimir este (?:correo|mensaje|e-?mail)|need to print|before printing this"
    r"|print this e-?mail|mail ausdrucken|wirklich (?:aus)?drucken|imprimer ce (?:mail|message)"
    r"|stampare quest|imprimir esta mensagem|d.imprimir aquest",
    "from outside": r"fuera de (?:la|su|nuestra) organización|remitente externo|external sender"
    r"|outside (?:of )?(?:the|your|our) organi[sz]ation|externen absender|expéditeur externe"
    r"|mittente esterno|remetente externo|remitent extern",
    "liability": r"virus|viren|liabil|responsabilidad|haftung|responsabilité|responsabilità",
}
DISCLAIMER_TOPICS = {topic: re.compile(words) for topic, words in _TOPICS.items()}

# Who asks for something is a customer, even where he quotes the law.
ASKING = _whole_words(
    _any_of("""
        solicito | solicitamos | exijo | exigimos | quiero | queremos | quisiera | pido | pedimos
        ruego | reclamo | reclamamos | necesito | necesitamos | denuncio | no me | me han
        me habéis | mi pedido | mis datos | mi cuenta
        i request | i demand | i want | i need | i would like | i'd like | i am | i have
        we request | we need | my data | my order | my account
        ich fordere | ich möchte | ich verlange | ich bitte | ich habe | wir fordern | wir bitten
        meine daten
        je demande | je souhaite | je vous | je veux | j'ai | nous demandons | mes données
        chiedo | chiediamo | richiedo | vorrei | voglio | pretendo | ho ricevuto | i miei dati
        il mio ordine
        peço | quero | gostaria | preciso | os meus dados | meus dados
        sol·licito | demano | demanem | exigeixo | vull | voldria | les meves dades
    """)
)

# --- Greetings: a reply that holds nothing else says nothing.

GREETINGS = _words("""
    hola buenas buenos días dias tardes noches buen día dia estimado estimada estimados estimadas
    señor señora señores sr sra sres a todos todas ver abajo más
    hi hello hey dear sir madam sirs all team good morning afternoon evening see below fyi fya
    hallo guten tag morgen abend moin servus liebe lieber sehr geehrte geehrter damen herren und
    bonjour bonsoir salut madame monsieur messieurs cher chère
    ciao buongiorno buonasera salve gentile gentili egregio spettabile spett
    olá ola bom boa tarde noite caro cara caros prezado prezada prezados exmo exma exmos senhores
    bon bona benvolgut benvolguda benvolguts tothom
""")
