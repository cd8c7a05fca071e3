"""Tells the language of a text, by py3langid's naive Bayes model over byte n-grams.

Of its 142 classes only those below take part: a company's mail is in few languages, and the
others would only take short texts away from them (99.7% right on the corpus, against 99.4% with
all). A language of NEIGHBOURS must lead by MARGIN to be believed.
"""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from scipy.sparse import csr_matrix

SPOKEN = ("es", "en", "fr", "de", "it", "pt", "ca")
NEIGHBOURS = (
    *("gl", "eu", "nl", "da", "sv", "no", "fi", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "sq"),
    *("et", "lv", "lt", "tr", "id", "vi", "ru", "uk", "bg", "sr", "el", "he", "ar", "fa", "hi"),
    *("th", "zh", "ja", "ko"),
)
MARGIN = 6.0  # nats: on the corpus, Spanish and Portuguese mistaken for Galician stay below 4
ENOUGH = 600  # characters looked at; more changes nothing on the corpus, and time grows with them
GLANCE = 160  # characters that settle most texts, which halves the time
CLEAR = 40  # nats by which they must: on our corpus 2 of 4,282 texts come out otherwise
ROUNDING = 0.1  # nats by which scores of many texts at once may differ from those of one alone
FEW = 12  # texts that are told one by one in less time than together
MIN_BYTES = 10  # of letters in UTF-8; below, only a greeting is recognised

# Words that mails consist of when they consist of next to nothing. The model fails on them.
_GREETINGS = {
    "es": "hola gracias buenas buenos días tardes noches saludos muchas vale",
    "en": "hi hello hey thanks thank you good morning afternoon cheers please yes",
    "fr": "bonjour bonsoir merci salut oui beaucoup",
    "de": "hallo danke guten tag morgen abend vielen dank moin ja bitte",
    "it": "ciao grazie buongiorno buonasera salve mille",
    "pt": "olá obrigado obrigada bom dia boa tarde noite sim",
    "ca": "bon dia bona tarda gràcies moltes adéu si us plau",
}
_GREETING_WORDS = {code: frozenset(words.split()) for code, words in _GREETINGS.items()}

_loading = Lock()


def detect(text: str) -> str:
    """The text's language as an ISO 639-1 code, "" where it can't be told.

    Looks at the first 600 characters of words, leaving out numbers and addresses.
    """
    letters = _letters(text, ENOUGH)
    return _by_greeting(letters.split()) if _is_short(letters) else _by_model(letters)


def _is_short(letters: str) -> bool:
    return len(letters.encode("utf-8", "replace")) - letters.count(" ") < MIN_BYTES


def detect_all(texts: Sequence[str]) -> list[str]:
    """The language of each text, exactly as `detect` tells it; of many in a third of the time."""
    if len(texts) < FEW:
        return [detect(text) for text in texts]
    glances = [_letters(text, GLANCE + 1)[:GLANCE] for text in texts]
    settled = _at_a_glance([_bytes(letters) for letters in glances])
    return [
        language if language and not _is_short(letters) else detect(text)
        for text, letters, language in zip(texts, glances, settled, strict=True)
    ]


def _bytes(letters: str) -> bytes:
    """As the model puts them into bytes itself."""
    return normalize("NFC", letters).encode("utf-8", "surrogatepass")


def _at_a_glance(glances: Sequence[bytes]) -> list[str]:
    """The languages of those of which there can be no doubt, "" for the others."""
    identifier = _identifier()
    met, counts = _counts(identifier, glances)
    np.log1p(counts.data, out=counts.data)
    scores = counts @ identifier.nb_ptc[met].astype(np.float32) + identifier.nb_pc
    best = scores.argmax(axis=1)
    second, first = np.partition(scores, -2, axis=1)[:, -2:].T
    names = [str(identifier.nb_classes[place]) for place in best]
    return [
        name if name in SPOKEN and clear else ""
        for name, clear in zip(names, first - second >= CLEAR + ROUNDING, strict=True)
    ]


def _counts(
    identifier: LanguageIdentifier, glances: Sequence[bytes]
) -> tuple[NDArray[np.int32], csr_matrix]:
    """Which n-grams they have, and how often each glance has which of these; sorted here, which
    takes SciPy longer."""
    numbers, features = _features(identifier, glances)
    width = len(identifier.nb_ptc)
    found, often = np.unique(numbers * width + features, return_counts=True)
    rows, columns = np.divmod(found, width)
    met, columns = np.unique(columns, return_inverse=True)
    borders = np.searchsorted(rows, np.arange(len(glances) + 1))
    shape = len(glances), len(met)
    return met, csr_matrix((often.astype(np.float32), columns, borders), shape)


def _features(
    identifier: LanguageIdentifier, glances: Sequence[bytes]
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """The n-grams that the model's automaton meets: of which glance, and which. It reads a byte
    of all glances at a time, the longest first, so that those that have ended are the last."""
    moves, row, output = _automaton(identifier)
    lengths = np.fromiter(map(len, glances), dtype=np.intp, count=len(glances))
    order = np.argsort(-lengths, kind="stable")
    most = int(lengths.max())
    padded = b"".join(glances[number].ljust(most, b"\0") for number in order)
    letters = np.frombuffer(padded, dtype=np.uint8).reshape(len(glances), most).T.copy()
    reached = np.zeros(letters.shape, dtype=np.uint32)
    states = np.zeros(len(glances), dtype=np.uint32)
    going = np.searchsorted(-lengths[order], -np.arange(most), side="left")
    for at, count in enumerate(going.tolist()):
        states = moves.take(row.take(states[:count]) + letters[at, :count])
        reached[at, :count] = states
    met = output[reached]
    ats, places = np.nonzero(met >= 0)
    return order[places], met[ats, places]


def _letters(text: str, room: int) -> str:
    """Its words in lower case up to so many characters, the last one whole."""
    words: list[str] = []
    for word in text[: 4 * ENOUGH].split():
        bare = word.strip(".,:;!?¡¿()<>*\"'«»-_")
        if bare.isalpha() or _is_word(bare):
            words.append(bare)
            room -= len(bare) + 1
            if room <= 0:
                break
    return " ".join(words).lower()


def _is_word(bare: str) -> bool:
    """Of what isn't letters alone."""
    return not (not bare or "@" in bare or "/" in bare or any(map(str.isdigit, bare)))


def _by_greeting(words: list[str]) -> str:
    """The language with most of the words; Spanish before the others, English before French…"""
    votes = {code: sum(map(known.__contains__, words)) for code, known in _GREETING_WORDS.items()}
    best = max(votes, key=votes.__getitem__)
    return best if votes[best] else ""


def _by_model(text: str) -> str:
    identifier = _identifier()
    ranking = identifier.rank(text[:GLANCE])
    (best, score), (_, second) = ranking[:2]
    if best in SPOKEN and score - second >= CLEAR:
        return str(best)
    if len(text) > GLANCE:
        ranking = identifier.rank(text[:ENOUGH])
    best, score = ranking[0]
    if best in SPOKEN:
        return str(best)
    spoken, runner_up = next(pair for pair in ranking if pair[0] in SPOKEN)
    return str(best if score - runner_up > MARGIN else spoken)


def _identifier() -> LanguageIdentifier:
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> LanguageIdentifier:
    """The model with only our languages' columns, laid out row by row, and with arrays in the
    place of lists, which copies of this process would copy by looking at them: 56 MB in place of
    70. Takes half a second."""
    full = LanguageIdentifier.from_model_file(MODEL_FILE)
    full.set_languages([*SPOKEN, *NEIGHBOURS])
    ours = LanguageIdentifier(
        np.ascontiguousarray(full.nb_ptc),
        full.nb_pc,
        full.nb_classes,
        full.tk_nextmove,
        array("i", full.tk_output),
        tk_row=full.tk_row,
    )
    ours._rowbase = array("i", ours._rowbase)
    return ours


@lru_cache(maxsize=1)
def _automaton(
    identifier: LanguageIdentifier,
) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]:
    """The automaton's moves, where a state's moves begin, and the n-gram that is met there."""
    return (
        np.frombuffer(identifier.tk_nextmove, dtype=np.uint32),
        np.frombuffer(identifier._rowbase, dtype=np.int32),
        np.frombuffer(identifier.tk_output, dtype=np.int32),
    )
